/** What is said about a video, as it stands in a form; what of it somebody has changed. */

export interface Draft<When extends string> {
  title: string;
  description: string;
  tags: readonly string[];
  /** By their keys in the list of categories. */
  categories: readonly string[];
  when: When;
  /** Of a date field: the local time, without a zone. */
  date: string;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** A moment as a date field has it. */
export function localTime(at: Date): string {
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The moment in a date field; null for a date that is not there or has passed. */
export function momentOf(date: string, now: number): Date | null {
  const at = new Date(date);
  // No date is not a number, which is not above any.
  return at.getTime() > now ? at : null;
}

const same = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((value, index) => value === other[index]);

/** Only what is different, so that nothing else is written over; null for what is not. */
export function changed<When extends string>(before: Draft<When>, after: Draft<When>) {
  const title = after.title.trim();
  return {
    title: title === before.title ? null : title,
    description: after.description === before.description ? null : after.description,
    tags: same(before.tags, after.tags) ? null : [...after.tags],
    categories: same(before.categories, after.categories) ? null : [...after.categories],
    /** Whether something else is said about when it becomes public. */
    republished: before.when !== after.when || before.date !== after.date,
  };
}
