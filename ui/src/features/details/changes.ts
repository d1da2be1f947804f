/** What can still be changed about an item, and what somebody has changed about it. */
import type { Edit, Publish, Row } from "../../backend";

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

export interface Draft {
  title: string;
  description: string;
  tags: readonly string[];
  /** A category by its number as text, or by its name. */
  categories: readonly string[];
  when: Publish["when"];
  /** Of a date field: the local time, without a zone. */
  date: string;
}

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

const two = (value: number): string => String(value).padStart(2, "0");

/** A moment as a date field has it. */
export function localTime(at: Date): string {
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** When it becomes public; null for a date that is not there or has passed. */
export function publishOf({ when, date }: Draft, now: number): Publish | null {
  if (when !== "on_date") return { when };
  const at = new Date(date);
  const valid = date !== "" && !Number.isNaN(at.getTime()) && at.getTime() > now;
  return valid ? { when, at: at.toISOString() } : null;
}

const same = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((value, index) => value === other[index]);

/** Only what is different, so that nothing else is written over. Null where nothing is. */
export function editOf(before: Draft, after: Draft, publish: Publish | null): Edit | null {
  const republished = before.when !== after.when || before.date !== after.date;
  const edit: Edit = {
    title_pattern: after.title.trim() === before.title ? null : after.title.trim(),
    description: after.description === before.description ? null : after.description,
    tags: same(before.tags, after.tags) ? null : [...after.tags],
    add_tags: null,
    categories: same(before.categories, after.categories) ? null : after.categories.map(categoryOf),
    publish: republished ? publish : null,
  };
  return Object.values(edit).some((value) => value !== null) ? edit : null;
}
