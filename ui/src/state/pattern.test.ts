import { expect, test } from "vitest";
import { cleaned, lastFolder, titled } from "./pattern";

test.each([
  ["{folder} {n}: {name}", "Day 1 3: opening"],
  ["{name} ({name})", "opening (opening)"],
  ["Plain", "Plain"],
  ["{unknown} {n}", "{unknown} 3"],
])("%s makes %s", (pattern, expected) => {
  expect(titled(pattern, { name: "opening", folder: "Day 1", n: 3 })).toBe(expected);
});

test("of a watched folder the day is known, and no number", () => {
  const named = { name: "opening", folder: "Day 1", date: "2026-11-22" };

  expect(titled("{date} {name} {n}", named)).toBe("2026-11-22 opening {n}");
});

test.each([
  ["talk.final.mp4", "talk.final"],
  ["talk", "talk"],
  [".hidden", ".hidden"],
  ["day_1__the  opening.mov", "day 1 the opening"],
  ["lecture-04.mp4", "lecture-04"],
])("%s makes the title %s", (file, expected) => {
  expect(cleaned(file)).toBe(expected);
});

test.each([
  ["/home/maja/Video", "Video"],
  ["C:\\Users\\maja\\Video\\", "Video"],
  ["", ""],
])("the last folder of %s is %s", (path, expected) => {
  expect(lastFolder(path)).toBe(expected);
});
