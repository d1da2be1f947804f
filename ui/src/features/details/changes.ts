/** What can still be changed about an item, and what somebody has changed about it. */
import type { Edit, Publish, Row } from "../../backend";
import { changed, localTime, momentOf, type Draft as Fields } from "../fields/draft";

export interface May {
  /** Title, description, tags, categories. */
  details: boolean;
  /** When it becomes public. */
  publish: boolean;
  /** Why not all of it. */
  because: "replacement" | "removed" | "public" | null;
  /** A change goes to the video in TwentyThree, which is there already. */
  later: boolean;
}

/** What the engine lets be changed at a row's stage. */
export function may(row: Row): May {
  const later = row.stage === "stored" || row.stage === "done";
  if (row.replaces) return { details: false, publish: false, because: "replacement", later };
  if (row.stage === "cancelled") {
    return { details: false, publish: false, because: "removed", later };
  }
  if (row.published) return { details: true, publish: false, because: "public", later };
  return { details: true, publish: true, because: null, later };
}

/** A category is in it by its number as text, or by its name. */
export type Draft = Fields<Publish["when"]>;

/** An item as it can be edited. */
export function draftOf(row: Row): Draft {
  return {
    title: row.details.title,
    description: row.details.description,
    tags: row.details.tags,
    categories: row.details.categories.map(keyOf),
    when: row.publish.when,
    date: row.publish.when === "on_date" ? localTime(new Date(row.publish.at)) : "",
  };
}

/** A category's key in the list; its number and its name must not be taken for each other. */
export const keyOf = (category: number | string): string =>
  typeof category === "number" ? `#${category}` : category;

export const categoryOf = (key: string): number | string =>
  /^#\d+$/.test(key) ? Number(key.slice(1)) : key;

/** When it becomes public; null for a date that is not there or has passed. */
export function publishOf({ when, date }: Draft, now: number): Publish | null {
  if (when !== "on_date") return { when };
  const at = momentOf(date, now);
  return at && { when, at: at.toISOString() };
}

/** Only what is different, so that nothing else is written over. Null where nothing is. */
export function editOf(before: Draft, after: Draft, publish: Publish | null): Edit | null {
  const { title, description, tags, categories, republished } = changed(before, after);
  const edit: Edit = {
    title,
    title_pattern: null,
    description,
    tags,
    add_tags: null,
    categories: categories && categories.map(categoryOf),
    publish: republished ? publish : null,
  };
  return Object.values(edit).some((value) => value !== null) ? edit : null;
}
