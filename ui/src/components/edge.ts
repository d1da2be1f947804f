/** Scrolling by resting near an edge, while something is dragged and there is no wheel. */

/** Pixels from an edge within which a list scrolls, and how fast at most. */
const EDGE = 48;
const FASTEST = 14;

/** Pixels to scroll in the next frame: below nought is up. */
export function speedAt(y: number, { top, bottom }: { top: number; bottom: number }): number {
  // In a list that is nothing but edges one could not rest.
  if (bottom - top < 4 * EDGE) return 0;
  const into = Math.max(0, y - bottom + EDGE) - Math.max(0, top + EDGE - y);
  return Math.sign(into) * Math.min(FASTEST, Math.ceil(Math.abs(into) / 4));
}
