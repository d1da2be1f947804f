/**
 * Where an item stands, as one word with what belongs to it. Everything that a row says or offers is chosen by this and by
 * nothing else; the shell's stage, intent, failure and hold-up are read here and nowhere else.
 */
import type { Progress, Row, Told } from "../backend";
import type { Hold } from "./speed";

export type Standing =
  /** Nothing goes on until somebody does something. */
  | { is: "needs_you"; told: Told }
  | { is: "waiting" }
  /** Nothing of its kind of work is sent for now. */
  | { is: "held"; by: Hold }
  /** Something is in the way that goes by itself. */
  | { is: "held_up"; told: Told }
  | { is: "paused" }
  | { is: "uploading" }
  /** All bytes are there; whether they are a video is being found out. */
  | { is: "confirming" }
  /** The workspace has the video and prepares it; `share` is 0 to 1, or null where it does not say. */
  | { is: "processing"; share: number | null }
  /** Being taken out; a commit that may have arrived is looked at first. */
  | { is: "leaving" }
  | { is: "done"; as: Outcome }
  | { is: "cancelled" };

export type Outcome = "draft" | "published" | "scheduled" | "replaced" | "thumbnail";

/** What each item of the queue is listed under. */
export type Group = "needs_you" | "uploading" | "waiting" | "finished";
export const GROUPS: readonly Group[] = ["needs_you", "uploading", "waiting", "finished"];

export function standing(row: Row, progress?: Progress, hold: Hold | null = null): Standing {
  switch (row.stage) {
    case "done":
      return { is: "done", as: outcome(row) };
    case "cancelled":
      return { is: "cancelled" };
    case "failed":
      // A failure without its words would be the shell's mistake; it still must not look like anything else.
      return row.failure ? { is: "needs_you", told: row.failure } : { is: "cancelled" };
    default:
  }
  if (row.intent === "cancel") return { is: "leaving" };
  if (row.intent === "pause" && row.stage !== "stored") return { is: "paused" };
  if (row.waiting && wantsSomebody(row.waiting)) return { is: "needs_you", told: row.waiting };
  const held = row.waiting ?? progress?.held_up;
  if (held) return { is: "held_up", told: held };
  if (hold && (row.stage === "queued" || row.stage === "uploading"))
    return { is: "held", by: hold };
  switch (row.stage) {
    case "uploading":
      return { is: "uploading" };
    case "confirming":
      return { is: "confirming" };
    case "stored":
      return {
        is: "processing",
        share: progress?.processing == null ? null : progress.processing / 100,
      };
    default:
      return { is: "waiting" };
  }
}

/** Whether somebody has to do something, rather than a network or a server. */
function wantsSomebody(told: Told): boolean {
  switch (told.remedy) {
    case "retry_now":
    case "retry_after":
    case "wait_for_network":
      return false;
    case "wait_for_file":
    case "sign_in":
    case "fix_settings":
    case "settle":
    case "give_up":
      return true;
  }
}

function outcome(row: Row): Outcome {
  if (row.replaces) return row.replaces.kind === "image" ? "thumbnail" : "replaced";
  if (row.published) return "published";
  return row.publish.when === "on_date" ? "scheduled" : "draft";
}

/** The list in which an item is shown. Being confirmed and processed is still under way: "finished" means finished. */
export function group(row: Row, at: Standing): Group {
  switch (at.is) {
    case "needs_you":
      return "needs_you";
    case "done":
    case "cancelled":
      return "finished";
    case "uploading":
    case "confirming":
    case "processing":
      return "uploading";
    case "held_up":
    case "leaving":
      return row.stage === "queued" ? "waiting" : "uploading";
    case "waiting":
    case "held":
    case "paused":
      return "waiting";
  }
}

/** Nothing more will happen to it unless somebody asks for it. */
export function ended(row: Row): boolean {
  return row.stage === "done" || row.stage === "failed" || row.stage === "cancelled";
}
