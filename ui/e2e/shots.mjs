/** Pictures of every scene at two sizes and in both themes, into `shots/`: to be looked at. `npm run shots -- busy needs` takes some. */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { open, pass } from "./browser.mjs";
import { SCENES } from "./scenes.mjs";

/** What only shows while somebody does something. */
const MOMENTS = {
  menu: async (page) => {
    await page.getByRole("row", { name: /^Webinar 14/ }).click({ button: "right" });
  },
  selected: async (page) => {
    await page.getByRole("row", { name: /^Webinar 14/ }).click();
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Shift+ArrowDown");
  },
  edit: async (page) => {
    await page.getByRole("row", { name: /^Webinar 14/ }).click();
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Control+e");
  },
  title: async (page) => {
    await page.getByRole("row", { name: /^Webinar 14/ }).dblclick();
  },
  shortcuts: (page) => page.keyboard.press("?"),
  toast: async (page) => {
    await page.keyboard.press("Control+o");
    await pass(page, 300);
  },
  workspaces: (page) => page.getByRole("button", { name: /Nordlys Media/ }).click(),
};

const folder = fileURLToPath(new URL("../shots/", import.meta.url));
mkdirSync(folder, { recursive: true });

const wanted = process.argv.slice(2);
const { page: visit, close } = await open();
for (const scene of [...SCENES, ...Object.keys(MOMENTS)]) {
  if (wanted.length > 0 && !wanted.includes(scene)) continue;
  for (const [width, height] of [
    [900, 600],
    [1400, 900],
  ]) {
    for (const theme of ["light", "dark"]) {
      const lang = theme === "light" ? "en" : "da";
      const page = await visit({
        scene: scene in MOMENTS ? "busy" : scene,
        theme,
        lang,
        width,
        height,
      });
      await pass(page, 6000);
      await MOMENTS[scene]?.(page);
      await page.evaluate(() => new Promise((drawn) => setTimeout(drawn, 60)));
      await page.screenshot({ path: `${folder}${scene}-${width}-${theme}.png` });
      if (page.complaints.length > 0) console.log(scene, page.complaints);
      await page.context().close();
    }
  }
}
await close();
