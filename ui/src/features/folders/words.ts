/** What a watched folder says of itself: how it is with it, and what is done with what is put into it. */
import type { FolderRow } from "../../backend";
import { wantsSomebody } from "../../state/folders";
import { list } from "../../words/amounts";
import { language, say, type Key } from "../../words/index.svelte";
import type { Tone } from "../queue/words";

export interface Standing {
  text: string;
  tone: Tone;
  /** What that means, where somebody may wonder. */
  hint?: string;
}

export function standingOf(row: FolderRow): Standing {
  if (row.state === "paused") {
    return { text: say("folders.paused"), tone: "dim", hint: say("folders.paused_hint") };
  }
  if (row.state === "unavailable") {
    return {
      text: say("folders.unavailable"),
      tone: "warn",
      hint: say("folders.unavailable_hint"),
    };
  }
  if (wantsSomebody(row)) return { text: say("filter.needs_you"), tone: "bad" };
  switch (row.state) {
    case "unattended":
      return {
        text: say("folders.unattended"),
        tone: "warn",
        hint: say("folders.unattended_hint"),
      };
    case "looking":
      return { text: say("folders.looking"), tone: "plain" };
    case "polling": {
      const seconds = row.every_s ?? 30;
      return {
        text:
          seconds < 90
            ? say("folders.polling", { seconds })
            : say("folders.polling_minutes", { minutes: Math.round(seconds / 60) }),
        tone: "ok",
        ...(row.told ? {} : { hint: say("folders.polling_hint") }),
      };
    }
    case "watching":
      return { text: say("folders.watching"), tone: "ok" };
  }
}

/** How much of it is under way. */
export function underWay({ waiting, writing, finishing }: FolderRow): string[] {
  return [
    ...(waiting > 0 ? [say("group.waiting", { count: waiting })] : []),
    ...(writing > 0 ? [say("folders.writing", { count: writing })] : []),
    ...(finishing > 0 ? [say("folders.finishing", { count: finishing })] : []),
  ];
}

/** What becomes of what is put into it, in a sentence's parts. */
export function becomes(
  { preset }: FolderRow,
  workspace: string,
  categoryName: (category: number | string) => string,
): string {
  const { publish, after, categories } = preset;
  return [
    say("folders.to", { workspace }),
    ...(categories.length > 0 ? [list(language(), categories.map(categoryName))] : []),
    say(`folders.as_${publish.when}` as Key),
    ...(after === "leave" ? [] : [say(`folders.then_${after}`)]),
  ].join(" · ");
}
