/** What somebody has changed about a video of the library, and what the workspace did not take of it. */
import type { EditedField, EditedVideo, LibraryVideo, VideoEdit } from "../../../backend";
import { list, moment } from "../../../words/amounts";
import { language, say } from "../../../words/index.svelte";
import { changed, localTime, momentOf, type Draft as Fields } from "../../fields/draft";

/** Whether the public sees it, as somebody chooses it. */
export type When = "draft" | "now" | "on_date";

/** A category is in it by its name. */
export type Draft = Fields<When>;

export const NOTHING: VideoEdit = {
  title: null,
  description: null,
  tags: null,
  add_tags: [],
  remove_tags: [],
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
  if (when !== "on_date") return when;
  const at = momentOf(date, now);
  return at && { at: Math.floor(at.getTime() / 1000) };
}

/** Only what is different, so that nothing else is written over. Null where nothing is. */
export function editOf(
  before: Draft,
  after: Draft,
  publish: VideoEdit["publish"],
): VideoEdit | null {
  const { republished, ...words } = changed(before, after);
  const edit: VideoEdit = {
    ...NOTHING,
    ...words,
    publish: republished ? publish : null,
  };
  return touches(edit) ? edit : null;
}

/** Whether anything is to be different. All tags may be none; none beside them is nothing. */
export const touches = ({ add_tags, remove_tags, ...whole }: VideoEdit): boolean =>
  add_tags.length + remove_tags.length > 0 || Object.values(whole).some((value) => value !== null);

/** What a field has, as its control would say it. */
function shownAs(field: EditedField, has: string, now: number): string {
  if (field !== "publish") return has;
  if (has === "draft") return say("library.publish_draft");
  if (has === "published") return say("library.publish_now");
  return moment(language(), new Date(has), new Date(now));
}

/** What stands beside a field whose value was not taken: what is there instead, and with how many. */
export function keptIn(
  field: EditedField,
  edited: readonly EditedVideo[],
  now: number,
): string | undefined {
  const kept = edited.flatMap(({ video, refused }) =>
    refused.filter((one) => one.field === field).map(({ has }) => ({ has, video })),
  );
  const [first] = kept;
  if (!first) return undefined;
  if (edited.length === 1) {
    return first.has === ""
      ? say("library.kept_nothing")
      : say("library.kept", { has: shownAs(field, first.has, now) });
  }
  const titles = kept.slice(0, 3).map(({ video }) => video?.title ?? "");
  return say("library.kept_many", { count: kept.length, titles: list(language(), titles) });
}
