/**
 * How evenly frames come in Chromium while ten thousand rows are scrolled, beside the same list at rest. `cargo xtask bench
 * frames` runs this on the built pages and reads the line that begins with "figures".
 */
import { open, pass } from "./browser.mjs";

const FRAMES = 600;
/** Pixels from one frame to the next: a wheel that somebody spins. */
const STEP = 240;

/** The times between frames in milliseconds, the shortest first. */
async function frames(page, step) {
  const times = await page.getByRole("grid").evaluate(
    async (grid, [count, pixels]) => {
      const all = [];
      let last = await new Promise((drawn) => requestAnimationFrame(drawn));
      for (let frame = 0; frame < count; frame += 1) {
        grid.scrollTop += pixels;
        const now = await new Promise((drawn) => requestAnimationFrame(drawn));
        all.push(now - last);
        last = now;
      }
      return all;
    },
    [FRAMES, step],
  );
  return times.toSorted((one, other) => one - other);
}

const share = (times, part) => times[Math.min(times.length - 1, Math.floor(times.length * part))];

const { page: visit, close } = await open();
try {
  const page = await visit({ scene: "many", width: 1400, height: 900 });
  await pass(page, 1000);
  const still = await frames(page, 0);
  const moving = await frames(page, STEP);
  const figures = {
    still: share(still, 0.99),
    moving: share(moving, 0.5),
    slow: share(moving, 0.99),
    slowest: share(moving, 1),
  };
  console.log(`figures ${JSON.stringify(figures)}`);
} finally {
  await close();
}
