/** What a video of the library says of itself: its state in a word, and its facts. */
import type { Comparison, LibraryVideo } from "../../backend";
import type { IconName } from "../../components/icons";
import type { Entry } from "../../state/queue.svelte";
import { length, moment, percent, shortDay, size } from "../../words/amounts";
import { language, say } from "../../words/index.svelte";
import { stateOf, type State, type Tone } from "../queue/words";

export interface Said {
  text: string;
  tone: Tone;
  bar: State["bar"];
}

/** A video's state. While something is to take its place, that is what is said. */
export function saidOf(video: LibraryVideo, replacing: Entry | undefined, now: number): Said {
  if (replacing) {
    const { text, tone, bar } = stateOf(replacing.placed, replacing.motion, now);
    const picture = replacing.placed.row.replaces?.kind === "image" && video.kind !== "image";
    const key = picture ? "library.replacing_thumbnail" : "library.replacing";
    return { text: say(key, { state: text }), tone, bar };
  }
  if (!video.playable) {
    return {
      text:
        video.percent === null
          ? say("state.processing")
          : say("state.processing_share", { percent: percent(language(), video.percent / 100) }),
      tone: "plain",
      bar: null,
    };
  }
  if (video.published) return { text: say("state.published"), tone: "ok", bar: null };
  if (video.publish_at !== null) {
    const at = moment(language(), new Date(video.publish_at * 1000), new Date(now));
    return { text: say("library.scheduled", { at }), tone: "plain", bar: null };
  }
  return { text: say("state.draft"), tone: "plain", bar: null };
}

export function dayOf({ uploaded_at }: LibraryVideo, now: number): string {
  return uploaded_at === null
    ? ""
    : shortDay(language(), new Date(uploaded_at * 1000), new Date(now));
}

export const lengthOf = ({ length_s }: { length_s: number | null }): string | undefined =>
  length_s === null ? undefined : length(length_s);

const ICONS = { video: "film", audio: "sound", image: "image" } as const satisfies Record<
  LibraryVideo["kind"],
  IconName
>;

export const iconOf = ({ kind }: Pick<LibraryVideo, "kind">): IconName => ICONS[kind];

/** What is known of a file, for two to be looked at side by side. */
export interface Known {
  length_s: number | null;
  width: number | null;
  height: number | null;
  bytes: number | null;
}

/** Of a video's picture the workspace says nothing but that it is there. */
export const UNKNOWN: Known = { length_s: null, width: null, height: null, bytes: null };

/** What is known of a file that is offered. */
export const knownOf = ({ bytes, facts }: Comparison["file"]): Known => ({
  length_s: facts?.seconds ?? null,
  width: facts?.width ?? null,
  height: facts?.height ?? null,
  bytes,
});

export type Fact = "length" | "shape" | "size";

/** A fact in words; that it is not known is one as well. */
export function factOf(fact: Fact, { length_s, width, height, bytes }: Known): string {
  const unknown = say("library.unknown");
  switch (fact) {
    case "length":
      return length_s === null ? unknown : length(length_s);
    case "shape":
      return width && height ? `${width} × ${height}` : unknown;
    case "size":
      return bytes === null ? unknown : size(language(), bytes);
  }
}
