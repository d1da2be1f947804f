import { expect, test } from "vitest";
import { secondsOf, shown } from "./time";

test.each([
  ["4:12", 252],
  ["1:02:09.5", 3729.5],
  ["12", 12],
  ["0:07,5", 7.5],
  [" 90 ", 90],
])("%s is a moment", (typed, seconds) => {
  expect(secondsOf(typed)).toBe(seconds);
});

test.each(["", "a", "1:60", "1:2:3:4", "1.5:00", "-3", "4:", "1e3"])("%s is none", (typed) => {
  expect(secondsOf(typed)).toBeNull();
});

test.each([
  [0, "0:00"],
  [7.5, "0:07.5"],
  [59.96, "1:00"],
  [252, "4:12"],
  [3729.5, "1:02:09.5"],
])("%s seconds are shown as %s", (seconds, text) => {
  expect(shown(seconds)).toBe(text);
});
