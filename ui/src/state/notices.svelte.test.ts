import { expect, test } from "vitest";
import { HandClock } from "../backend/demo";
import { Notices } from "./notices.svelte";

const DAY = 24 * 60 * 60 * 1000;

function told(): { notices: Notices; clock: HandClock; texts: () => string[] } {
  const clock = new HandClock();
  const notices = new Notices(clock);
  return { notices, clock, texts: () => notices.toasts.map(({ text }) => text) };
}

test("what was done goes by itself, and what failed stays until it is closed", () => {
  const { notices, clock, texts } = told();
  notices.toast("Done.");
  const failed = notices.toast("It failed.", { tone: "bad" });
  clock.advance(DAY);
  expect(texts()).toEqual(["It failed."]);

  notices.hold(failed);
  notices.release(failed);
  clock.advance(DAY);
  expect(texts()).toEqual(["It failed."]);

  notices.dismiss(failed);
  expect(texts()).toEqual([]);
});

test("of many, what failed is shown for longest", () => {
  const { notices, texts } = told();
  notices.toast("It failed.", { tone: "bad" });
  for (const text of ["one", "two", "three"]) notices.toast(text);
  expect(texts()).toEqual(["It failed.", "two", "three"]);
  for (const text of ["another", "and another", "a last one"]) notices.toast(text, { tone: "bad" });
  expect(texts()).toEqual(["another", "and another", "a last one"]);
});

test("the same failure twice is shown once", () => {
  const { notices, texts } = told();
  notices.toast("It failed.", { tone: "bad" });
  notices.toast("Another.", { tone: "bad" });
  notices.toast("It failed.", { tone: "bad" });
  expect(texts()).toEqual(["Another.", "It failed."]);
});
