import { expect, test } from "vitest";
import { row } from "../testing/rows";
import { Batch, Tally, type Share } from "./tally";

const share = (change: Partial<Share> = {}): Share => ({
  group: "waiting",
  runs: true,
  paused: false,
  sent: false,
  total: 100,
  stored: 0,
  counted: true,
  ...change,
});

test("what is taken away was never there", () => {
  const tally = new Tally();
  const before = tally.read();
  tally.add(share({ paused: true }));
  tally.add(share({ group: "finished", sent: true, stored: 100 }));

  expect(tally.read().batch).toEqual({ items: 2, sent: 1, there: 0, total: 200, stored: 100 });

  tally.take(share({ paused: true }));
  tally.take(share({ group: "finished", sent: true, stored: 100 }));

  expect(tally.read()).toEqual(before);
});

test("what does not belong to the batch counts where it stands, not in its bytes", () => {
  const tally = new Tally();
  tally.add(share({ group: "finished", counted: false }));

  expect(tally.read().groups.finished).toBe(1);
  expect(tally.read().batch.total).toBe(0);
});

test("a batch begins when the queue stood empty, and holds what came while it ran", () => {
  const batch = new Batch();
  batch.note(row({ id: "old", stage: "done" }));
  batch.note(row({ id: "a" }));
  batch.note(row({ id: "b" }));
  batch.note(row({ id: "a", stage: "done" }));

  expect(["old", "a", "b"].map((id) => batch.has(id))).toEqual([false, true, true]);

  batch.note(row({ id: "b", stage: "done" }));
  const dropped = batch.note(row({ id: "c" }));

  expect(dropped).toEqual(["a", "b"]);
  expect(["a", "b", "c"].map((id) => batch.has(id))).toEqual([false, false, true]);
});

test("what is taken out leaves the batch, and a retry of what failed begins none", () => {
  const batch = new Batch();
  batch.note(row({ id: "a" }));
  batch.note(row({ id: "b" }));
  batch.note(row({ id: "a", stage: "failed" }));
  batch.note(row({ id: "b", stage: "cancelled" }));

  expect(batch.has("b")).toBe(false);
  expect(batch.note(row({ id: "a" }))).toEqual([]);
  expect(batch.has("a")).toBe(true);
});
