import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import type { Command } from "../../../backend";
import type { SceneName } from "../../../backend/demo";
import { openWindow, type OpenWindow } from "../../../testing/window";
import { say } from "../../../words/index.svelte";

const grid = (): HTMLElement => screen.getByRole("grid", { name: say("ledger.grid") });
const row = (name: RegExp): HTMLElement => within(grid()).getByRole("row", { name });
const rows = (): HTMLElement[] => within(grid()).getAllByRole("row");
const chip = (name: string): HTMLElement =>
  screen.getByRole("button", { name: new RegExp(`^${name} ?\\d*$`) });

const last = ({ asked }: OpenWindow, command: Command): unknown =>
  asked.findLast(([name]) => name === command)?.[1];

/** Puts a file into the folder, ahead of all others. */
function arrives({ world }: OpenWindow, file: string): void {
  const folder = world.watched.folders.get("recordings");
  const [sample] = folder?.lines.slice(-1) ?? [];
  if (!folder || !sample) throw new Error("the folder is there");
  const line = { ...sample, line: 5_000, file, state: "taken" as const, again: false, video: null };
  world.watched.set("recordings", { lines: [line, ...folder.lines] });
  world.tell({ folders: world.watched.rows(world.language) });
}

describe.each(["en", "da"] as const)("in %s", (language) => {
  const open = (scene: SceneName = "folders-ledger") => openWindow(scene, language);

  test("it is opened from its folder, and left again", async () => {
    const { user } = await open("folders");
    const name = say("act.for_row", { act: say("folders.files"), title: "Studio recordings" });
    await user.click(screen.getByRole("button", { name }));

    expect(await screen.findByRole("heading", { name: "Studio recordings" })).toHaveFocus();
    await waitFor(() => expect(grid()).toHaveAttribute("aria-rowcount", "22"));
    await user.click(screen.getByRole("button", { name: say("folders.back") }));
    expect(screen.getByRole("heading", { level: 1, name: say("folders.title") })).toBeVisible();
    expect(screen.getByRole("button", { name: "Studio recordings" })).toHaveFocus();
  });

  test("each file says what became of it, and why", async () => {
    const { user, pass } = await open();
    const states = [
      [/^Studio B/, "ledger.writing"],
      [/^Panel, first take/, "ledger.taken"],
      [/^Lecture 15/, "state.waiting"],
      [/^Ferry crossing/, "ledger.again_soon"],
      [/^Campaign, cut B/, "filter.needs_you"],
      [/^Drone reel/, "ledger.refused"],
      [/^Lecture 12/, "ledger.done"],
      [/^Shooting schedule/, "ledger.left_out"],
    ] as const;
    for (const [name, key] of states) expect(row(name)).toHaveTextContent(say(key));
    // How far it is in the queue, the queue knows.
    expect(row(/^Lecture 16/)).toHaveTextContent(/4\d.%/);
    expect(row(/^Campaign/)).toHaveAccessibleName(/Kampagner|kategori|category/i);
    expect(row(/^Shooting schedule/)).toHaveTextContent(/video/);
    await user.click(chip(say("ledger.show_left_out")));
    await pass(0);
    expect(row(/^Archive 2019/)).toHaveAccessibleName(new RegExp(say("ledger.before_why")));
    expect(row(/^Board meeting/)).toHaveTextContent(say("state.cancelled"));
  });

  test("the same content is named, with a way to the video", async () => {
    const window = await open();
    const { user } = window;
    const copy = row(/^Product tour \(copy\)/);

    expect(copy).toHaveTextContent(
      { en: "“Product tour, 90 seconds.mp4”", da: "”Product tour, 90 seconds.mp4”" }[language],
    );
    await user.click(
      within(copy).getByRole("button", {
        name: say("act.for_row", {
          act: say("ledger.look_at"),
          title: "Product tour, 90 seconds.mp4",
        }),
      }),
    );
    expect(last(window, "folder_open_video")).toEqual({
      folder: "recordings",
      line: expect.any(Number),
    });
  });

  test("parts of it are shown with how many are in each, and searched", async () => {
    const { user, pass } = await open();
    await user.click(chip(say("filter.needs_you")));
    await pass(0);

    expect(rows()).toHaveLength(2);
    await user.click(chip(say("ledger.show_all")));
    await user.type(screen.getByRole("searchbox", { name: say("ledger.search") }), "lecture");
    await pass(300);
    expect(rows()).toHaveLength(5);
    await user.type(screen.getByRole("searchbox"), " nowhere");
    await pass(300);
    expect(screen.getByRole("region", { name: say("queue.no_match") })).toBeVisible();
  });

  test("what was left out is sent all the same, at once", async () => {
    const window = await open();
    const { user, app } = window;
    const file = "Masters/ProRes.mov";
    await user.click(
      within(row(/^Masters/)).getByRole("button", {
        name: say("act.for_row", { act: say("ledger.send"), title: file }),
      }),
    );

    await waitFor(() =>
      expect(app.notices.toasts.at(-1)?.text).toBe(say("ledger.sent_again", { count: 1, file })),
    );
    expect(last(window, "folder_send_again")).toMatchObject({ folder: "recordings" });
  });

  test("what has a video already is sent again only when somebody says so twice", async () => {
    const window = await open();
    const { user, asked } = window;
    await user.click(row(/^Lecture 12/));
    await user.keyboard("s");
    const dialog = screen.getByRole("dialog");

    expect(within(dialog).getByRole("button", { name: say("cancel") })).toHaveFocus();
    expect(asked.map(([name]) => name)).not.toContain("folder_send_again");
    await user.click(within(dialog).getByRole("button", { name: say("settle.again") }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(last(window, "folder_send_again")).toMatchObject({ folder: "recordings" });
  });

  test("several are sent together, and those that cannot be are left", async () => {
    const window = await open();
    const { user } = window;
    await user.click(row(/^Rough mix/));
    await user.keyboard("{Shift>}{ArrowDown}{ArrowDown}{/Shift}");
    await user.click(screen.getByRole("button", { name: say("ledger.send_many", { count: 3 }) }));

    await waitFor(() =>
      expect(
        (last(window, "folder_send_again") as { lines: number[] } | undefined)?.lines,
      ).toHaveLength(3),
    );
  });

  test("a refused wish is said", async () => {
    const { user, app, backend } = await open();
    const call = backend.call.bind(backend);
    backend.call = (command, request) =>
      command === "folder_send_again"
        ? Promise.reject(new Error("not now"))
        : call(command, request);
    await user.click(row(/^Rough mix/));
    await user.keyboard("s");

    await waitFor(() => expect(app.notices.toasts.at(-1)).toMatchObject({ tone: "bad" }));
  });

  test("a ledger with nothing in it says what comes here", async () => {
    await open("folders-ledger-empty");

    expect(screen.getByRole("region", { name: say("ledger.empty_title") })).toBeVisible();
  });

  test("one that cannot be read says why, and can be asked again", async () => {
    const { user, world, pass } = await open("folders-ledger-failed");
    const folder = world.watched.folders.get("many");
    if (folder) delete folder.unreadable;
    await user.click(screen.getByRole("button", { name: say("act.retry") }));
    await pass(0);

    expect(screen.getByRole("region", { name: say("ledger.empty_title") })).toBeVisible();
  });
});

test("keyboard and selection stay with their lines while others come in", async () => {
  const window = await openWindow("folders-ledger");
  const { user, pass } = window;
  await user.click(row(/^Rough mix/));
  arrives(window, "Just put there.mp4");
  await pass(300);
  await pass(300);

  expect(row(/^Just put there/)).toBeVisible();
  await waitFor(() => expect(row(/^Rough mix/)).toHaveFocus());
  expect(row(/^Rough mix/)).toHaveAttribute("aria-selected", "true");
  await user.keyboard("{ArrowDown}");
  expect(row(/^Shooting schedule/)).toHaveFocus();
});

test("a key is for the line that was pressed, though the press never became a click", async () => {
  const { user } = await openWindow("folders-ledger");
  // The list moves under the pointer: what is let go is on no line.
  await user.pointer([
    { keys: "[MouseLeft>]", target: row(/^Lecture 12/) },
    { keys: "[/MouseLeft]", target: grid() },
  ]);
  await user.keyboard("s");

  expect(screen.getByRole("dialog")).toBeVisible();
});

test("the keys walk through a row, open its menu and lead back", async () => {
  const { user } = await openWindow("folders-ledger");
  await user.click(row(/^Product tour, 90/));
  await user.keyboard("{ArrowRight}");
  expect(screen.getByRole("button", { name: "Open: Product tour, 90 seconds.mp4" })).toHaveFocus();
  await user.keyboard("{ArrowLeft}{Shift>}{F10}{/Shift}");

  expect(
    within(screen.getByRole("menu"))
      .getAllByRole("menuitem")
      .map((one) => one.textContent.trim()),
  ).toEqual([expect.stringMatching(/^Send again/), "Open in TwentyThree", "Show in folder"]);
  await user.keyboard("{Escape}{Escape}{Escape}");
  expect(screen.getByRole("heading", { level: 1, name: "Folders" })).toBeVisible();
});

test("a file that is on its way is shown in the queue, whatever that was filtered by", async () => {
  const { app, user, pass } = await openWindow("folders-ledger");
  app.queue.filter = { text: "nothing is called so", group: null };
  row(/^Lecture 16/).focus();
  await user.keyboard("{Shift>}{F10}{/Shift}");
  await user.click(screen.getByRole("menuitem", { name: say("ledger.in_queue") }));
  await pass(0);
  const uploads = within(screen.getByRole("grid", { name: say("queue.grid") }));
  expect(uploads.getByRole("row", { name: /^Lecture 16/ })).toHaveFocus();
});

test("of twenty thousand lines few are drawn, and few are asked for", async () => {
  const { user, asked, pass } = await openWindow("folders-ledger-many");
  const parts = () => asked.filter(([name]) => name === "folder_ledger").length;

  expect(grid()).toHaveAttribute("aria-rowcount", "20022");
  expect(rows().length).toBeLessThan(60);
  await user.click(row(/^Studio B/));
  await user.keyboard("{End}");
  await pass(0);
  expect(parts()).toBeLessThan(5);
});
