/** What a line of a ledger says: what became of the file, in a word, and why, in a sentence. */
import type { LedgerRow } from "../../../backend";
import { say, type Key } from "../../../words/index.svelte";
import type { Tone } from "../../queue/words";

type State = LedgerRow["state"];

const WORDS: Record<State, [Key, Tone]> = {
  writing: ["ledger.writing", "plain"],
  taken: ["ledger.taken", "plain"],
  again: ["ledger.again_soon", "plain"],
  queued: ["state.waiting", "dim"],
  uploading: ["ledger.uploading", "plain"],
  confirming: ["state.confirming", "plain"],
  stored: ["state.processing", "plain"],
  done: ["ledger.done", "ok"],
  before: ["ledger.left_out", "dim"],
  left_out: ["ledger.left_out", "dim"],
  same: ["ledger.same", "dim"],
  refused: ["ledger.refused", "bad"],
  failed: ["filter.needs_you", "bad"],
  cancelled: ["state.cancelled", "dim"],
};

export function stateOf({ state }: LedgerRow): { text: string; tone: Tone } {
  const [key, tone] = WORDS[state];
  return { text: say(key), tone };
}

/** Why it is so; empty where that needs no words. */
export function reasonOf({ state, why, same_as, told }: LedgerRow): string {
  if (told) return `${told.message} ${told.hint}`;
  if (why) return say("ledger.why", { why });
  if (same_as) return say("ledger.same_as", { file: same_as.file });
  switch (state) {
    case "writing":
      return say("ledger.writing_why");
    case "before":
      return say("ledger.before_why");
    case "taken":
    case "again":
      return say("ledger.taken_why");
    case "cancelled":
      return say("ledger.cancelled_why");
    default:
      return "";
  }
}

/** The video that can be looked at: that of the file, or of the one that it has the content of. */
export const videoOf = ({ video, same_as }: LedgerRow): number | null =>
  video ?? same_as?.video ?? null;

/** It was never sent, so that sending it once is no second time. */
export const neverSent = ({ state }: LedgerRow): boolean =>
  state === "before" || state === "left_out" || state === "same" || state === "refused";

/** Sent once more, there would be two videos of it. */
export const makesTwo = (line: LedgerRow): boolean => line.state === "done" || line.video !== null;
