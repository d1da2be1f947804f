/**
 * Progress as the eye wants it: smooth, never back, never past the end, and a time left that does not jump.
 *
 * What the server acknowledged is the truth; what was handed to the network runs a little ahead of it and moves more evenly.
 * All times are in milliseconds of a clock that the caller reads; nothing here has one.
 */

/** As far as an item gets before all of it is acknowledged: the last percent is the server's to give. */
const BRINK = 0.995;

/** How far an item is, 0 to 1. `before` is what was shown last. */
export function share(before: number, sent: number, stored: number, total: number): number {
  if (stored >= total) return 1;
  const now = Math.min(BRINK, Math.max(sent, stored, 0) / total);
  return Math.max(Math.min(before, BRINK), now);
}

/** Seconds after which a change of speed is two thirds believed. */
const BELIEF = 4;
/** Seconds without a byte after which it is said that there is no speed. */
const SILENCE = 8;

/** A speed in bytes a second from a counter that only grows. */
export class Speed {
  #at: number | undefined;
  #bytes = 0;
  #moved = 0;
  #rate = 0;
  #weight = 0;

  /** The counter's value at a time. Samples may come at any distance from each other. */
  sample(bytes: number, at: number): void {
    if (this.#at === undefined || bytes < this.#bytes) {
      this.#at = at;
      this.#bytes = bytes;
      this.#moved = at;
      return;
    }
    const seconds = (at - this.#at) / 1000;
    if (seconds <= 0) return;
    // Exponential in time and not in samples: ten small steps count like one large one.
    const keep = Math.exp(-seconds / BELIEF);
    this.#rate = keep * this.#rate + (1 - keep) * ((bytes - this.#bytes) / seconds);
    this.#weight = keep * this.#weight + (1 - keep);
    if (bytes > this.#bytes) this.#moved = at;
    this.#at = at;
    this.#bytes = bytes;
  }

  /** Bytes a second, or 0 where nothing has moved for a while or too little is known. */
  rate(at: number): number {
    if (this.#weight < 0.05 || at - this.#moved > SILENCE * 1000) return 0;
    // The first seconds weigh in fully instead of rising slowly from zero.
    return this.#rate / this.#weight;
  }
}

/** Seconds over which an estimate of the time left is believed. */
const TRUST = 12;
/** Seconds of speed that an estimate needs before anything is said. */
const ENOUGH = 2.5;

/**
 * The time left, in seconds. Between estimates it counts down by itself; an estimate pulls it over slowly, unless the two are
 * so far apart that the world has changed.
 */
export class TimeLeft {
  #shown: number | undefined;
  #at = 0;
  #since: number | undefined;

  /** The remaining bytes and the speed at a time; returns what to show, if anything. */
  estimate(remaining: number, rate: number, at: number): number | undefined {
    if (rate <= 0 || remaining <= 0) {
      this.#shown = undefined;
      this.#since = undefined;
      return undefined;
    }
    this.#since ??= at;
    const goal = remaining / rate;
    if (at - this.#since < ENOUGH * 1000) {
      this.#at = at;
      return undefined;
    }
    const seconds = (at - this.#at) / 1000;
    this.#at = at;
    if (this.#shown === undefined || goal > this.#shown * 4 || goal < this.#shown / 4) {
      this.#shown = goal;
      return goal;
    }
    const counted = Math.max(0, this.#shown - seconds);
    this.#shown = counted + (goal - counted) * (1 - Math.exp(-seconds / TRUST));
    return this.#shown;
  }
}

/** Steps in which a time left is said: the finer, the nearer the end. */
const step = (seconds: number): number =>
  seconds < 60 ? 5 : seconds < 3600 ? 60 : seconds < 36_000 ? 300 : 3600;

/**
 * What to show of `next` when `shown` stands on the screen: the same again unless it has moved by most of a step, so that a
 * value on the edge between two steps does not flicker.
 */
export function steady(shown: number | undefined, next: number | undefined): number | undefined {
  if (next === undefined) return undefined;
  const grain = step(next);
  const rounded = Math.max(grain, Math.round(next / grain) * grain);
  if (shown === undefined) return rounded;
  return Math.abs(next - shown) < grain * 0.75 && step(shown) === grain ? shown : rounded;
}
