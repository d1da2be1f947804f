import { describe, expect, test } from "vitest";
import { share, Speed, steady, TimeLeft } from "./motion";

describe("how far an item is", () => {
  test.each([
    ["nothing yet", 0, 0, 0, 100, 0],
    ["what is sent, ahead of what is acknowledged", 0, 40, 30, 100, 0.4],
    ["what is acknowledged, if that is more", 0, 10, 30, 100, 0.3],
    ["never back, when sent bytes were lost", 0.4, 35, 30, 100, 0.4],
    ["never whole before all is acknowledged", 0.9, 100, 90, 100, 0.995],
    ["never past the end", 0.9, 130, 90, 100, 0.995],
    ["whole once all is acknowledged", 0.995, 100, 100, 100, 1],
    ["whole if there are no bytes to send", 0, 0, 0, 0, 1],
  ])("%s", (_, before, sent, stored, total, expected) => {
    expect(share(before, sent, stored, total)).toBeCloseTo(expected, 6);
  });
});

/** Samples of a constant speed in steps of so many milliseconds. */
function run(
  speed: Speed,
  rate: number,
  from: number,
  to: number,
  every: number,
  start = 0,
): number {
  let bytes = start;
  for (let at = from; at <= to; at += every) {
    bytes = start + ((at - from) / 1000) * rate;
    speed.sample(bytes, at);
  }
  return bytes;
}

describe("speed", () => {
  test("is right from the first seconds on, and not a slow rise from zero", () => {
    const speed = new Speed();
    run(speed, 1_000_000, 0, 1_500, 100);

    expect(speed.rate(1_500)).toBeCloseTo(1_000_000, -3);
  });

  test("is the same however often it is sampled", () => {
    const [often, seldom] = [new Speed(), new Speed()];
    for (const [speed, every] of [
      [often, 100],
      [seldom, 1_000],
    ] as const) {
      const bytes = run(speed, 1_000_000, 0, 10_000, every);
      run(speed, 4_000_000, 10_000, 16_000, every, bytes);
    }

    expect(often.rate(16_000) / seldom.rate(16_000)).toBeCloseTo(1, 1);
  });

  test("does not leap with one large step", () => {
    const speed = new Speed();
    const bytes = run(speed, 1_000_000, 0, 20_000, 100);
    speed.sample(bytes + 5_000_000, 20_100);

    expect(speed.rate(20_100)).toBeLessThan(2_500_000);
  });

  test("is none after a while without a byte", () => {
    const speed = new Speed();
    const bytes = run(speed, 1_000_000, 0, 10_000, 100);
    speed.sample(bytes, 15_000);

    expect(speed.rate(15_000)).toBeGreaterThan(0);
    expect(speed.rate(18_500)).toBe(0);
  });

  test("begins anew when the counter does", () => {
    const speed = new Speed();
    run(speed, 1_000_000, 0, 10_000, 100);
    speed.sample(0, 10_100);
    speed.sample(100_000, 10_200);

    expect(speed.rate(10_200)).toBeGreaterThan(0);
  });
});

/** What is shown each second while the speed is what `rate` says. */
function shown(rate: (second: number) => number, seconds: number, total = 1_000_000_000): number[] {
  const time = new TimeLeft();
  const said: number[] = [];
  let remaining = total;
  for (let second = 0; second <= seconds; second += 1) {
    const left = time.estimate(remaining, rate(second), second * 1000);
    if (left !== undefined) said.push(left);
    remaining -= rate(second);
  }
  return said;
}

describe("time left", () => {
  test("is not said before anything is known", () => {
    expect(shown(() => 1_000_000, 2)).toEqual([]);
  });

  test("counts down evenly while the speed stays", () => {
    const said = shown(() => 1_000_000, 60);
    const steps = said.slice(1).map((left, index) => (said[index] ?? 0) - left);

    expect(Math.min(...steps)).toBeGreaterThan(0.9);
    expect(Math.max(...steps)).toBeLessThan(1.1);
  });

  test("does not follow a speed that swings every second", () => {
    const said = shown((second) => (second % 2 === 0 ? 1_400_000 : 600_000), 60);
    const steps = said.slice(1).map((left, index) => Math.abs((said[index] ?? 0) - left));

    // The naive estimate would leap by 952 s each second; a twelfth of that and the second itself is what is let through.
    expect(Math.max(...steps)).toBeLessThan(952 / 12 + 1.5);
  });

  test("follows at once when the world has changed", () => {
    const said = shown((second) => (second < 20 ? 1_000_000 : 100_000), 22);

    expect(said.at(-1)).toBeGreaterThan(5_000);
  });

  test("is not said when nothing moves or nothing is left", () => {
    const time = new TimeLeft();

    expect(time.estimate(1000, 0, 10_000)).toBeUndefined();
    expect(time.estimate(0, 1000, 20_000)).toBeUndefined();
  });
});

test.each([
  ["nothing is known yet", undefined, undefined, undefined],
  ["the first value is rounded", undefined, 244, 240],
  ["half a step is no change", 240, 268, 240],
  ["most of a step is", 240, 290, 300],
  ["a coarser step is taken over at once", 3_540, 3_620, 3_600],
  ["seconds go in fives", 20, 17.5, 20],
  ["and never to zero", 5, 0.4, 5],
])("%s", (_, before, next, expected) => {
  expect(steady(before, next)).toBe(expected);
});
