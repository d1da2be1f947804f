/** Items of the demonstration. What is wrong with one is a `Fault` here, and gets its words when it is told. */
import type { Details, Row } from "..";
import type { Fault } from "./faults";

export type DemoRow = Omit<Row, "failure" | "waiting"> & {
  failure: Fault | null;
  waiting: Fault | null;
  held_up: Fault | null;
  /** Bytes handed to the network, and bytes a second while it runs. */
  sent: number;
  rate: number;
  /** Percent prepared by the server. */
  processing: number | null;
  /** Milliseconds that it has been confirming. */
  confirming: number;
};

export type Draft = Omit<Partial<DemoRow>, "details"> & {
  file: string;
  details?: Partial<Details>;
};

export const NORDLYS = "nordlys.videomarketingplatform.co";
export const FJORD = "fjord.videomarketingplatform.co";
export const ARCHIVE = "arkiv.videomarketingplatform.co";
export const SANDBOX = "127.0.0.1:2323";

const MEGA = 1_000_000;
let made = 0;

/** Forgets how many were made, so that a world begins with the same ids again. */
export function beginAnew(): void {
  made = 0;
}

/** Nothing more will happen to it by itself. */
export const ended = ({ stage }: DemoRow): boolean =>
  stage === "done" || stage === "failed" || stage === "cancelled";

/** A file's name without its extension. */
export const stem = (file: string): string => file.replace(/\.[^.]+$/, "");

export function row(now: number, draft: Draft): DemoRow {
  made += 1;
  const { details, ...rest } = draft;
  const video = rest.video_id ?? null;
  const total = rest.total ?? 640 * MEGA;
  const arrived = rest.stage === "stored" || rest.stage === "done";
  return {
    id: `0193-${String(made).padStart(6, "0")}`,
    position: made,
    folder: "/home/maja/Video",
    workspace: NORDLYS,
    replaces: null,
    lane: "manual",
    intent: "run",
    stage: "queued",
    publish: { when: "draft" },
    companions: { thumbnail: null, subtitles: [] },
    stored: arrived ? total : (rest.sent ?? 0),
    video_id: video,
    admin_url: video ? `https://${NORDLYS}/manage/video/${video}` : null,
    public_url: video ? `https://${NORDLYS}/video/${video}` : null,
    published: false,
    playable: rest.stage === "done" ? true : null,
    version_seen: null,
    twins: [],
    failure: null,
    waiting: null,
    held_up: null,
    unsettled: false,
    added_at: new Date(now - 40 * 60_000).toISOString(),
    ended_at: null,
    picture: true,
    facts: null,
    sent: 0,
    rate: 9.5 * MEGA,
    processing: null,
    confirming: 0,
    ...rest,
    total,
    details: {
      title: stem(draft.file),
      description: "",
      tags: [],
      categories: [],
      absolute_url: null,
      variables: {},
      ...details,
    },
  };
}
