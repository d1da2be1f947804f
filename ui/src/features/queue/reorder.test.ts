import { expect, test } from "vitest";
import { drop, step } from "./reorder";

const order = ["a", "b", "c", "d", "e"];
const set = (ids: string): Set<string> => new Set(ids);

test.each([
  ["c", -1, { before: "b" }],
  ["c", 1, { before: "e" }],
  ["d", 1, { before: null }],
  ["a", -1, undefined],
  ["e", 1, undefined],
  ["bc", -1, { before: "a" }],
  ["bc", 1, { before: "e" }],
  ["x", 1, undefined],
] as const)("%s moved by %d goes %j", (ids, by, expected) => {
  expect(step(order, set(ids), by)).toEqual(expected);
});

test.each([
  ["a", "c", false, { before: "c" }],
  ["a", "c", true, { before: "d" }],
  ["a", "e", true, { before: null }],
  ["bc", "d", false, { before: "d" }],
  ["bd", "c", true, { before: "e" }],
  ["a", "a", false, undefined],
  ["a", "x", false, undefined],
] as const)("%s dropped at %s (below: %s) goes %j", (ids, over, below, expected) => {
  expect(drop(order, set(ids), over, below)).toEqual(expected);
});
