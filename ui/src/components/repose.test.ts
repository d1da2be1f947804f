import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Repose } from "./repose.svelte";

const FRAME = 16;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Moves a list so many pixels with each frame; resolves how it stood after each of them. */
function scroll(repose: Repose, pixels: number, frames: number, from = 0): boolean[] {
  return Array.from({ length: frames }, (_, frame) => {
    repose.moved(from + (frame + 1) * pixels);
    const { resting } = repose;
    vi.advanceTimersByTime(FRAME);
    return resting;
  });
}

describe("a list", () => {
  test("rests before it is moved", () => {
    expect(new Repose().resting).toBe(true);
  });

  test("that flies by does not rest at any frame, and rests soon after", () => {
    const repose = new Repose();

    expect(scroll(repose, 240, 100)).not.toContain(true);
    vi.advanceTimersByTime(150);
    expect(repose.resting).toBe(true);
  });

  test("whose frames take long does not rest between them", () => {
    const repose = new Repose();
    const states = Array.from({ length: 20 }, (_, frame) => {
      repose.moved((frame + 1) * 240);
      // The timer is due, and the frame that would tell is still being drawn.
      vi.advanceTimersByTime(100);
      return repose.resting;
    });

    expect(states).not.toContain(true);
  });

  test("that is moved slowly is looked at all the while", () => {
    expect(scroll(new Repose(), 8, 200)).not.toContain(false);
  });

  test("that slows down rests before it stands", () => {
    const repose = new Repose();
    scroll(repose, 240, 20);

    expect(scroll(repose, 4, 20, 4_800).at(-1)).toBe(true);
  });

  test("that jumps to another place rests there", () => {
    const repose = new Repose();
    repose.moved(90_000);

    expect(repose.resting).toBe(false);
    vi.advanceTimersByTime(150);
    expect(repose.resting).toBe(true);
  });

  test("that is gone wakes nobody up", () => {
    const repose = new Repose();
    repose.moved(5_000);
    repose.stop();

    expect(vi.getTimerCount()).toBe(0);
  });
});
