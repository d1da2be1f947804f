import { describe, expect, test } from "vitest";
import { count, length, list, moment, percent, rate, size, sizes, span } from "./amounts";

/** As it reads, whatever spaces hold it together. */
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");

describe("sizes", () => {
  test.each([
    [0, "0 B", "0 B"],
    [999, "999 B", "999 B"],
    [1_000, "1 KB", "1 KB"],
    [1_250_000, "1.3 MB", "1,3 MB"],
    [9_960_000, "10 MB", "10 MB"],
    [640_000_000, "640 MB", "640 MB"],
    [999_700_000, "1 GB", "1 GB"],
    [8_400_000_000, "8.4 GB", "8,4 GB"],
    [120_000_000_000, "120 GB", "120 GB"],
    [2_500_000_000_000, "2.5 TB", "2,5 TB"],
  ])("%d bytes are %s, in Danish %s", (bytes, english, danish) => {
    expect(plain(size("en", bytes))).toBe(english);
    expect(plain(size("da", bytes))).toBe(danish);
  });

  test.each([
    [38_200_000_000, 120_000_000_000, "38", "120 GB"],
    [119_900_000_000, 120_000_000_000, "119", "120 GB"],
    [120_000_000_000, 120_000_000_000, "120", "120 GB"],
    [40_000_000, 8_400_000_000, "0", "8.4 GB"],
    [900_000_000, 8_400_000_000, "0.9", "8.4 GB"],
    [0, 640_000_000, "0", "640 MB"],
    [700_000_000, 640_000_000, "640", "640 MB"],
  ])("%d of %d bytes: the part never looks whole before it is", (part, whole, first, second) => {
    expect(sizes("en", part, whole).map(plain)).toEqual([first, second]);
  });
});

test.each([
  [0, "0 bit/s"],
  [60_000, "480 kbit/s"],
  [575_000, "4.6 Mbit/s"],
  [26_500_000, "212 Mbit/s"],
  [150_000_000, "1.2 Gbit/s"],
])("%d bytes a second are %s", (bytes, said) => {
  expect(plain(rate("en", bytes))).toBe(said);
});

test.each([
  [1, "5 s", "5 sek."],
  [42, "40 s", "40 sek."],
  [58, "1 min", "1 min."],
  [89, "1 min", "1 min."],
  [240, "4 min", "4 min."],
  [3_120, "52 min", "52 min."],
  [3_600, "1 h", "1 t."],
  [5_460, "1 h 30 min", "1 t. 30 min."],
  [7_180, "2 h", "2 t."],
  [36_000, "10 h", "10 t."],
  [86_400 * 3, "3 days", "3 dage"],
])("%d seconds are %s, in Danish %s", (seconds, english, danish) => {
  expect(plain(span("en", seconds))).toBe(english);
  expect(plain(span("da", seconds))).toBe(danish);
});

test.each([
  [0, "0 %"],
  [0.429, "42 %"],
  [0.29, "29 %"],
  [0.999, "99 %"],
  [1, "100 %"],
  [1.2, "100 %"],
  [-0.1, "0 %"],
])("a share of %d is %s", (share, said) => {
  expect(plain(percent("en", share))).toBe(said);
});

test("large counts have their language's separators", () => {
  expect([count("en", 10_000), count("da", 10_000)]).toEqual(["10,000", "10.000"]);
});

test.each([
  [48, "0:48"],
  [252, "4:12"],
  [3_729, "1:02:09"],
])("a video of %d seconds is %s long", (seconds, said) => {
  expect(length(seconds)).toBe(said);
});

test("today needs no date, another year needs the year", () => {
  const now = new Date(2026, 10, 22, 14, 10);

  expect(moment("en", new Date(2026, 10, 22, 9, 5), now)).toBe("09:05");
  expect(moment("en", new Date(2026, 10, 20, 9, 5), now)).toMatch(/20 Nov.*09:05/);
  expect(moment("da", new Date(2025, 0, 3, 9, 5), now)).toMatch(/3\. jan\.? 2025.*09\.05/);
});

test("several things are said in one breath", () => {
  expect(list("en", ["EN", "DA", "DE"])).toBe("EN, DA and DE");
  expect(list("da", ["EN", "DA"])).toBe("EN og DA");
});
