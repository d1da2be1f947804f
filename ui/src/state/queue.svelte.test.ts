import { flushSync } from "svelte";
import { describe, expect, test } from "vitest";
import { progress, row, told } from "../testing/rows";
import { Queue } from "./queue.svelte";

const GIGA = 1_000_000_000;

function queueOf(...rows: Parameters<Queue["reset"]>[0]): Queue {
  const queue = new Queue();
  queue.reset(rows, [], 0);
  return queue;
}

const nothing = { rows: [], removed: [], progress: null };

describe("progress", () => {
  test("goes forward with what is sent, never back, and is whole only when all is acknowledged", () => {
    const queue = queueOf(row({ id: "a", stage: "uploading" }));
    const shares: number[] = [];
    for (const [sent, stored] of [
      [0.1, 0],
      [0.4, 0.2],
      [0.3, 0.2],
      [1, 0.9],
      [1, 1],
    ] as const) {
      const rows = [row({ id: "a", stage: "uploading", stored: stored * GIGA })];
      queue.change({ ...nothing, rows, progress: [progress("a", { sent: sent * GIGA })] }, 0);
      shares.push(queue.entry("a")?.motion.share ?? -1);
    }

    expect(shares).toEqual([0.1, 0.4, 0.4, 0.995, 1]);
  });

  test("begins anew with another attempt", () => {
    const queue = queueOf(
      row({ id: "a", stage: "failed", stored: GIGA / 2, failure: told("retry_now") }),
    );
    queue.change({ ...nothing, rows: [row({ id: "a", stored: 0 })] }, 0);

    expect(queue.entry("a")?.motion.share).toBe(0);
  });

  test("is not touched for items that do not run", () => {
    const queue = queueOf(row({ id: "a", stage: "uploading" }), row({ id: "b", position: 2 }));
    const still = queue.entry("b")?.motion;
    const lines = queue.lines;
    queue.change({ ...nothing, progress: [progress("a", { sent: 5 })] }, 100);

    expect(queue.entry("b")?.motion).toBe(still);
    expect(queue.lines).toBe(lines);
  });

  test("of one item draws that item again and nothing else", () => {
    const queue = queueOf(row({ id: "a", stage: "uploading" }), row({ id: "b", position: 2 }));
    const drawn: string[] = [];
    const end = $effect.root(() => {
      for (const id of ["a", "b"]) {
        $effect(() => {
          void queue.entry(id)?.motion;
          drawn.push(id);
        });
      }
    });
    flushSync();
    drawn.length = 0;
    queue.change({ ...nothing, progress: [progress("a", { sent: GIGA / 4 })] }, 100);
    flushSync();
    end();

    expect(drawn).toEqual(["a"]);
  });
});

test("speeds and times left are said once a second, of each and of all", () => {
  const queue = queueOf(row({ id: "a", stage: "uploading" }), row({ id: "b", stage: "uploading" }));
  for (let at = 0; at <= 10_000; at += 100) {
    const sent = at * 10_000;
    queue.change({ ...nothing, progress: [progress("a", { sent }), progress("b", { sent })] }, at);
    if (at % 1000 === 0) queue.beat(at);
  }

  expect(queue.entry("a")?.motion.rate).toBeCloseTo(10_000_000, -5);
  // A minute and a half is left; that is said in whole minutes.
  expect(queue.entry("a")?.motion.left).toBe(120);
  expect(queue.motion.rate).toBeCloseTo(20_000_000, -6);
});

test("the counts follow every change", () => {
  const queue = queueOf(row({ id: "a", stage: "uploading" }), row({ id: "b" }), row({ id: "c" }));

  expect(queue.counts.groups).toEqual({ needs_you: 0, uploading: 1, waiting: 2, finished: 0 });

  queue.change(
    {
      rows: [
        row({ id: "a", stage: "done", stored: GIGA }),
        row({ id: "b", stage: "failed", failure: told("retry_now") }),
      ],
      removed: ["c"],
      progress: [],
    },
    0,
  );

  expect(queue.counts.groups).toEqual({ needs_you: 1, uploading: 0, waiting: 0, finished: 1 });
  expect(queue.counts.batch).toMatchObject({ items: 2, sent: 1 });
});

test("what was handed over again although it was done is part of the sum", () => {
  const queue = queueOf(row({ id: "a", stage: "done" }), row({ id: "b" }));
  queue.adopt(["a", "b"], 0);

  expect(queue.counts.batch.there).toBe(1);
});

test("a failure is news once", () => {
  const queue = queueOf(row({ id: "a", stage: "uploading" }));
  const failed = row({ id: "a", stage: "failed", failure: told("retry_now") });

  expect(queue.change({ ...nothing, rows: [failed] }, 0).wanting).toHaveLength(1);
  expect(queue.change({ ...nothing, rows: [failed] }, 0).wanting).toHaveLength(0);
});

test("ten thousand items, and an update of three costs three", () => {
  const many = Array.from({ length: 10_000 }, (_, n) => row({ id: String(n), position: n }));
  const queue = queueOf(...many);
  const lines = queue.lines;
  const running = ["1", "2", "3"].map((id) => progress(id, { sent: 1 }));
  queue.change(
    { ...nothing, rows: [row({ id: "1", position: 1, stored: 5 })], progress: running },
    0,
  );

  expect(lines).toHaveLength(10_001);
  expect(queue.lines).toBe(lines);
});
