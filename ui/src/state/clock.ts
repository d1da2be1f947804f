/** Time as the window reads it, so that tests and the demonstration can move it by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls again and again until the returned function is called. */
  every(milliseconds: number, act: () => void): () => void;
  /** Calls once, unless the returned function is called before. */
  after(milliseconds: number, act: () => void): () => void;
}

/** The machine's own. */
export const systemClock: Clock = {
  now: () => Date.now(),
  every: (milliseconds, act) => {
    const timer = setInterval(act, milliseconds);
    return () => clearInterval(timer);
  },
  after: (milliseconds, act) => {
    const timer = setTimeout(act, milliseconds);
    return () => clearTimeout(timer);
  },
};
