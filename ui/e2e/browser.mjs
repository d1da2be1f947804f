/**
 * A real browser on the built pages, under the policy that the app's window has: what the window refuses is refused here.
 * Debian's Chromium is enough; where there is none, whoever asks is told so.
 */
import { readFileSync, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { preview } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));

export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const hasChromium = existsSync(CHROMIUM);
export const axe = readFileSync(
  new URL("../node_modules/axe-core/axe.min.js", import.meta.url),
  "utf8",
);

/** The window's own policy, with the demonstration's pictures and without Tauri's addresses. */
function policy() {
  const conf = JSON.parse(
    readFileSync(new URL("../../src-tauri/tauri.conf.json", import.meta.url)),
  );
  return Object.entries(conf.app.security.csp)
    .map(([name, value]) => `${name} ${value}`)
    .join("; ");
}

/** Serves what `npm run build` made and opens a browser on it, in this environment. */
export async function open(env = process.env) {
  if (!existsSync(`${root}dist/index.html`)) throw new Error("npm run build comes first");
  const server = await preview({
    root,
    logLevel: "error",
    preview: {
      host: "127.0.0.1",
      port: 0,
      headers: { "Content-Security-Policy": policy() },
    },
  });
  const address = server.resolvedUrls?.local[0];
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    env,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  return {
    browser,
    /** A page of the demonstration; whatever it complains about is collected in `complaints`. */
    async page(options = {}) {
      const { width = 900, height = 600, scale = 1, motion = "reduce", ...search } = options;
      const context = await browser.newContext({
        viewport: { width, height },
        deviceScaleFactor: scale,
        reducedMotion: motion,
        locale: "en-GB",
      });
      const page = await context.newPage();
      const complaints = [];
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(String(error)));
      await page.goto(`${address}?${new URLSearchParams({ clock: "still", ...search })}`);
      await page.locator("main").waitFor();
      return Object.assign(page, { complaints });
    },
    async close() {
      await browser.close();
      await new Promise((closed) => server.httpServer.close(closed));
    },
  };
}

/** Lets the demonstration's time pass. */
export const pass = (page, milliseconds) =>
  page.evaluate((time) => globalThis.demo.clock.advance(time), milliseconds);
