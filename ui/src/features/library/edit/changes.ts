/** What somebody has changed about a video of the library, and what the workspace did not take of it. */
import type { EditedVideo, LibraryVideo, VideoEdit } from "../../../backend";
import { list } from "../../../words/amounts";
import { language, say } from "../../../words/index.svelte";
import { localTime } from "../../details/changes";

export type When = NonNullable<VideoEdit["publish"]>["when"];

export interface Draft {
  title: string;
  description: string;
  tags: readonly string[];
  categories: readonly string[];
  when: When;
  /** Of a date field: the local time, without a zone. */
  date: string;
}

export const NOTHING: VideoEdit = {
  title: null,
  description: null,
  tags: null,
  add_tags: null,
  categories: null,
  publish: null,
};

/** A video as it can be edited. */
export function draftOf(video: LibraryVideo): Draft {
  const { title, description, tags, categories, published, publish_at } = video;
  return {
    title,
    description,
    tags,
    categories,
    when: published ? "now" : publish_at === null ? "draft" : "on_date",
    date: publish_at === null ? "" : localTime(new Date(publish_at * 1000)),
  };
}

/** When it becomes public; null for a date that is not there or has passed. */
export function publishOf({ when, date }: Draft, now: number): VideoEdit["publish"] {
  if (when !== "on_date") return { when };
  const at = new Date(date).getTime();
  return date !== "" && at > now ? { when, at: Math.floor(at / 1000) } : null;
}

const same = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((value, index) => value === other[index]);

/** Only what is different, so that nothing else is written over. Null where nothing is. */
export function editOf(
  before: Draft,
  after: Draft,
  publish: VideoEdit["publish"],
): VideoEdit | null {
  const republished = before.when !== after.when || before.date !== after.date;
  const edit: VideoEdit = {
    ...NOTHING,
    title: after.title.trim() === before.title ? null : after.title.trim(),
    description: after.description === before.description ? null : after.description,
    tags: same(before.tags, after.tags) ? null : [...after.tags],
    categories: same(before.categories, after.categories) ? null : [...after.categories],
    publish: republished ? publish : null,
  };
  return touches(edit) ? edit : null;
}

export const touches = (edit: VideoEdit): boolean =>
  Object.values(edit).some((value) => value !== null);

/** What stands beside a field whose value was not taken: what is there instead, and with how many. */
export function keptIn(field: string, edited: readonly EditedVideo[]): string | undefined {
  const kept = edited.flatMap(({ video, refused }) =>
    refused.filter((one) => one.field === field).map(({ has }) => ({ has, video })),
  );
  const [first] = kept;
  if (!first) return undefined;
  if (edited.length === 1) {
    return first.has === "" ? say("library.kept_nothing") : say("library.kept", { has: first.has });
  }
  const titles = kept.slice(0, 3).map(({ video }) => video?.title ?? "");
  return say("library.kept_many", { count: kept.length, titles: list(language(), titles) });
}
