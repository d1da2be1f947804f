import { beforeEach, describe, expect, test } from "vitest";
import type { Backend, LedgerPart, LedgerRow, Request } from "../backend";
import { HandClock } from "../backend/demo/clock";
import { Ledger } from "./ledger.svelte";

const COUNTS: LedgerPart["counts"] = { all: 0, moving: 0, done: 0, left_out: 0, trouble: 0 };

const line = (n: number): LedgerRow => ({
  line: n,
  file: `film ${n}.mp4`,
  folder: "",
  size: 1,
  at: n,
  state: "done",
  why: null,
  same_as: null,
  item: null,
  video: n,
  told: null,
  again: true,
});

/** Newest first. */
const lines = (count: number): LedgerRow[] =>
  Array.from({ length: count }, (_, index) => line(count - index));

let all: LedgerRow[];
let asked: Request<"folder_ledger">[];
let answers: (() => void)[];
let clock: HandClock;
let ledger: Ledger;

/** Answers what was asked, one after the other, until nothing more is. */
async function answer(): Promise<void> {
  while (answers.length > 0) {
    answers.shift()?.();
    // oxlint-disable-next-line no-await-in-loop -- what is asked next depends on the answer
    await new Promise((done) => setTimeout(done));
  }
}

beforeEach(() => {
  all = lines(1_000);
  asked = [];
  answers = [];
  clock = new HandClock();
  const backend = {
    call: (_: string, request: Request<"folder_ledger">) =>
      new Promise((resolve, reject) => {
        asked.push(request);
        answers.push(() => {
          if (request.search === "away") {
            reject(new Error("away"));
            return;
          }
          const found = all.filter(({ file }) => file.includes(request.search));
          const part = found.slice(request.from, request.from + 200);
          resolve({ lines: part, total: found.length, counts: { ...COUNTS, all: all.length } });
        });
      }),
  } as unknown as Backend;
  ledger = new Ledger(backend, clock);
});

describe("a ledger", () => {
  test("is asked for in parts, as they come into view", async () => {
    ledger.open("a");
    await answer();

    expect(ledger.total).toBe(1_000);
    expect(ledger.at(0)?.line).toBe(1_000);
    expect(ledger.at(300)).toBeUndefined();
    ledger.look(390, 410);
    await answer();

    expect(asked.map(({ from }) => from)).toEqual([0, 200, 400]);
    expect(ledger.at(410)?.line).toBe(590);
  });

  test("of which only what is looked at now is asked for, however much was flown over", async () => {
    ledger.open("a");
    await answer();
    for (let place = 0; place < 900; place += 30) ledger.look(place, place + 10);
    await answer();

    expect(asked.map(({ from }) => from)).toEqual([0, 200, 800]);
  });

  test("stays what it was until the answer to another revision is there", async () => {
    ledger.open("a");
    ledger.follow(1);
    await answer();
    all = [line(1_001), ...all];
    ledger.follow(2);

    expect(ledger.at(0)?.line).toBe(1_000);
    await answer();
    expect(ledger.at(0)?.line).toBe(1_001);
    expect(ledger.placeOf("1000")).toBe(1);
    expect(ledger.total).toBe(1_001);
  });

  test("that changes all the time is asked for now and then, and once more in the end", async () => {
    ledger.open("a");
    await answer();
    for (let revision = 1; revision <= 40; revision += 1) {
      ledger.follow(revision);
      clock.advance(25);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await answer();
    }
    const during = asked.length;
    clock.advance(2_000);
    await answer();

    expect(during).toBeLessThan(6);
    expect(asked.length).toBeLessThanOrEqual(during + 1);
    expect(asked.length).toBeGreaterThan(1);
  });

  test("is searched when the typing stops, and an older answer is not heard", async () => {
    ledger.open("a");
    ledger.type("film 7");
    ledger.type("film 77");
    clock.advance(300);

    expect(asked.map(({ search }) => search)).toEqual(["", "film 77"]);
    await answer();
    expect(ledger.total).toBe(11);
    expect(ledger.at(0)?.file).toBe("film 779.mp4");
  });

  test("that cannot be read says why, and is asked again when somebody wants it", async () => {
    ledger.open("a");
    await answer();
    ledger.type("away");
    clock.advance(300);
    await answer();

    expect(ledger.failed).toBeInstanceOf(Error);
    expect(ledger.total).toBe(0);
    ledger.clear();
    await answer();
    expect(ledger.failed).toBeNull();
    expect(ledger.total).toBe(1_000);
  });

  test("that is closed is forgotten", async () => {
    ledger.open("a");
    await answer();
    ledger.close();
    ledger.open("b");

    expect(ledger.counts).toBeNull();
    expect(ledger.at(0)).toBeUndefined();
  });
});
