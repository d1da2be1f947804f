import { screen, within } from "@testing-library/svelte";
import axe from "axe-core";
import { describe, expect, test } from "vitest";
import { SCENES } from "../../backend/demo";
import { row as made } from "../../testing/rows";
import { openWindow } from "../../testing/window";
import { say } from "../../words/index.svelte";

const row = (name: string | RegExp): HTMLElement => screen.getByRole("row", { name });
const title = (words: string): RegExp => new RegExp(`^${words}`);

describe.each(["en", "da"] as const)("in %s", (language) => {
  test.each(SCENES.filter((scene) => !scene.endsWith("many")))(
    "axe finds nothing in the scene %s",
    async (scene) => {
      const { pass } = await openWindow(scene, language);
      await pass(3000);
      const found = await axe.run(document.body, {
        // jsdom draws nothing; the browser's run judges contrast.
        rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
      });

      expect(found.violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
    },
  );

  test("an empty queue names the ways in, and where things go", async () => {
    await openWindow("empty", language);
    const empty = screen.getByRole("region", { name: say("queue.empty_title") });

    expect(empty).toHaveTextContent("Nordlys Media");
    for (const name of [say("queue.choose_files"), say("queue.choose_folder")]) {
      expect(screen.getAllByRole("button", { name })).toEqual([
        within(empty).getByRole("button", { name }),
      ]);
    }
  });

  test("rows move, and say how far they are", async () => {
    const { pass } = await openWindow("busy", language);
    await pass(5000);
    const before = within(row(title("Webinar 14"))).getByRole("progressbar");
    const first = Number(before.getAttribute("aria-valuenow"));
    await pass(60_000);
    const later = Number(
      within(row(title("Webinar 14")))
        .getByRole("progressbar")
        .getAttribute("aria-valuenow"),
    );

    expect(first).toBeGreaterThan(0);
    expect(later).toBeGreaterThan(first);
  });

  test("three films are added at once, and that can be undone", async () => {
    const { user, asked, pass, world } = await openWindow("empty", language);
    const [button] = screen.getAllByRole("button", { name: say("queue.choose_files") });
    if (button) await user.click(button);
    await pass(200);

    expect(screen.getAllByRole("row", { name: /Customer story/ })).toHaveLength(3);
    expect(screen.getByRole("grid")).toContainElement(document.activeElement as HTMLElement);

    await user.click(screen.getByRole("button", { name: say("undo") }));
    await pass(300);

    expect(asked.map(([command]) => command)).toContain("set_intent");
    expect(world.rows.size).toBe(0);
    expect(screen.getByRole("region", { name: say("queue.empty_title") })).toBeVisible();
  });
});

test("the language changes at once, with everything that is said", async () => {
  const { app } = await openWindow("needs");
  await app.world.change({ language: "da" });

  expect(await screen.findByRole("heading", { name: "Kø" })).toBeVisible();
  expect(screen.getByText("TwentyThree tager ikke imod denne fil.")).toBeVisible();
  expect(document.documentElement.lang).toBe("da");
});

test("markup in a title is a title that is read, and never runs", async () => {
  const { world, pass } = await openWindow("busy");
  const markup = `<img src="x" onerror="alert(1)"> <b>bold</b>`;
  const one = [...world.rows.values()].find(({ stage }) => stage === "uploading");
  if (one) world.set(one, { details: { ...one.details, title: markup } });
  await pass(300);

  expect(screen.getByText(markup)).toBeVisible();
  expect(document.querySelector("[onerror], b")).toBeNull();
});

describe("what needs somebody", () => {
  test("stands together by its cause, with one button for all", async () => {
    const { user, asked } = await openWindow("needs");
    await user.click(screen.getByRole("button", { name: "Try all again" }));

    expect(asked.at(-1)).toEqual([
      "retry",
      { ids: [expect.any(String), expect.any(String), expect.any(String)] },
    ]);
  });

  test("that the keychain is locked is said once, with one button", async () => {
    const { app } = await openWindow("keychain");
    const { message } = app.world.keychain ?? { message: "?" };

    expect(screen.getAllByText(message, { exact: false })).toHaveLength(1);
    expect(screen.getAllByRole("button", { name: "Try again" })).toHaveLength(1);
    expect(screen.getByRole("row", { name: /^5 need you/ })).toBeVisible();
  });

  test("keeps the raw cause behind Details", async () => {
    const { user } = await openWindow("needs");
    const head = row(/failed to handle the upload/);

    expect(screen.queryByText(/5 tries/)).toBeNull();

    await user.click(within(head).getByRole("button", { name: "Details" }));

    expect(screen.getByText(/5 tries/)).toBeVisible();
  });

  test("is announced when it happens, and once", async () => {
    const { world, pass, app } = await openWindow("busy");
    const one = [...world.rows.values()].find(({ stage }) => stage === "uploading");
    if (one) world.set(one, { stage: "failed", failure: { code: "file_refused" } });
    await pass(200);

    expect(screen.getByRole("alert")).toHaveTextContent(/needs you.*does not accept this file/i);

    app.notices.assertive = "";
    await pass(5000);

    expect(screen.getByRole("alert")).toHaveTextContent(/^$/);
  });
});

describe("a row's title", () => {
  test("is edited where it stands by F2, kept by Enter, and the focus stays with the row", async () => {
    const { user, asked, pass } = await openWindow("busy");
    await user.click(row(title("Panel")));
    await user.keyboard("{F2}");
    const field = screen.getByRole("textbox", { name: /Title of Panel/ });

    expect(field).toHaveFocus();

    await user.clear(field);
    await user.type(field, "Panel, uncut{Enter}");
    await pass(200);

    expect(row(title("Panel, uncut"))).toHaveFocus();
    expect(asked.at(-1)).toEqual([
      "edit",
      expect.objectContaining({
        edit: expect.objectContaining({ title: "Panel, uncut", title_pattern: null }),
      }),
    ]);
  });

  test("stays as it was with Escape", async () => {
    const { user, asked } = await openWindow("busy");
    await user.dblClick(row(title("Panel")));
    await user.keyboard("Something else{Escape}");

    expect(asked.map(([command]) => command)).not.toContain("edit");
    expect(row(title("Panel: what comes"))).toBeVisible();
  });
});

describe("the keyboard", () => {
  test("walks through the lines, selects a range, and opens the menu at the row", async () => {
    const { user } = await openWindow("busy");
    await user.click(row(title("Webinar 14")));
    await user.keyboard("{Shift>}{ArrowDown}{ArrowDown}{/Shift}");

    expect(screen.getAllByRole("row", { selected: true })).toHaveLength(3);
    expect(screen.getByText("3 selected")).toBeVisible();

    await user.keyboard("{Shift>}{F10}{/Shift}");
    const menu = screen.getByRole("menu");

    expect(within(menu).getAllByRole("menuitem")[0]).toHaveFocus();

    await user.keyboard("{Escape}");

    expect(screen.queryByRole("menu")).toBeNull();
    expect(row(title("Product tour"))).toHaveFocus();
  });

  test("never loses its place when a row leaves", async () => {
    const { user, world, pass } = await openWindow("busy");
    await user.click(row(title("Panel")));
    const id = row(title("Panel")).dataset["id"] ?? "";
    world.remove(id);
    await pass(200);

    expect(row(title("Product tour"))).toHaveFocus();
  });

  test("stays with whoever types a filter when what it finds comes only later", async () => {
    const { app, user, pass } = await openWindow("busy");
    const search = screen.getByRole("searchbox");
    await user.type(search, "late");
    const late = made({ id: "late", details: { title: "A late one" } });
    app.queue.change({ rows: [late], removed: [], progress: null }, 0);
    await pass(0);

    expect(row(/^A late one/)).toBeVisible();
    expect(search).toHaveFocus();
  });

  test("is for the line that was pressed, though the press never became a click", async () => {
    const { user } = await openWindow("busy");
    await user.pointer([
      { keys: "[MouseLeft>]", target: row(title("Panel")) },
      { keys: "[/MouseLeft]", target: screen.getByRole("grid") },
    ]);
    await user.keyboard("{Control>}e{/Control}");

    expect(within(screen.getByRole("dialog")).getByDisplayValue(/^Panel/)).toBeVisible();
  });

  test("moves what waits, and says where it is then", async () => {
    const { user, asked, pass } = await openWindow("paused", "en");
    await user.click(row(title("Lecture 3")));
    await user.keyboard("{Alt>}{ArrowUp}{/Alt}");
    await pass(200);
    const lectures = screen
      .getAllByRole("row", { name: /^Lecture/ })
      .map((one) => one.textContent.match(/Lecture \d+/)?.[0]);

    expect(asked.at(-1)?.[0]).toBe("move_before");
    expect(lectures.slice(0, 3)).toEqual(["Lecture 1", "Lecture 3", "Lecture 2"]);
    expect(screen.getByRole("status")).toHaveTextContent("Now number 2 of 12 that wait.");
    expect(row(title("Lecture 3"))).toHaveFocus();
  });

  test("shows its shortcuts", async () => {
    const { user } = await openWindow("empty");
    await user.keyboard("?");

    expect(screen.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  });

  test("types a question mark where somebody types", async () => {
    const { user } = await openWindow("busy");
    await user.type(screen.getByRole("searchbox"), "why?");

    expect(screen.getByRole("searchbox")).toHaveValue("why?");
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});

describe("removing", () => {
  test("what was partly sent is asked about once, and said what stays", async () => {
    const { user, asked, pass, world } = await openWindow("busy");
    await user.click(row(title("Panel")));
    await user.keyboard("{Delete}");
    const dialog = screen.getByRole("dialog", { name: /^Remove “Panel/ });

    expect(dialog).toHaveTextContent("The file on this computer stays");
    expect(asked.map(([command]) => command)).not.toContain("set_intent");

    await user.keyboard("{Enter}");
    await pass(500);

    expect(screen.queryByRole("row", { name: title("Panel") })).toBeNull();
    expect([...world.rows.values()].some(({ file }) => file.startsWith("panel"))).toBe(false);
  });

  test("what has not begun just goes", async () => {
    const { user, pass } = await openWindow("paused");
    await user.click(row(title("Lecture 3")));
    await user.keyboard("{Delete}");
    await pass(500);

    expect(screen.queryByRole("dialog")).toBeNull();
    expect(screen.queryByRole("row", { name: title("Lecture 3") })).toBeNull();
  });
});

describe("the filter", () => {
  test("keeps what has all the words, and says so when nothing has", async () => {
    const { user } = await openWindow("busy");
    await user.type(screen.getByRole("searchbox"), "keynote");

    expect(screen.getAllByRole("row", { name: /keynote/i })).toHaveLength(2);
    expect(screen.queryByRole("row", { name: /Webinar/ })).toBeNull();

    await user.type(screen.getByRole("searchbox"), " nowhere");

    expect(screen.getByRole("region", { name: "Nothing matches" })).toBeVisible();

    await user.click(
      within(screen.getByRole("region", { name: "Nothing matches" })).getByRole("button"),
    );

    expect(screen.getByRole("row", { name: /Webinar/ })).toBeVisible();
  });

  test("by state counts what is in each", async () => {
    const { user } = await openWindow("busy");
    await user.click(screen.getByRole("button", { name: /^Finished\s*3/ }));

    expect(screen.getAllByRole("row", { selected: false })).toHaveLength(3);
  });
});

describe("many at once", () => {
  test("are edited together; what is not touched stays", async () => {
    const { user, asked, pass } = await openWindow("paused");
    await user.click(row(title("Lecture 2")));
    await user.keyboard("{Control>}a{/Control}");
    await user.click(screen.getByRole("button", { name: "Edit…" }));
    const dialog = screen.getByRole("dialog", { name: "Edit 14 uploads" });
    await user.type(within(dialog).getByLabelText("Title pattern"), "{{folder} {{n}");

    expect(dialog).toHaveTextContent("From “Webinars 1” to “Lectures 14”");

    await user.type(within(dialog).getByLabelText("Tags"), "autumn,");
    await user.click(within(dialog).getByRole("button", { name: "Save for all 14" }));
    await pass(200);

    expect(asked.at(-1)).toEqual([
      "edit",
      {
        ids: expect.any(Array),
        edit: {
          title: null,
          title_pattern: "{folder} {n}",
          description: null,
          tags: null,
          add_tags: ["autumn"],
          categories: null,
          publish: null,
        },
      },
    ]);
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(row(title("Lectures 3"))).toBeVisible();
  });

  test("ten thousand are drawn as few", async () => {
    await openWindow("many");

    expect(screen.getByRole("grid")).toHaveAttribute("aria-rowcount", "10003");
    expect(screen.getAllByRole("row").length).toBeLessThan(40);
  });
});

describe("what is dropped", () => {
  test("is said while it hangs over the window: how many, and where to", async () => {
    await openWindow("hover");

    expect(screen.getByText("3 videos and a folder")).toBeVisible();
    expect(screen.getByText(/to Nordlys Media\s+as drafts/)).toBeVisible();
  });

  test.each([
    [{ videos: 0, images: 0, folders: 1, others: 0 }, "A folder"],
    [{ videos: 1, images: 2, folders: 0, others: 0 }, "1 video and 2 pictures"],
    [{ videos: 2, images: 1, folders: 3, others: 4 }, "2 videos, 1 picture and 3 folders"],
  ])("is counted by what it will be: %o", async (hover, text) => {
    const { world, pass } = await openWindow("empty");
    world.send("hover", hover);
    await pass(0);
    expect(screen.getByText(text)).toBeVisible();
  });

  test("is refused with the reason where there is no workspace", async () => {
    const { world, pass, app } = await openWindow("hover-refused");

    expect(screen.getByText("Where should they go?")).toBeVisible();

    world.send("offer", {
      id: 9,
      by: "drop",
      folders: [],
      videos: [],
      skipped: [],
      skipped_more: 0,
      at: null,
    });
    await pass(0);

    expect(screen.queryByText("Where should they go?")).toBeNull();
    expect(app.notices.toasts[0]?.text).toMatch(/Connect a workspace first/);
  });

  test("is shown on a sheet when it is a folder, and added as the sheet says", async () => {
    const { user, asked, pass } = await openWindow("offer");
    const sheet = await screen.findByRole("dialog", { name: "Add “Autumn summit”" });

    expect(sheet).toHaveTextContent("14 videos, 24");
    expect(sheet).toHaveTextContent("together with 4 thumbnails and 7 subtitle files");

    await user.click(within(sheet).getByRole("button", { name: "12 other files are left out" }));

    expect(sheet).toHaveTextContent("Day 1/broken.mp4The file is empty.");

    await user.selectOptions(
      within(sheet).getByLabelText("Category"),
      "One for each of the 2 subfolders",
    );
    await user.click(within(sheet).getByRole("button", { name: "Choose among them" }));
    await user.click(await within(sheet).findByRole("checkbox", { name: "Day 1/opening_1.mp4" }));
    await user.click(within(sheet).getByRole("radio", { name: "Publish when playable" }));
    await user.click(within(sheet).getByRole("button", { name: "Add 13 videos" }));
    await pass(200);

    expect(asked.at(-1)).toEqual([
      "add",
      expect.objectContaining({
        only: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
        category_per_subfolder: true,
        publish: { when: "when_playable" },
        title_pattern: null,
      }),
    ]);
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  test("is let go of when the sheet is closed", async () => {
    const { user, asked } = await openWindow("offer");
    await user.click(await screen.findByRole("button", { name: "Cancel" }));

    expect(asked.at(-1)?.[0]).toBe("forget_offer");
  });
});

describe("the status line", () => {
  test("sums up, pauses all and resumes all", async () => {
    const { user, pass } = await openWindow("busy");
    await pass(5000);
    const line = screen.getByRole("contentinfo", { name: "Status" });

    expect(line).toHaveTextContent(/5 on the way.*37 waiting.*2 need you/);
    expect(line).toHaveTextContent(/of 114.GB/);
    expect(line).toHaveTextContent(/about \d+.min/);

    await user.click(within(line).getByRole("button", { name: "Pause all" }));
    await pass(200);
    await user.click(within(line).getByRole("button", { name: "Resume all" }));
    await pass(200);

    expect(within(line).getByRole("button", { name: "Pause all" })).toBeVisible();
  });

  test("a queue that was found at the start is said once", async () => {
    const { app } = await openWindow("found");

    expect(app.notices.toasts.map(({ text }) => text)).toEqual([
      "12 uploads from last time go on.",
    ]);
  });
});
