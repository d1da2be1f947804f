/** The pictures of the README and of docs/folders.md, from the demonstration with its clock at rest, into `docs/pictures/`. `npm run pictures` takes them. */
import { mkdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { open, pass } from "./browser.mjs";

/** What a page of the repository should not be kept waiting for, in bytes. */
const MOST = 250_000;

const PICTURES = {
  queue: { scene: "busy", theme: "light" },
  sheet: { scene: "offer", theme: "dark" },
  library: { scene: "library-hover", theme: "light" },
  folders: { scene: "folders-calm", theme: "light" },
};

const folder = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
mkdirSync(folder, { recursive: true });
const { page: visit, close } = await open();
for (const [name, { scene, theme }] of Object.entries(PICTURES)) {
  const page = await visit({ scene, theme, lang: "en", width: 1100, height: 700, scale: 1.5 });
  await pass(page, 6000);
  await page.evaluate(() => new Promise((drawn) => setTimeout(drawn, 100)));
  const path = `${folder}${name}.png`;
  await page.screenshot({ path });
  const { size } = statSync(path);
  console.log(`${name}.png: ${Math.round(size / 1000)} kB`);
  if (size > MOST || page.complaints.length > 0) {
    console.error(`${name} is too large, or the page complained:`, page.complaints);
    process.exitCode = 1;
  }
  await page.context().close();
}
await close();
