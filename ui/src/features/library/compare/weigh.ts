/** What a replacement is of, which facts are held against each other, and what is worth a warning. */
import type { Comparison, LibraryVideo, Offered } from "../../../backend";
import { percent, span } from "../../../words/amounts";
import { language, say } from "../../../words/index.svelte";
import { factOf, knownOf, type Fact } from "../words";

/** What gets a new one: a video its file, a video its picture, an image itself. */
export type Goal = "video" | "thumbnail" | "image";

export function goalOf(kind: Offered["kind"], target: LibraryVideo | undefined): Goal {
  if (target?.kind === "image") return "image";
  return kind === "image" ? "thumbnail" : "video";
}

/** A picture has no length, and that of a video says nothing about a picture. */
export const factsOf = (goal: Goal): readonly Fact[] =>
  goal === "video" ? ["length", "shape", "size"] : ["shape", "size"];

const MARKS = { length: "length", shape: "shape", smaller: "shape" } as const;

export const marksOf = (differs: Comparison["differs"]): readonly Fact[] =>
  differs.map((one) => MARKS[one]);

/** In what old and new differ much, as somebody should know before. */
export function warningsOf({ file: offered, video, differs }: Comparison): string[] {
  const file = knownOf(offered);
  return differs.map((one) => {
    if (one === "length") {
      const by = (file.length_s ?? 0) - (video.length_s ?? 0);
      const time = span(language(), Math.abs(by));
      return say(by > 0 ? "library.warn_longer" : "library.warn_shorter", { time });
    }
    const [old, next] = [factOf("shape", { ...video, bytes: null }), factOf("shape", file)];
    if (one === "shape") {
      const picture = goalOf(offered.kind, video) === "thumbnail";
      return say(picture ? "library.warn_picture" : "library.warn_shape", { old, new: next });
    }
    const share = (file.width ?? 0) / Math.max(1, video.width ?? 1);
    return say("library.warn_smaller", { old, new: next, share: percent(language(), share) });
  });
}
