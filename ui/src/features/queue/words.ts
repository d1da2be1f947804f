/** What a row says: its state in words, what is worth knowing beside it, and how its bar looks. */
import type { Row } from "../../backend";
import type { Placed } from "../../state/lists";
import { cure } from "../../state/need";
import type { Motion } from "../../state/queue.svelte";
import { length, moment, percent, rate, size, span } from "../../words/amounts";
import { language, say, type Key } from "../../words/index.svelte";

export type Tone = "plain" | "dim" | "ok" | "warn" | "bad";

export interface State {
  text: string;
  tone: Tone;
  /** To the right of it, in fewer words; of the two the extra gives way where there is no room. */
  about: string;
  extra?: string;
  /** The bar, where there is one. */
  bar: { share: number | null; tone: "plain" | "second" | "still" | "warn" | "bad" } | null;
}

/** A row's state in words. `now` is for the day that times are told from. */
export function stateOf({ row, at }: Placed, motion: Motion, now: number): State {
  const part = percent(language(), motion.share);
  // What has no bytes, like a moment of a video, has not sent any either.
  const begun = motion.share > 0 && row.total > 0;
  const sent = begun ? say("state.stored_share", { percent: part }) : "";
  switch (at.is) {
    case "needs_you":
      return {
        text: say(WANTS[cure(at.told)] ?? "state.stopped"),
        tone: "bad",
        about: sent,
        bar: begun ? { share: motion.share, tone: "bad" } : null,
      };
    case "held_up":
      return {
        text: say(
          at.told.remedy === "wait_for_network" ? "state.no_network" : "state.asked_to_wait",
        ),
        tone: "warn",
        about: sent,
        bar: begun ? { share: motion.share, tone: "warn" } : null,
      };
    case "paused":
      return {
        text: say("state.paused"),
        tone: "dim",
        about: sent,
        bar: begun ? { share: motion.share, tone: "still" } : null,
      };
    case "uploading":
      return {
        text: say("state.uploading", { percent: part }),
        tone: "plain",
        about: leftOf(motion),
        extra: motion.rate > 0 ? rate(language(), motion.rate) : "",
        bar: { share: motion.share, tone: "plain" },
      };
    case "confirming":
      return {
        text: say("state.confirming"),
        tone: "plain",
        about: say("about.confirming"),
        bar: { share: 1, tone: "plain" },
      };
    case "processing":
      return {
        text:
          at.share === null
            ? say("state.processing")
            : say("state.processing_share", { percent: percent(language(), at.share) }),
        tone: "plain",
        about: "",
        extra: say("about.processing"),
        bar: { share: at.share, tone: "second" },
      };
    case "held":
      return {
        text: say(`state.held_${at.by}`),
        tone: "dim",
        about: sent,
        bar: begun ? { share: motion.share, tone: "still" } : null,
      };
    case "waiting":
      return { text: say("state.waiting"), tone: "dim", about: sent, bar: null };
    case "leaving":
      return { text: say("state.leaving"), tone: "dim", about: "", bar: null };
    case "cancelled":
      return {
        text: say("state.cancelled"),
        tone: "dim",
        about: row.video_id === null ? "" : say("about.arrived_anyway"),
        bar: null,
      };
    case "done":
      return {
        text: say(`state.${at.as}`),
        tone: at.as === "draft" || row.version_seen === false ? "plain" : "ok",
        about: endOf(row, now),
        bar: null,
      };
  }
}

/** What somebody is waited for with, by the act that helps. */
const WANTS: Partial<Record<ReturnType<typeof cure>, Key>> = {
  sign_in: "state.wants_sign_in",
  unlock: "state.wants_keychain",
  settings: "state.wants_settings",
  settle: "state.wants_answer",
  edit: "state.wants_details",
};

function leftOf({ left }: Motion): string {
  return left === undefined ? "" : say("left.about", { time: span(language(), left) });
}

function endOf(row: Row, now: number): string {
  const today = new Date(now);
  if (row.publish.when === "on_date" && !row.published) {
    return say("about.scheduled", { at: moment(language(), new Date(row.publish.at), today) });
  }
  if (row.version_seen === false) return say("about.not_seen");
  if (row.playable === false) return say("about.not_playable");
  return row.ended_at ? moment(language(), new Date(row.ended_at), today) : "";
}

/** The line below the title: how large, and where to. */
export function whereOf(row: Row, place: string): string {
  const bytes = size(language(), row.total);
  const moment_ms = row.replaces?.moment_ms ?? null;
  if (moment_ms !== null) return say("row.replaces_moment", { at: length(moment_ms / 1000) });
  if (row.replaces?.kind === "image") return say("row.replaces_thumbnail", { size: bytes });
  if (row.replaces) return say("row.replaces_video", { size: bytes });
  return say("row.destination", { size: bytes, place });
}

/** What is to happen with it and what goes along, each in a word. */
export function chipsOf(row: Row, now: number): string[] {
  const chips: string[] = [];
  const { publish, companions } = row;
  if (!row.published && row.stage !== "cancelled" && !row.replaces) {
    if (publish.when === "on_date") {
      chips.push(
        say("chip.publish_at", { at: moment(language(), new Date(publish.at), new Date(now)) }),
      );
    } else if (publish.when !== "draft") {
      chips.push(say("chip.publish"));
    }
  }
  if (companions.thumbnail) chips.push(say("chip.thumbnail"));
  if (companions.subtitles.length > 0) {
    const locales = companions.subtitles.map(({ locale }) => locale.toLocaleUpperCase()).join(", ");
    chips.push(say("chip.subtitles", { locales }));
  }
  return chips;
}
