/** Rows for tests: an upload that waits, and what is different about it. */
import type { Details, Progress, Remedy, Row, Told } from "../backend";

export function row(
  change: Omit<Partial<Row>, "details"> & { details?: Partial<Details> } = {},
): Row {
  const { details, ...rest } = change;
  return {
    id: "a",
    position: 1,
    file: "talk.mp4",
    folder: "/home/maja/Video",
    workspace: "nordlys.example",
    replaces: null,
    lane: "manual",
    intent: "run",
    stage: "queued",
    publish: { when: "draft" },
    companions: { thumbnail: null, subtitles: [] },
    total: 1_000_000_000,
    stored: 0,
    video_id: null,
    admin_url: null,
    public_url: null,
    published: false,
    playable: null,
    version_seen: null,
    twins: [],
    failure: null,
    waiting: null,
    unsettled: false,
    added_at: "2026-11-22T13:00:00Z",
    ended_at: null,
    picture: false,
    facts: null,
    ...rest,
    details: {
      title: "Talk",
      description: "",
      tags: [],
      categories: [],
      absolute_url: null,
      variables: {},
      ...details,
    },
  };
}

export function told(remedy: Remedy, code = "some_code"): Told {
  const words = { message: "It stopped.", hint: "Do this.", command: null };
  return { code, remedy, ...words, detail: null, causes: [] };
}

export function progress(id: string, change: Partial<Progress> = {}): Progress {
  return { id, sent: 0, resent: 0, processing: null, held_up: null, ...change };
}
