/** States that somebody has to bring about: a scene, and what is done in it. Pictures and axe go through them as through scenes. */
import { pass } from "./browser.mjs";

const field = (page, name) => page.locator(`input[name="${name}"]`);

async function type(page, values) {
  for (const [name, value] of Object.entries(values)) await field(page, name).fill(value);
}

const KEYS = { workspace: "nordlys.videomarketingplatform.co", consumer_key: "abcdef" };

const webinar = (page) => page.getByRole("row", { name: /^Webinar 14/ });

const video = (page, title) => page.getByRole("gridcell", { name: new RegExp(`^${title}`) });

async function select(page) {
  await webinar(page).click();
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+ArrowDown");
}

export const STATES = {
  menu: {
    scene: "busy",
    menu: true,
    async act(page) {
      await webinar(page).click({ button: "right" });
      await page.getByRole("menu").waitFor();
    },
  },
  selected: { scene: "busy", act: select },
  edit: {
    scene: "busy",
    async act(page) {
      await select(page);
      await page.keyboard.press("Control+e");
      await page.getByRole("dialog").waitFor();
    },
  },
  timetable: {
    scene: "settings-speed",
    async act(page) {
      const grid = page.getByRole("grid");
      await grid.locator('[data-at="2 10"]').focus();
      await page.keyboard.press("Shift+ArrowRight");
      await page.keyboard.press("Shift+ArrowDown");
      await page.locator("form select").last().scrollIntoViewIfNeeded();
    },
  },
  title: { scene: "busy", act: (page) => webinar(page).dblclick() },
  shortcuts: { scene: "busy", act: (page) => page.keyboard.press("?") },
  toast: {
    scene: "busy",
    async act(page) {
      await page.keyboard.press("Control+o");
      await pass(page, 300);
    },
  },
  workspaces: {
    scene: "busy",
    menu: true,
    act: (page) => page.getByRole("button", { name: /Nordlys Media/ }).click(),
  },
  "first-run-missing": {
    scene: "first-run",
    act: (page) => page.locator("form [type=submit]").click(),
  },
  "first-run-unknown": {
    scene: "first-run",
    async act(page) {
      await type(page, { workspace: "nobody.videomarketingplatform.co", token: "secret" });
      await page.keyboard.press("Enter");
      await field(page, "workspace").and(page.locator("[aria-invalid]")).waitFor();
    },
  },
  "first-run-refused": {
    scene: "first-run",
    async act(page) {
      await type(page, { workspace: KEYS.workspace, token: "no" });
      await page.keyboard.press("Enter");
      await field(page, "token").and(page.locator("[aria-invalid]")).waitFor();
    },
  },
  "first-run-away": {
    scene: "first-run",
    async act(page) {
      await type(page, { workspace: "away.videomarketingplatform.co", token: "secret" });
      await page.keyboard.press("Enter");
      await page.locator(".problem button").click();
    },
  },
  "first-run-keys": {
    scene: "first-run",
    act: (page) => page.locator("form .quiet").last().click(),
  },
  "first-run-permission": {
    scene: "first-run",
    async act(page) {
      await page.locator("form .quiet").last().click();
      await type(page, { ...KEYS, consumer_secret: "secret" });
      await page.keyboard.press("Enter");
      await field(page, "code").waitFor();
    },
  },
  "settings-checked": {
    scene: "settings-signed-out",
    async act(page) {
      const checks = page.locator(".workspace .line button:first-of-type");
      await checks.first().click();
      await checks.last().click();
      await page.locator(".problem").waitFor();
    },
  },
  "settings-end": {
    scene: "settings-proxy",
    act: (page) => page.locator("main").evaluate((main) => main.scrollTo(0, main.scrollHeight)),
  },
  "settle-arrived": {
    scene: "settle",
    async act(page) {
      await page.locator("dialog [value=arrived]").check();
      await page.locator("dialog input:not([type])").fill("404");
      await page.keyboard.press("Enter");
      await page.locator("dialog [aria-invalid]").waitFor();
    },
  },
  "library-menu": {
    scene: "library",
    menu: true,
    async act(page) {
      await video(page, "Spring keynote").click({ button: "right" });
      await page.getByRole("menu").waitFor();
    },
  },
  "library-selected": {
    scene: "library",
    async act(page) {
      await video(page, "Autumn campaign").click();
      await page.keyboard.press("Shift+ArrowRight");
      await page.keyboard.press("Shift+ArrowRight");
    },
  },
  "library-search-none": {
    scene: "library",
    async act(page) {
      await page.getByRole("searchbox").fill("nowhere to be found");
      await pass(page, 400);
    },
  },
  "library-edit-refused": {
    scene: "library-edit",
    async act(page) {
      await page.locator("dialog input").first().fill("Webinar <b>13</b>");
      await page.keyboard.press("Enter");
      await page.locator("dialog [aria-invalid]").waitFor();
    },
  },
  "library-pairs-typed": {
    scene: "library-pairs",
    async act(page) {
      await page.locator("dialog").getByRole("combobox").first().fill("webinar");
      await pass(page, 400);
      await page.locator("dialog [role=option]").first().waitFor();
    },
  },
  "library-moment-beyond": {
    scene: "library-moment",
    async act(page) {
      await page.locator("dialog input[inputmode]").fill("9:00");
      await page.keyboard.press("Enter");
    },
  },
  "folders-add-more": {
    scene: "folders-add",
    async act(page) {
      await page.locator("dialog [aria-expanded=false]").click();
      await page.locator("dialog textarea").last().waitFor();
    },
  },
  "folders-add-wrong": {
    scene: "folders-add",
    async act(page) {
      await page.locator("dialog [aria-expanded=false]").click();
      await page.locator("dialog input[placeholder='{date} {name}']").fill("{number} {name}");
      await page.locator("dialog [type=submit]").click();
      await page.locator("dialog form [role=alert]").waitFor();
    },
  },
  "folders-menu": {
    scene: "folders",
    menu: true,
    async act(page) {
      await page.locator("main [aria-haspopup=menu]").first().click();
      await page.getByRole("menu").waitFor();
    },
  },
  "folders-ledger-menu": {
    scene: "folders-ledger",
    menu: true,
    async act(page) {
      await page.getByRole("row", { name: /^Lecture 12/ }).click({ button: "right" });
      await page.getByRole("menu").waitFor();
    },
  },
  "folders-ledger-selected": {
    scene: "folders-ledger",
    async act(page) {
      await page.getByRole("row", { name: /^Campaign/ }).click();
      await page.keyboard.press("Shift+ArrowDown");
      await page.keyboard.press("Shift+ArrowDown");
    },
  },
  "folders-ledger-twice": {
    scene: "folders-ledger",
    async act(page) {
      await page.getByRole("row", { name: /^Lecture 12/ }).click();
      await page.keyboard.press("s");
      await page.getByRole("dialog").waitFor();
    },
  },
  "folders-ledger-end": {
    scene: "folders-ledger",
    async act(page) {
      await page.getByRole("row", { name: /^Lecture 12/ }).click();
      await page.keyboard.press("End");
    },
  },
  "offer-watch": {
    scene: "offer",
    async act(page) {
      await page.locator("dialog [type=checkbox]").last().check();
      await page.locator("dialog .body").evaluate((body) => body.scrollTo(0, body.scrollHeight));
    },
  },
  "details-date-missing": {
    scene: "details",
    async act(page) {
      await page.locator("dialog select").last().selectOption("on_date");
      await page.locator("dialog [type=submit]").click();
    },
  },
};
