import { expect, test } from "vitest";
import { speedAt } from "./edge";

const list = { top: 100, bottom: 700 };

test.each([
  [400, 0],
  [148, 0],
  [652, 0],
  [144, -1],
  [656, 1],
  [100, -12],
  [700, 12],
  [20, -14],
  [900, 14],
])("at %i the list scrolls by %i", (y, by) => {
  expect(speedAt(y, list)).toBe(by);
});

test("a list that is nothing but edges stays", () => {
  expect(speedAt(10, { top: 0, bottom: 150 })).toBe(0);
});
