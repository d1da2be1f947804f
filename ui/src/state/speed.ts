/** How fast, and when, in the numbers that people give: megabits, days and hours. The rest is the shell's to say. */
import type { Hour, Row, Speed } from "../backend";

export const HOURS: readonly Hour[] = ["full", "limited", "nothing"];

/** Why nothing of an item is sent. */
export type Hold = NonNullable<Speed["held"]>;

/** What of the two kinds of work is held. */
export type Held = Readonly<Record<Row["lane"], Hold | null>>;

export const NOTHING_HELD: Held = { manual: null, automatic: null };

export function heldBy(speed: Speed | null): Held {
  return speed ? { manual: speed.held, automatic: speed.held_folders } : NOTHING_HELD;
}

const BITS = 8;
const MEGA = 1_000_000;

/** Bytes a second as megabits, with as many digits as they need. */
export function megabits(bytes: number): string {
  return String(Number(((bytes * BITS) / MEGA).toFixed(6)));
}

/** Megabits as bytes a second: null where nothing was typed, undefined where that is no limit. */
export function bytesOf(typed: string): number | null | undefined {
  const text = typed.trim().replace(",", ".");
  if (text === "") return null;
  const bytes = Math.round((Number(text) * MEGA) / BITS);
  // The engine's file has whole bytes, and no greater number.
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** A part of the week: from one corner to the other, in any order. */
export interface Span {
  days: readonly [number, number];
  hours: readonly [number, number];
}

const between = ([one, other]: readonly [number, number], at: number): boolean =>
  Math.min(one, other) <= at && at <= Math.max(one, other);

/** Whether an hour lies in a part of the week. */
export function within({ days, hours }: Span, day: number, hour: number): boolean {
  return between(days, day) && between(hours, hour);
}

/** A week with part of it painted. */
export function painted(week: readonly (readonly Hour[])[], span: Span, hour: Hour): Hour[][] {
  return week.map((day, n) => day.map((was, at) => (within(span, n, at) ? hour : was)));
}
