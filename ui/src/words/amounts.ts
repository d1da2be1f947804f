/**
 * Numbers as people say them: rounded, with the unit they expect, in their language.
 *
 * Sizes are decimal (1 GB = 1,000,000,000 bytes) as on TwentyThree's pages and in every file manager but one; rates are in
 * bits a second as providers sell them. Nothing here is precise on purpose: a digit that changes ten times a second
 * tells nobody anything.
 */
import type { Language } from "./languages";

const LOCALES: Record<Language, string> = { en: "en-GB", da: "da-DK" };
/** Between a number and its unit: they stay on one line. */
const THIN = "\u00a0";

/** Keeps what is made: a format costs more to be made than a hundred numbers to be written, and lists scroll through thousands. */
function kept<O, F>(
  make: (locale: string, options: O) => F,
): (language: Language, options: O) => F {
  const formats = new Map<string, F>();
  return (language, options) => {
    const key = language + JSON.stringify(options);
    let found = formats.get(key);
    if (found === undefined) formats.set(key, (found = make(LOCALES[language], options)));
    return found;
  };
}

const format = kept(
  (locale, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options),
);
const dates = kept(
  (locale, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options),
);
const relative = kept(
  (locale, options: Intl.RelativeTimeFormatOptions) => new Intl.RelativeTimeFormat(locale, options),
);

/** A whole number with its language's separators: "10,000". */
export function count(language: Language, value: number): string {
  return format(language, { maximumFractionDigits: 0 }).format(value);
}

/** A share as whole percent, rounded down, so that 100 % means all of it. In Danish and English a space goes before the sign. */
export function percent(language: Language, share: number): string {
  const whole = Math.floor(Math.min(1, Math.max(0, share)) * 100 + 1e-9);
  return `${count(language, whole)}${THIN}%`;
}

const SIZES = ["B", "KB", "MB", "GB", "TB", "PB"] as const;

/** Which of a scale's units says `value` best, and the value in it. Rounding may lift it to the next one. */
function scaled(value: number, step: number, units: number): { value: number; unit: number } {
  let unit = 0;
  let rest = Math.max(0, value);
  while (unit < units - 1 && Number(rest.toPrecision(3)) >= step) {
    rest /= step;
    unit += 1;
  }
  return { value: rest, unit };
}

function digits(value: number, unit: number): number {
  return unit >= 2 && value < 9.95 ? 1 : 0;
}

function number(language: Language, value: number, unit: number): string {
  return format(language, { maximumFractionDigits: digits(value, unit) }).format(value);
}

/** A size: "640 MB", "8.4 GB". */
export function size(language: Language, bytes: number): string {
  const { value, unit } = scaled(bytes, 1000, SIZES.length);
  return `${number(language, value, unit)}${THIN}${SIZES[unit]}`;
}

/** Two sizes to be compared, both in the unit of the larger one, which is said once: ["38", "120 GB"]. */
export function sizes(language: Language, part: number, whole: number): [string, string] {
  const { value, unit } = scaled(whole, 1000, SIZES.length);
  const share = Math.min(part, whole) / 1000 ** unit;
  const same = { maximumFractionDigits: digits(value, unit) };
  // Rounded down: "120 of 120 GB" is said when all of it is there and not before.
  const grain = 10 ** same.maximumFractionDigits;
  const down = Math.floor(share * grain + 1e-9) / grain;
  return [
    format(language, same).format(part >= whole ? value : down),
    `${number(language, value, unit)}${THIN}${SIZES[unit]}`,
  ];
}

const RATES = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s"] as const;

/** A rate, from bytes a second: "212 Mbit/s", "4.6 Mbit/s". */
export function rate(language: Language, bytesASecond: number): string {
  const { value, unit } = scaled(bytesASecond * 8, 1000, RATES.length);
  return `${number(language, value, unit)}${THIN}${RATES[unit]}`;
}

/** A time span in the steps that people think in: seconds in fives, then minutes, then hours and minutes. */
export function span(language: Language, seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (seconds < 57.5) return counted(language, Math.max(5, Math.round(seconds / 5) * 5), "second");
  if (minutes < 60) return counted(language, Math.max(1, minutes), "minute");
  if (minutes < 600) {
    // From an hour on, five minutes more or less are beyond what is known.
    const fives = Math.round(minutes / 5) * 5;
    const hours = counted(language, Math.floor(fives / 60), "hour");
    return fives % 60 === 0 ? hours : `${hours} ${counted(language, fives % 60, "minute")}`;
  }
  const hours = Math.round(minutes / 60);
  if (hours < 48) return counted(language, hours, "hour");
  return counted(language, Math.round(hours / 24), "day", "long");
}

const SHORT: Record<Language, Record<"second" | "minute" | "hour", string>> = {
  en: { second: "s", minute: "min", hour: "h" },
  da: { second: "sek.", minute: "min.", hour: "t." },
};

function counted(
  language: Language,
  value: number,
  unit: "second" | "minute" | "hour" | "day",
  display: "short" | "long" = "short",
): string {
  if (display === "short" && unit !== "day") {
    return `${count(language, value)}${THIN}${SHORT[language][unit]}`;
  }
  return format(language, { style: "unit", unit, unitDisplay: "long" })
    .format(value)
    .replace(" ", THIN);
}

const two = (value: number): string => String(value).padStart(2, "0");

/** How long a video is, as players show it: "4:12", "1:02:09". */
export function length(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}

/** A moment near `now`: the time today, else the day as well. */
export function moment(language: Language, at: Date, now: Date): string {
  const sameDay = at.toDateString() === now.toDateString();
  const options: Intl.DateTimeFormatOptions = sameDay
    ? { hour: "2-digit", minute: "2-digit" }
    : {
        day: "numeric",
        month: "short",
        hour: "2-digit",
        minute: "2-digit",
        ...(at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }),
      };
  return dates(language, options).format(at);
}

/** As a sentence begins. */
export const begun = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Several things in one breath: "a, b and c". */
export function list(language: Language, things: readonly string[]): string {
  return new Intl.ListFormat(LOCALES[language], { type: "conjunction" }).format(things);
}

/** A time to the second: "14:02:09". */
export function exactTime(language: Language, at: Date): string {
  return dates(language, { timeStyle: "medium" }).format(at);
}

/** A day: "22 November 2026". */
export function day(language: Language, at: Date): string {
  return dates(language, { dateStyle: "long" }).format(at);
}

/** A day as a list has it: "today", "12 Nov", "12 Nov 2025". */
export function shortDay(language: Language, at: Date, now: Date): string {
  if (at.toDateString() === now.toDateString()) {
    return relative(language, { numeric: "auto" }).format(0, "day");
  }
  const sameYear = at.getFullYear() === now.getFullYear();
  return dates(language, {
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(at);
}

/** A day of the week, by its number from Monday on: "Mon", "Monday". */
export function weekday(language: Language, fromMonday: number, width: "short" | "long"): string {
  // The 1st of January 2024 was a Monday.
  return dates(language, { weekday: width }).format(new Date(2024, 0, 1 + fromMonday));
}
