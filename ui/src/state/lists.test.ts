import { expect, test } from "vitest";
import type { Row } from "../backend";
import { row, told } from "../testing/rows";
import { lines, type Filter, type Placed } from "./lists";
import { group, standing } from "./standing";

const placed = (one: Row): Placed => {
  const at = standing(one);
  return { row: one, at, group: group(one, at) };
};

/** The lines as they read: a headline in brackets, an item by its id. */
function read(rows: Row[], filter: Partial<Filter> = {}): string[] {
  return lines(rows.map(placed), { text: "", group: null, ...filter }).map((line) =>
    line.kind === "head" ? `[${line.group} ${line.ids.length}]` : line.id,
  );
}

const rows = [
  row({ id: "w2", position: 5, details: { title: "Lecture 2", tags: ["spring"] } }),
  row({ id: "w1", position: 4, details: { title: "Lecture 1" } }),
  row({ id: "up", position: 3, stage: "uploading", file: "webinar.mov" }),
  row({ id: "s1", position: 1, waiting: told("sign_in", "sign_in_needed"), workspace: "one" }),
  row({ id: "s2", position: 6, waiting: told("sign_in", "sign_in_needed"), workspace: "one" }),
  row({ id: "s3", position: 7, waiting: told("sign_in", "sign_in_needed"), workspace: "two" }),
  row({ id: "f1", position: 2, stage: "failed", failure: told("give_up", "file_refused") }),
  row({ id: "d1", position: 8, stage: "done", ended_at: "2026-11-22T13:01:00Z" }),
  row({ id: "d2", position: 9, stage: "done", ended_at: "2026-11-22T13:05:00Z" }),
];

test("who needs somebody stands first, by cause; what is finished last, the newest first", () => {
  expect(read(rows)).toEqual([
    "[needs_you 2]",
    "s1",
    "s2",
    "[needs_you 1]",
    "f1",
    "[needs_you 1]",
    "s3",
    "[uploading 1]",
    "up",
    "[waiting 2]",
    "w1",
    "w2",
    "[finished 2]",
    "d2",
    "d1",
  ]);
});

test.each([
  ["a word of the title", { text: "lecture" }, ["[waiting 2]", "w1", "w2"]],
  ["several words, all of which have to be there", { text: "lecture 2" }, ["[waiting 1]", "w2"]],
  ["a tag", { text: "SPRING" }, ["[waiting 1]", "w2"]],
  ["a file name", { text: "webinar.mov" }, ["[uploading 1]", "up"]],
  ["a state", { group: "finished" }, ["[finished 2]", "d2", "d1"]],
  ["a state and a word", { group: "finished", text: "lecture" }, []],
] as const)("filtered by %s", (_, filter, expected) => {
  expect(read(rows, filter)).toEqual(expected);
});

test("the frame of a group begins and ends with its first and last item", () => {
  const items = lines(rows.map(placed), { text: "", group: "waiting" }).flatMap((line) =>
    line.kind === "item" ? [[line.id, line.first, line.last]] : [],
  );

  expect(items).toEqual([
    ["w1", true, false],
    ["w2", false, true],
  ]);
});
