/**
 * The pictures of the README and the guide, from the demonstration with its clock at rest, in one size and one font.
 * `cargo xtask screenshots` runs this, makes what it leaves small, and puts it into `docs/pictures/`.
 */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { open, pass } from "./browser.mjs";
import { STATES } from "./states.mjs";

const FONT = "Noto Sans";

/** By the name of its file: a scene or a state (`npm run shots` shows all of them), and in which theme. */
const PICTURES = {
  queue: { of: "busy", theme: "light" },
  "queue-dark": { of: "busy", theme: "dark" },
  sheet: { of: "offer", theme: "dark" },
  library: { of: "library-hover", theme: "light" },
  folders: { of: "folders-calm", theme: "light" },
  "first-run": { of: "first-run", theme: "light" },
  drop: { of: "hover", theme: "light" },
  details: { of: "edit", theme: "light" },
  replace: { of: "library-replace", theme: "light" },
  moment: { of: "library-moment", theme: "dark" },
  preset: { of: "folders-add-more", theme: "light" },
  ledger: { of: "folders-ledger", theme: "light" },
  needs: { of: "needs", theme: "light" },
  settle: { of: "settle", theme: "dark" },
  settings: { of: "settings", theme: "light" },
};

const [folder] = process.argv.slice(2);
if (!folder) throw new Error("where to? `cargo xtask screenshots` says it");
mkdirSync(folder, { recursive: true });

/** What the page's text is really drawn with, as the browser tells its own tools. */
async function fontOf(page) {
  const tools = await page.context().newCDPSession(page);
  await tools.send("DOM.enable");
  await tools.send("CSS.enable");
  const { root } = await tools.send("DOM.getDocument");
  const { nodeId } = await tools.send("DOM.querySelector", { nodeId: root.nodeId, selector: "h1" });
  const { fonts } = await tools.send("CSS.getPlatformFontsForNode", { nodeId });
  return fonts.map((font) => font.familyName).join(", ");
}

const fonts = fileURLToPath(new URL("fonts.conf", import.meta.url));
const { page: visit, close } = await open({ ...process.env, FONTCONFIG_FILE: fonts });
for (const [name, { of, theme }] of Object.entries(PICTURES)) {
  const { scene, act } = STATES[of] ?? { scene: of };
  const page = await visit({ scene, theme, lang: "en", width: 1100, height: 700, scale: 1.5 });
  await pass(page, 6000);
  await act?.(page);
  await page.evaluate(() => new Promise((drawn) => setTimeout(drawn, 100)));
  const font = await fontOf(page);
  if (font !== FONT) throw new Error(`the font is ${font || "none"}, and has to be ${FONT}`);
  if (page.complaints.length > 0) throw new Error(`${name}: ${page.complaints.join("; ")}`);
  await page.screenshot({ path: `${folder}/${name}.png`, caret: "hide" });
  await page.context().close();
}
await close();
