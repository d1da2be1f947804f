/** Pictures of every scene and state at two sizes and in both themes, into `shots/`: to be looked at. `npm run shots -- busy needs` takes some. */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { open, pass } from "./browser.mjs";
import { SCENES } from "./scenes.mjs";
import { STATES } from "./states.mjs";

const folder = fileURLToPath(new URL("../shots/", import.meta.url));
mkdirSync(folder, { recursive: true });

const wanted = process.argv.slice(2);
const pictures = { ...Object.fromEntries(SCENES.map((scene) => [scene, { scene }])), ...STATES };
const { page: visit, close } = await open();
for (const [name, { scene, act }] of Object.entries(pictures)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const [width, height] of [
    [900, 600],
    [1400, 900],
  ]) {
    for (const theme of ["light", "dark"]) {
      const lang = theme === "light" ? "en" : "da";
      const page = await visit({ scene, theme, lang, width, height });
      await pass(page, 6000);
      await act?.(page);
      await page.evaluate(() => new Promise((drawn) => setTimeout(drawn, 60)));
      await page.screenshot({ path: `${folder}${name}-${width}-${theme}.png` });
      if (page.complaints.length > 0) console.log(name, page.complaints);
      await page.context().close();
    }
  }
}
await close();
