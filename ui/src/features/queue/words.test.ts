import { afterEach, describe, expect, test } from "vitest";
import type { Progress, Row } from "../../backend";
import { group, standing } from "../../state/standing";
import { progress, row, told } from "../../testing/rows";
import { speak } from "../../words/index.svelte";
import { chipsOf, stateOf, whereOf } from "./words";

const NOW = Date.UTC(2026, 10, 22, 13, 10);
const plain = (text: string): string => text.replace(/\u00a0/g, " ");

function said(one: Row, run?: Progress, share = 0.425): [string, string] {
  const at = standing(one, run);
  const placed = { row: one, at, group: group(one, at) };
  const state = stateOf(placed, { share, rate: 18_500_000, left: 240 }, NOW);
  return [plain(state.text), plain([state.extra, state.about].filter(Boolean).join(" · "))];
}

afterEach(() => speak("en"));

describe("a state in words", () => {
  test.each([
    ["Waiting", "", row(), undefined, 0],
    ["Uploading 42 %", "148 Mbit/s · about 4 min", row({ stage: "uploading" })],
    ["Paused", "42 % sent", row({ stage: "uploading", intent: "pause" })],
    ["Paused", "", row({ intent: "pause", total: 0 }), undefined, 1],
    [
      "Thumbnail set",
      "not seen yet",
      row({
        stage: "done",
        version_seen: false,
        replaces: { video: 7, kind: "image", moment_ms: null },
      }),
    ],
    ["Confirming", "all of it is sent", row({ stage: "confirming" })],
    [
      "Processing 60 %",
      "at TwentyThree",
      row({ stage: "stored" }),
      progress("a", { processing: 60 }),
    ],
    ["Processing", "at TwentyThree", row({ stage: "stored" })],
    ["Waiting for sign-in", "42 % sent", row({ waiting: told("sign_in", "sign_in_needed") })],
    ["Did it arrive?", "42 % sent", row({ stage: "failed", failure: told("settle") })],
    ["Stopped", "42 % sent", row({ stage: "failed", failure: told("retry_after") })],
    [
      "Waiting for the network",
      "42 % sent",
      row({ stage: "uploading" }),
      progress("a", { held_up: told("wait_for_network") }),
    ],
    ["Draft", "", row({ stage: "done" })],
    ["Published", "", row({ stage: "done", published: true })],
    ["Published", "still being prepared", row({ stage: "done", published: true, playable: false })],
    ["Removed", "the video had arrived", row({ stage: "cancelled", video_id: 7 })],
  ] as const)("%s (%s)", (text, about, one, run?: Progress, share?: number) => {
    expect(said(one, run, share)).toEqual([text, about]);
  });

  test("is Danish in Danish", () => {
    speak("da");

    expect(said(row({ stage: "uploading" }))).toEqual(["Uploader 42 %", "148 Mbit/s · ca. 4 min."]);
    expect(said(row({ stage: "done", published: true }))).toEqual(["Udgivet", ""]);
  });
});

test("where it goes, and what stays when it replaces something", () => {
  const size = 1_900_000_000;

  expect(plain(whereOf(row({ total: size }), "Stories"))).toBe("1.9 GB → Stories");
  expect(
    plain(
      whereOf(row({ total: size, replaces: { video: 7, kind: "video", moment_ms: null } }), ""),
    ),
  ).toBe("1.9 GB · replaces the video, keeps the link");
  const moment = row({ replaces: { video: 7, kind: "image", moment_ms: 83_400 } });
  expect(whereOf(moment, "")).toBe("The picture at 1:23 · keeps the link");
});

test("chips say what goes along and what is to happen", () => {
  const one = row({
    publish: { when: "when_playable" },
    companions: { thumbnail: "talk.jpg", subtitles: [{ locale: "en", file: "talk.en.srt" }] },
  });

  expect(chipsOf(one, NOW)).toEqual(["Publish", "Thumbnail", "EN subtitles"]);
  expect(chipsOf({ ...one, published: true, stage: "done" }, NOW)).toEqual([
    "Thumbnail",
    "EN subtitles",
  ]);
});
