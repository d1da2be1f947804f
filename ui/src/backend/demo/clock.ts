/** A clock that can stand still and be moved by hand: the same picture and the same test every time. */
import type { Clock } from "../../state/clock";

interface Timer {
  due: number;
  every: number | null;
  act: () => void;
}

/** When the demonstration plays, unless it runs in real time. */
const DEMO_DAY = Date.UTC(2026, 10, 22, 13, 10);

export class HandClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(now: number = DEMO_DAY) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  every(milliseconds: number, act: () => void): () => void {
    return this.#add({ due: this.#now + milliseconds, every: milliseconds, act });
  }

  after(milliseconds: number, act: () => void): () => void {
    return this.#add({ due: this.#now + milliseconds, every: null, act });
  }

  /** Lets time pass. Whatever falls due on the way happens in its order, at its time. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const next = [...this.#timers].reduce<Timer | undefined>(
        (first, timer) => (!first || timer.due < first.due ? timer : first),
        undefined,
      );
      if (!next || next.due > end) break;
      this.#now = Math.max(this.#now, next.due);
      if (next.every === null) this.#timers.delete(next);
      else next.due += next.every;
      next.act();
    }
    this.#now = end;
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }
}
