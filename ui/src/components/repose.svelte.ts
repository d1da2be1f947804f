/**
 * Whether somebody can see what is in a list: it rests, or moves slowly enough. What flies by need not be fetched.
 * A list has one for all of its lines (`VirtualList.svelte`); whoever is in none is always seen.
 */
import { getContext, setContext } from "svelte";

/** Milliseconds without a movement after which a list rests. */
const REST = 100;
/** Pixels that a list may move in that time and still be looked at. */
const SLOW = 90;

const KEY = Symbol("repose");
const SEEN: Pick<Repose, "resting"> = { resting: true };

export class Repose {
  resting = $state(true);
  #top = 0;
  /** How far it has moved, in pixels, and since when. */
  #way = 0;
  #since = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #frame = 0;

  /** The list is this far down by now, in pixels. */
  moved(top: number): void {
    const now = performance.now();
    if (now - this.#since >= REST) {
      this.resting = this.#way <= SLOW;
      this.#way = 0;
      this.#since = now;
    }
    this.#way += Math.abs(top - this.#top);
    this.#top = top;
    if (this.#way > SLOW) this.resting = false;
    this.stop();
    // Where frames take longer than that, the next movement is heard with the next frame.
    this.#timer = setTimeout(() => (this.#frame = requestAnimationFrame(() => this.#rest())), REST);
  }

  /** The list is gone. */
  stop(): void {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
  }

  #rest(): void {
    this.resting = true;
    this.#way = 0;
  }
}

export function provideRepose(): Repose {
  return setContext(KEY, new Repose());
}

/** That of the list around a component. */
export function useRepose(): Pick<Repose, "resting"> {
  return getContext<Repose | undefined>(KEY) ?? SEEN;
}
