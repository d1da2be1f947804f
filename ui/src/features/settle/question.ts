/** What is asked when nobody but a person can tell what became of an upload, and which answers there are. */
import type { Row, Told } from "../../backend";
import { videoOf } from "./video";

/** The answer in the dialog; `arrived` gets its video there. */
export type Answer = "keep_looking" | "arrived" | "send_again";

export interface Question {
  row: Row;
  told: Told;
  /** A file that goes in the place of something: which video it is about is known. */
  replacing: boolean;
  /** The video to look at: it is named with the question. */
  candidate: number | null;
  /** Whether that may be the one. */
  likely: boolean;
  answers: readonly Answer[];
  /** The answer that can do no harm. */
  safe: Answer;
}

/** Whose question it is that an item waits behind, if it does. */
export function ahead(row: Row): string | null {
  return row.waiting?.code === "behind_question" ? row.waiting.detail : null;
}

/** The question that an item asks, if it does. */
export function questionOf(row: Row): Question | null {
  const told = row.failure ?? row.waiting;
  if (told?.remedy !== "settle" || ahead(row) !== null) return null;
  const replacing = row.replaces !== null;
  const named = told.detail === null ? null : videoOf(told.detail, row.workspace);
  const candidate =
    row.replaces?.video ?? row.video_id ?? (named && "video" in named ? named.video : null);
  // Without a commit on its way there is nothing more to be seen.
  const answers: Answer[] = row.unsettled
    ? ["keep_looking", "arrived", "send_again"]
    : ["send_again", "arrived"];
  // A video made of one piece is not what was sent.
  const likely = candidate !== null && told.code !== "piece_taken_as_whole";
  return { row, told, replacing, candidate, likely, answers, safe: answers[0] ?? "send_again" };
}
