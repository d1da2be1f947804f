import { expect, test } from "vitest";
import { lastFolder, stem, titled } from "./pattern";

test.each([
  ["{folder} {n}: {name}", "Day 1 3: opening"],
  ["{name} ({name})", "opening (opening)"],
  ["Plain", "Plain"],
  ["{unknown} {n}", "{unknown} 3"],
])("%s makes %s", (pattern, expected) => {
  expect(titled(pattern, { name: "opening", folder: "Day 1", n: 3 })).toBe(expected);
});

test.each([
  ["talk.final.mp4", "talk.final"],
  ["talk", "talk"],
  [".hidden", ".hidden"],
])("%s without its extension is %s", (file, expected) => {
  expect(stem(file)).toBe(expected);
});

test.each([
  ["/home/maja/Video", "Video"],
  ["C:\\Users\\maja\\Video\\", "Video"],
  ["", ""],
])("the last folder of %s is %s", (path, expected) => {
  expect(lastFolder(path)).toBe(expected);
});
