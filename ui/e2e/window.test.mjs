/** The built pages in a real browser: what jsdom cannot see. `npm run build` comes before `npm run e2e`. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { axe, CHROMIUM, hasChromium, open, pass } from "./browser.mjs";
import { SCENES } from "./scenes.mjs";
import { STATES } from "./states.mjs";

const skip = hasChromium ? false : `there is no Chromium at ${CHROMIUM} (CHROMIUM names another)`;
if (skip) console.log(`Skipped: ${skip}.`);

let visit;
let close;

before(async () => {
  if (!skip) ({ page: visit, close } = await open());
});
after(() => close?.());

/** What axe finds, and what the browser complained about: its policy is the window's. */
async function wrong(page, rules = {}) {
  await page.evaluate(axe);
  const found = await page.evaluate((set) => globalThis.axe.run({ rules: set }), rules);
  return [
    ...found.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`),
    ...page.complaints,
  ];
}

/** Waits until nothing moves any more. */
const settled = (page) =>
  page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
  );

describe("axe and the policy find nothing", { skip }, () => {
  for (const scene of SCENES) {
    test(`in the scene ${scene}`, async () => {
      const page = await visit({ scene });
      await pass(page, 4000);
      for (const theme of ["light", "dark"]) {
        for (const language of ["en", "da"]) {
          await page.evaluate((settings) => globalThis.app.world.change(settings), {
            theme,
            language,
          });
          await settled(page);
          assert.deepEqual(await wrong(page), [], `${theme}, ${language}`);
        }
      }
      await page.context().close();
    });
  }

  for (const [name, { scene, act, menu = false }] of Object.entries(STATES)) {
    // A menu stands outside of all landmarks for as long as it is open.
    const rules = menu ? { region: { enabled: false } } : {};
    test(`in the state ${name}`, async () => {
      for (const [theme, lang] of [
        ["light", "en"],
        ["dark", "da"],
      ]) {
        const page = await visit({ scene, theme, lang });
        await act(page);
        await settled(page);
        assert.deepEqual(await wrong(page, rules), [], `${theme}, ${lang}`);
        await page.context().close();
      }
    });
  }
});

/** What has the keyboard, in words. A list has it itself only until the row that it goes to is drawn. */
async function focused(page) {
  await page.waitForFunction(() => document.activeElement?.role !== "grid");
  return page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
}

test("everything can be done without a mouse", { skip }, async () => {
  const page = await visit({ scene: "busy" });
  const name = () => focused(page);
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };

  // To the list, by Tab alone: nothing on the way is a trap.
  let stops = 0;
  for (; stops < 20; stops += 1) {
    await press("Tab");
    if (await page.evaluate(() => document.activeElement?.role === "row")) break;
  }
  assert.ok(stops < 20, "Tab reaches the list");

  // To the end and back: the list scrolls along, and the place is never lost.
  await press("End");
  assert.match(await name(), /All hands/);
  await press("Home", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown");
  assert.match(await name(), /Webinar 14/);

  // The title, where it stands.
  await press("F2");
  await page.keyboard.type("Renamed by keys");
  await press("Enter");
  await pass(page, 200);
  assert.match(await name(), /Renamed by keys/);

  // The menu: a letter finds its entry, Enter chooses it.
  await press("Shift+F10");
  await page.keyboard.type("pa");
  await press("Enter");
  await pass(page, 200);
  assert.match(await name(), /Renamed by keys.*Paused/s);

  // What waits is moved, and keeps the focus.
  await press("ArrowDown", "ArrowDown", "ArrowDown");
  const moved = await name();
  await press("Alt+ArrowDown");
  await pass(page, 200);
  assert.equal((await name()).slice(0, 10), moved.slice(0, 10));

  // Several, edited together; the dialog keeps the focus within and gives it back.
  await press("Shift+ArrowDown", "Shift+ArrowDown", "Control+e");
  await page.getByRole("dialog").waitFor();
  for (let stop = 0; stop < 30; stop += 1) {
    await press("Tab");
    const outside = await page.evaluate(() => {
      const at = document.activeElement;
      return at !== document.body && at?.closest("dialog") === null;
    });
    assert.ok(!outside, "the dialog keeps the focus");
  }
  await press("Escape");
  assert.equal(await page.getByRole("dialog").count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement?.role), "row");

  // Filter, and back to the list.
  await press("Control+f");
  await page.keyboard.type("lecture 12");
  await press("ArrowDown");
  assert.match(await name(), /waiting|Lecture 12/);
  await page.context().close();
});

test(
  "ten thousand uploads are fewer than 150 rows, wherever one scrolls to",
  { skip },
  async () => {
    const page = await visit({ scene: "many", width: 1400, height: 900 });
    const rows = () => page.locator("[role=row]").count();
    const grid = page.getByRole("grid");
    assert.equal(await grid.getAttribute("aria-rowcount"), "10003");
    for (const share of [0, 0.3, 0.7, 1]) {
      await grid.evaluate((element, to) => (element.scrollTop = element.scrollHeight * to), share);
      await settled(page);
      const drawn = await rows();
      assert.ok(drawn > 5 && drawn < 150, `${drawn} rows at ${share}`);
    }

    // The whole list is there by the keyboard as well.
    await grid.evaluate((element) => (element.scrollTop = 0));
    await page
      .getByRole("row", { name: /^Lecture 1,|^Lecture 1 / })
      .first()
      .click();
    await page.keyboard.press("End");
    await settled(page);
    assert.equal(await page.evaluate(() => document.activeElement?.ariaRowIndex), "10003");
    assert.ok((await rows()) < 150);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  },
);

test("a row that waits is dragged to another place", { skip }, async () => {
  const page = await visit({ scene: "paused" });
  const lecture = (n) => page.getByRole("row", { name: new RegExp(`^Lecture ${n} `) });
  const [from, to] = [await lecture(1).boundingBox(), await lecture(3).boundingBox()];
  await page.mouse.move(from.x + 200, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(to.x + 200, to.y + to.height - 8, { steps: 8 });
  await page.mouse.up();
  await pass(page, 200);
  await settled(page);
  const titles = await page.getByRole("row", { name: /^Lecture/ }).allTextContents();
  const order = titles.map((text) => text.match(/Lecture \d+/)[0]);
  assert.deepEqual(order.slice(0, 3), ["Lecture 2", "Lecture 3", "Lecture 1"]);
  await page.context().close();
});

test("nothing moves for those who want it still", { skip }, async () => {
  const page = await visit({ scene: "busy", motion: "reduce" });
  const moving = await page.evaluate(() => {
    const all = [...document.querySelectorAll("*")].map((element) => getComputedStyle(element));
    return all.filter(
      (style) =>
        style.transitionDuration.split(", ").some((time) => parseFloat(time) > 0) ||
        style.animationName !== "none",
    ).length;
  });
  assert.equal(moving, 0);
  await page.context().close();
});

test(
  "the library is gone through by keys, and the focus comes back from what they open",
  { skip },
  async () => {
    const page = await visit({ scene: "library" });
    await pass(page, 500);
    const name = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
    await page.keyboard.press("Control+f");
    await page.keyboard.type("webinar");
    await pass(page, 400);
    assert.equal(await page.evaluate(() => document.activeElement?.role), "searchbox");
    await page.keyboard.press("ArrowDown");
    await settled(page);
    assert.match(await name(), /Webinar 13/);
    await page.keyboard.press("ArrowRight");
    assert.match(await name(), /Spring keynote/);
    await page.keyboard.press("r");
    await page.getByRole("dialog", { name: /^Replace “Spring/ }).waitFor();
    assert.equal(await name(), "Cancel");
    await page.keyboard.press("Enter");
    assert.equal(await page.getByRole("dialog").count(), 0);
    await settled(page);
    assert.match(await name(), /Spring keynote/);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  },
);

test(
  "five thousand videos are fewer than 150 cards, wherever one scrolls to",
  { skip },
  async () => {
    const page = await visit({ scene: "library-many", width: 1400, height: 900 });
    await pass(page, 500);
    const grid = page.getByRole("grid");
    const drawn = () => page.getByRole("gridcell").count();
    for (const share of [0, 0.3, 0.7, 1]) {
      await grid.evaluate((element, to) => (element.scrollTop = element.scrollHeight * to), share);
      await settled(page);
      const cards = await drawn();
      assert.ok(cards > 5 && cards < 150, `${cards} cards at ${share}`);
      await page
        .getByRole("gridcell", { name: /Published|Draft/ })
        .first()
        .waitFor();
    }
    await page.getByRole("gridcell").last().click();
    await page.keyboard.press("End");
    await settled(page);
    assert.match(await page.evaluate(() => document.activeElement?.textContent ?? ""), /Lecture 1/);
    assert.ok((await drawn()) < 150);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  },
);

test(
  "who flies by five thousand videos asks for few pictures, and has them where they stop",
  { skip },
  async () => {
    const page = await visit({ scene: "library-many", width: 1400, height: 900 });
    await pass(page, 500);
    const asked = await page.getByRole("grid").evaluate(async (grid) => {
      const pictures = new Set();
      const look = () => grid.querySelectorAll("img").forEach(({ src }) => pictures.add(src));
      for (let frame = 0; frame < 100; frame += 1) {
        grid.scrollTop += 240;
        await new Promise((drawn) => requestAnimationFrame(drawn));
        look();
      }
      return pictures.size;
    });
    // Those that were there before it began, and none of the four hundred on the way.
    assert.ok(asked < 50, `${asked} pictures`);
    const cards = page.getByRole("gridcell", { name: /Published|Draft/ });
    await cards.last().locator("img").waitFor();
    assert.equal(await page.locator("[role=gridcell] img").count(), await cards.count());
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  },
);

test("what hangs over a video is told on it, and falls on it", { skip }, async () => {
  const page = await visit({ scene: "library" });
  await pass(page, 500);
  const box = await page.getByRole("gridcell", { name: /^Teaser/ }).boundingBox();
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await page.evaluate((point) => {
    const { world } = globalThis.demo;
    world.send("hover", { videos: 1, images: 0, folders: 0, others: 0 });
    world.send("over", point);
  }, at);
  await page.getByText("Takes the place of “Teaser, vertical”").waitFor();
  await page.evaluate(async (point) => {
    const { backend, world } = globalThis.demo;
    const offer = await backend.call("library_choose", { want: "video" });
    world.send("offer", { ...offer, by: "drop", at: point });
  }, at);
  await page.getByRole("dialog", { name: "Replace “Teaser, vertical”?" }).waitFor();
  await page.keyboard.press("Escape");

  // Near the bottom the list goes on to what is not in view.
  await page.evaluate((point) => {
    const { world } = globalThis.demo;
    world.send("hover", { videos: 1, images: 0, folders: 0, others: 0 });
    world.send("over", { ...point, y: 550 });
  }, at);
  await page.waitForFunction(() => document.querySelector(".videos").scrollTop > 100);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a folder is watched, and a file of it sent again, without a mouse", { skip }, async () => {
  const page = await visit({ scene: "folders-none" });
  const name = () => focused(page);
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const tabTo = async (wanted) => {
    for (let stop = 0; stop < 30; stop += 1) {
      await press("Tab");
      if (wanted.test(await name())) return;
    }
    assert.fail(`Tab reaches ${wanted}`);
  };
  await tabTo(/^Watch a folder/);
  await press("Enter");
  await page.getByRole("dialog", { name: "Watch “Recordings”" }).waitFor();
  // The safe answer has the focus: only what comes from now on.
  assert.equal(await page.evaluate(() => document.activeElement?.value), "new");
  await tabTo(/^More/);
  await press("Enter");
  await tabTo(/^Watch this folder/);
  await press("Enter");
  await page.getByRole("listitem", { name: "Recordings" }).waitFor();
  await pass(page, 2000);
  assert.equal(await page.getByRole("dialog").count(), 0);
  assert.deepEqual(page.complaints, []);
  await page.context().close();

  const other = await visit({ scene: "folders" });
  const active = () => other.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
  await other.keyboard.press("Control+3");
  await other.getByRole("button", { name: "Files: Studio recordings" }).focus();
  await other.keyboard.press("Enter");
  await other.getByRole("grid", { name: "Files" }).waitFor();
  assert.equal(await active(), "Studio recordings");
  await other.keyboard.press("Control+f");
  await other.keyboard.type("rough");
  await pass(other, 400);
  await other.keyboard.press("ArrowDown");
  await settled(other);
  assert.match(await active(), /^Rough mix/);
  await other.keyboard.press("s");
  await other.getByText("“Rough mix.wav.mp4” is sent.", { exact: true }).first().waitFor();
  await pass(other, 1000);
  await settled(other);
  assert.match(await active(), /^Rough mix.*To be sent again/s);
  await other.keyboard.press("Escape");
  await other.keyboard.press("Escape");
  await other.getByRole("heading", { level: 1, name: "Folders" }).waitFor();
  assert.equal(await active(), "Studio recordings");
  assert.deepEqual(other.complaints, []);
  await other.context().close();
});

test(
  "twenty thousand files of a folder are fewer than 100 rows, and stay where they are when others come in",
  { skip },
  async () => {
    const page = await visit({ scene: "folders-ledger-many", width: 1400, height: 900 });
    await pass(page, 500);
    const grid = page.getByRole("grid");
    for (const share of [0.3, 0.7, 1]) {
      await grid.evaluate((element, to) => (element.scrollTop = element.scrollHeight * to), share);
      await page
        .getByRole("row", { name: /^Recording/ })
        .first()
        .waitFor();
      await settled(page);
      const drawn = await page.getByRole("row").count();
      assert.ok(drawn > 5 && drawn < 100, `${drawn} rows at ${share}`);
    }
    await grid.evaluate((element) => (element.scrollTop = 54 * 522));
    const line = page.getByRole("row", { name: /^Recording 19495/ });
    await line.waitFor();
    await settled(page);
    const stood = await line.boundingBox();
    await page.evaluate(() => {
      const { watched } = globalThis.demo.world;
      const { lines } = watched.folders.get("many");
      const news = [1, 2, 3].map((n) => ({ ...lines[0], line: 90_000 + n, file: `New ${n}.mp4` }));
      watched.set("many", { lines: [...news, ...lines] });
      globalThis.demo.world.tell({ folders: watched.rows("en") });
    });
    await pass(page, 1500);
    await page.waitForFunction(
      () => document.querySelector("[role=grid]").getAttribute("aria-rowcount") === "20025",
    );
    await settled(page);
    const stands = await line.boundingBox();
    assert.ok(Math.abs(stood.y - stands.y) < 2, `${stood.y} and then ${stands.y}`);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  },
);

for (const scene of ["many", "library", "folders-ledger"]) {
  test(`a line that still moves can be pressed, in the scene ${scene}`, { skip }, async () => {
    const page = await visit({ scene });
    await pass(page, 500);
    await page.locator("[data-scroller] [aria-selected]").nth(3).waitFor();
    const pressed = await page.evaluate(async () => {
      const list = document.querySelector("[data-scroller]");
      const scrolled = new Promise((done) => list.addEventListener("scroll", done, { once: true }));
      list.scrollTop += 30;
      await scrolled;
      await new Promise(requestAnimationFrame);
      const { left, top, width, height } = list.getBoundingClientRect();
      const under = document.elementFromPoint(left + width / 3, top + height / 2);
      return under.closest("[data-line], [data-place]") !== null;
    });
    assert.ok(pressed);
    await page.context().close();
  });
}

test(
  "in the narrowest window nothing of a row stands over another part of it",
  { skip },
  async () => {
    for (const scene of ["busy", "needs"]) {
      const page = await visit({ scene, lang: "da", width: 640, height: 420 });
      await pass(page, 4000);
      const over = await page.evaluate(() =>
        [...document.querySelectorAll(".upload-row")].flatMap((row) => {
          const cells = [...row.children].map((cell) => cell.getBoundingClientRect());
          const title = row.querySelector(".title").getBoundingClientRect();
          const apart = cells.every(
            (cell, at) => at === 0 || cell.width === 0 || cell.left >= cells[at - 1].right,
          );
          return apart && title.width >= 120 ? [] : [row.textContent];
        }),
      );
      assert.deepEqual(over, [], scene);
      const foot = await page.locator("footer button").boundingBox();
      assert.ok(
        foot.x + foot.width <= 640,
        `the button of the status line ends at ${foot.x + foot.width}`,
      );
      await page.context().close();
    }
  },
);
