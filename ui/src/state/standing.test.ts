import { describe, expect, test } from "vitest";
import type { Progress, Row } from "../backend";
import { progress, row, told } from "../testing/rows";
import { need } from "./need";
import { group, standing, type Group, type Standing } from "./standing";

interface Case {
  says: string;
  row: Row;
  progress?: Progress;
  is: Standing["is"];
  group: Group;
  need: ReturnType<typeof need>;
}

const link = { video_id: 7, admin_url: "https://w/manage/7", public_url: "https://w/7" };

const cases: Case[] = [
  { says: "a new item waits", row: row(), is: "waiting", group: "waiting", need: "send_next" },
  {
    says: "bytes move",
    row: row({ stage: "uploading" }),
    is: "uploading",
    group: "uploading",
    need: "pause",
  },
  {
    says: "a pause is a pause whatever else is in the way",
    row: row({ stage: "uploading", intent: "pause", waiting: told("sign_in") }),
    is: "paused",
    group: "waiting",
    need: "resume",
  },
  {
    says: "a network that is gone comes back by itself",
    row: row({ stage: "uploading" }),
    progress: progress("a", { held_up: told("wait_for_network") }),
    is: "held_up",
    group: "uploading",
    need: "pause",
  },
  {
    says: "a sign-in needs somebody",
    row: row({ stage: "uploading", waiting: told("sign_in", "sign_in_needed") }),
    is: "needs_you",
    group: "needs_you",
    need: "sign_in",
  },
  {
    says: "a locked keychain is unlocked, not signed in to",
    row: row({ waiting: told("sign_in", "keychain_locked") }),
    is: "needs_you",
    group: "needs_you",
    need: "unlock",
  },
  {
    says: "a drive that is away needs somebody",
    row: row({ waiting: told("wait_for_file", "source_away") }),
    is: "needs_you",
    group: "needs_you",
    need: "retry",
  },
  {
    says: "a question is answered",
    row: row({ stage: "failed", failure: told("settle", "outcome_unknown") }),
    is: "needs_you",
    group: "needs_you",
    need: "settle",
  },
  {
    says: "an unknown category is chosen anew",
    row: row({ stage: "failed", failure: told("fix_settings", "category_unknown") }),
    is: "needs_you",
    group: "needs_you",
    need: "edit",
  },
  {
    says: "a proxy is a setting of the app",
    row: row({ waiting: told("fix_settings", "proxy_sign_in_needed") }),
    is: "needs_you",
    group: "needs_you",
    need: "settings",
  },
  {
    says: "a file that is refused can only go",
    row: row({ stage: "failed", failure: told("give_up", "file_refused") }),
    is: "needs_you",
    group: "needs_you",
    need: "remove",
  },
  {
    says: "a commit is on its way",
    row: row({ stage: "confirming" }),
    is: "confirming",
    group: "uploading",
    need: null,
  },
  {
    says: "the workspace prepares it",
    row: row({ stage: "stored", ...link }),
    progress: progress("a", { processing: 60 }),
    is: "processing",
    group: "uploading",
    need: "copy_link",
  },
  {
    says: "it is taken out",
    row: row({ stage: "uploading", intent: "cancel" }),
    is: "leaving",
    group: "uploading",
    need: null,
  },
  {
    says: "it is done",
    row: row({ stage: "done", ...link }),
    is: "done",
    group: "finished",
    need: "open",
  },
  {
    says: "it was taken out",
    row: row({ stage: "cancelled", intent: "cancel" }),
    is: "cancelled",
    group: "finished",
    need: "remove",
  },
];

test.each(cases)("$says: $is, in $group, needs $need", (one) => {
  const at = standing(one.row, one.progress);

  expect(at.is).toBe(one.is);
  expect(group(one.row, at)).toBe(one.group);
  expect(need(one.row, at)).toBe(one.need);
});

describe("what became of it", () => {
  test.each([
    ["draft", row({ stage: "done" })],
    ["published", row({ stage: "done", published: true })],
    ["scheduled", row({ stage: "done", publish: { when: "on_date", at: "2026-12-01T09:00:00Z" } })],
    [
      "replaced",
      row({
        stage: "done",
        published: true,
        replaces: { video: 7, kind: "video", moment_ms: null },
      }),
    ],
    ["thumbnail", row({ stage: "done", replaces: { video: 7, kind: "image", moment_ms: null } })],
  ] as const)("is %s", (as, done) => {
    expect(standing(done)).toEqual({ is: "done", as });
  });
});

test("how far the workspace has prepared it is a share, or unknown", () => {
  const stored = row({ stage: "stored" });

  expect(standing(stored, progress("a", { processing: 60 }))).toEqual({
    is: "processing",
    share: 0.6,
  });
  expect(standing(stored)).toEqual({ is: "processing", share: null });
});
