import { describe, expect, test } from "vitest";
import type { Hour } from "../backend";
import { bytesOf, megabits, painted } from "./speed";

describe("a limit", () => {
  test.each([
    ["16", 2_000_000],
    ["2.5", 312_500],
    ["2,5", 312_500],
    [" 0.001 ", 125],
    ["", null],
  ])("%j is bytes a second, or none", (typed, bytes) => {
    expect(bytesOf(typed)).toBe(bytes);
    if (bytes !== null) expect(bytesOf(megabits(bytes))).toBe(bytes);
  });

  test.each(["0", "-1", "fast", "1e40", "0.00000001", "Infinity"])("%j is none", (typed) => {
    expect(bytesOf(typed)).toBeUndefined();
  });
});

test("a part of the week is painted from corner to corner, in any order", () => {
  const week: Hour[][] = Array.from({ length: 7 }, () => Array<Hour>(24).fill("limited"));
  const after = painted(week, { days: [4, 3], hours: [22, 23] }, "full");

  expect(
    after.flatMap((day, n) => day.flatMap((hour, at) => (hour === "full" ? [[n, at]] : []))),
  ).toEqual([
    [3, 22],
    [3, 23],
    [4, 22],
    [4, 23],
  ]);
  expect(week[3]?.[22]).toBe("limited");
});
