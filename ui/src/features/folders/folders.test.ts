import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import type { Command, FolderPreset } from "../../backend";
import type { SceneName } from "../../backend/demo";
import { openWindow, type OpenWindow } from "../../testing/window";
import { say } from "../../words/index.svelte";

const dialog = (): HTMLElement => screen.getByRole("dialog");
const inside = () => within(dialog());
const folder = (name: string): HTMLElement => screen.getByRole("listitem", { name });

/** The last request of a kind. */
const last = <C extends Command>({ asked }: OpenWindow, command: C) =>
  asked.findLast(([name]) => name === command)?.[1];

/** What the shell would answer, refused as it refuses. */
function refuse({ backend }: OpenWindow, command: Command, message: string): void {
  const call = backend.call.bind(backend);
  backend.call = (name, request) =>
    name === command
      ? Promise.reject({
          code: "folder_invalid",
          remedy: "fix_settings",
          message,
          hint: "Try again.",
          detail: null,
          causes: [],
        })
      : call(name, request);
}

describe.each(["en", "da"] as const)("in %s", (language) => {
  const open = (scene: SceneName) => openWindow(scene, language);

  test("where no folder is watched, it says what that is, and leads to choosing one", async () => {
    const { user } = await open("folders-none");
    const empty = screen.getByRole("region", { name: say("folders.empty_title") });

    expect(empty).toHaveTextContent(say("folders.promise_draft"));
    expect(empty).toHaveTextContent(say("folders.never_deletes"));
    await user.click(within(empty).getByRole("button", { name: say("folders.add") }));

    await waitFor(() =>
      expect(dialog()).toHaveAccessibleName(say("folders.add_title", { folder: "Recordings" })),
    );
  });

  test("without a workspace the way to one comes first", async () => {
    const { user } = await open("folders-no-workspace");
    await user.click(
      within(screen.getByRole("main")).getByRole("button", { name: say("workspace.connect") }),
    );

    expect(dialog()).toHaveAccessibleName(say("connect.title"));
  });

  test("each folder says how it is with it, and what becomes of its files", async () => {
    await open("folders");

    expect(folder("Studio recordings")).toHaveTextContent(say("folders.watching"));
    expect(folder("Exports")).toHaveTextContent(say("folders.finishing", { count: 2 }));
    expect(folder("Studio recordings")).toHaveTextContent(say("group.waiting", { count: 3 }));
    expect(folder("Studio recordings")).toHaveTextContent(say("folders.writing", { count: 2 }));
    expect(folder("Studio recordings")).toHaveTextContent("Webinars");
    expect(folder("Exports")).toHaveTextContent(say("folders.polling", { seconds: 30 }));
    expect(folder("Exports")).toHaveTextContent(say("folders.polling_hint"));
    expect(folder("Exports")).toHaveTextContent(say("folders.then_move"));
    expect(folder("Archive")).toHaveTextContent("sysctl");
    expect(folder("DCIM")).toHaveTextContent(say("folders.unavailable_hint"));
    expect(folder("Drafts")).toHaveTextContent(say("folders.paused"));
    expect(folder("Campaign 2026")).toHaveTextContent(say("filter.needs_you"));
    expect(folder("Summit")).toHaveTextContent(say("folders.looking"));
    expect(
      within(screen.getByRole("navigation")).getByText(say("folders.want_you", { count: 1 })),
    ).toBeInTheDocument();
  });

  test("where nobody works the queue off, nobody watches, and that is said", async () => {
    await open("folders-unattended");

    expect(folder("Exports")).toHaveTextContent(say("folders.unattended"));
    expect(folder("Exports")).toHaveTextContent(say("folders.unattended_hint"));
  });

  test("a folder is added as a draft, with only what comes from now on, unless somebody says so", async () => {
    const window = await open("folders-add");
    const { user, pass } = window;

    expect(dialog()).toHaveTextContent("/home/maja/Video/Recordings");
    expect(inside().getByRole("radio", { name: say("publish.draft") })).toBeChecked();
    expect(inside().getByRole("radio", { name: say("folders.existing_new") })).toBeChecked();
    expect(dialog()).toHaveTextContent(say("folders.never_deletes"));
    await user.click(inside().getByRole("button", { name: say("folders.add_go") }));

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(last(window, "folder_add")).toMatchObject({
      existing: false,
      fresh: false,
      preset: { publish: { when: "draft" }, after: "leave", on_change: "ignore" },
    });
    expect(folder("Recordings")).toHaveTextContent(say("folders.looking"));
    await pass(2_000);
    expect(folder("Recordings")).toHaveTextContent(say("folders.watching"));
  });

  test("that videos become public by themselves is said before", async () => {
    const { user } = await open("folders-add");

    expect(dialog()).not.toHaveTextContent(say("folders.publishes"));
    await user.click(inside().getByRole("radio", { name: say("publish.when_playable") }));
    expect(dialog()).toHaveTextContent(say("folders.publishes"));
  });

  test("everything that can be said of a folder is told as it was said", async () => {
    const window = await open("folders-add");
    const { user } = window;
    const text = (key: Parameters<typeof say>[0]) => inside().getByLabelText(say(key));
    await user.click(
      inside().getByRole("radio", { name: say("folders.existing_all", { count: 12 }) }),
    );
    await user.selectOptions(text("details.categories"), "Webinars");
    await user.type(text("details.tags"), "studio{Enter}");
    await user.click(inside().getByRole("button", { name: say("folders.more") }));
    await user.type(text("pattern.label"), "{{date} {{name}");
    expect(dialog()).toHaveTextContent(/2026-11-22 (board meeting|bestyrelsesmøde)/);
    await user.selectOptions(text("folders.after"), "move");
    await user.selectOptions(text("folders.on_change"), "replace");
    await user.selectOptions(text("folders.settle"), "60");
    await user.type(text("folders.locale"), "da");
    await user.click(text("folders.per_subfolder"));
    await user.click(text("folders.by_id"));
    await user.type(text("folders.include"), "*.mp4{Enter}*.mov");
    await user.type(text("folders.exclude"), "proxies/**");
    await user.clear(text("folders.ignore"));
    await user.type(text("folders.ignore"), "*.bak");
    await user.click(inside().getByRole("button", { name: say("folders.add_go") }));

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    const preset: Partial<FolderPreset> = {
      categories: [11],
      tags: ["studio"],
      title: "{date} {name}",
      after: "move",
      on_change: "replace",
      settle_s: 60,
      subtitles_locale: "da",
      category_per_subfolder: true,
      replace_by_id: true,
      include: ["*.mp4", "*.mov"],
      exclude: ["proxies/**"],
      ignore: ["*.bak"],
    };
    expect(last(window, "folder_add")).toMatchObject({ existing: true, preset });
  });

  test("the names that are ignored go back to the usual ones", async () => {
    const { user } = await open("folders-add");
    await user.click(inside().getByRole("button", { name: say("folders.more") }));
    const field = inside().getByLabelText<HTMLTextAreaElement>(say("folders.ignore"));
    const usual = field.value;

    expect(inside().queryByRole("button", { name: say("folders.ignore_usual") })).toBeNull();
    await user.clear(field);
    await user.click(inside().getByRole("button", { name: say("folders.ignore_usual") }));
    expect(field).toHaveValue(usual);
  });

  test("a folder that was watched before goes on, or begins anew", async () => {
    const window = await open("folders-add-known");
    const { user } = window;

    expect(inside().getByRole("radio", { name: say("folders.known_keep") })).toBeChecked();
    await user.click(inside().getByRole("radio", { name: say("folders.known_fresh") }));
    await user.click(inside().getByRole("button", { name: say("folders.add_go") }));

    await waitFor(() => expect(last(window, "folder_add")).toMatchObject({ fresh: true }));
  });

  test("a folder within another is refused with the reason, and another can be chosen", async () => {
    await open("folders-add-refused");

    expect(inside().queryByRole("button", { name: say("folders.add_go") })).toBeNull();
    expect(inside().getByRole("group")).toBeVisible();
    expect(inside().getByRole("button", { name: say("folders.choose_other") })).toHaveFocus();
  });

  test("what is refused is said in the sheet, which keeps what was typed", async () => {
    const window = await open("folders-add");
    const { user } = window;
    await user.type(inside().getByLabelText(say("details.tags")), "studio{Enter}");
    refuse(window, "folder_add", "This pattern is none.");
    await user.click(inside().getByRole("button", { name: say("folders.add_go") }));

    const said = await inside().findByText(/This pattern is none\./);
    expect(said.closest("[role=alert]")).not.toBeNull();
    expect(dialog()).toHaveTextContent("studio");
  });

  test("a folder is edited in the same form, which begins with what holds", async () => {
    const window = await open("folders-edit");
    const { user } = window;

    expect(inside().getByLabelText(say("folders.workspace"))).toHaveDisplayValue("Fjord Studio");
    expect(inside().getByRole("radio", { name: say("publish.when_playable") })).toBeChecked();
    expect(inside().getByLabelText(say("folders.after"))).toHaveValue("move");
    await user.click(inside().getByRole("radio", { name: say("publish.draft") }));
    await user.click(inside().getByRole("button", { name: say("save") }));

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(last(window, "folder_set_preset")).toMatchObject({
      folder: "share",
      preset: { publish: { when: "draft" }, after: "move", categories: [13] },
    });
    expect(folder("Exports")).toHaveTextContent(say("folders.as_draft"));
  });

  test("the names that an edited folder ignores go back to the usual ones, too", async () => {
    const { user } = await open("folders-edit");
    const more = inside().getByRole("button", { name: say("folders.more") });
    if (more.getAttribute("aria-expanded") !== "true") await user.click(more);
    const field = inside().getByLabelText<HTMLTextAreaElement>(say("folders.ignore"));
    await user.clear(field);
    await user.type(field, "*.bak");
    await user.click(inside().getByRole("button", { name: say("folders.ignore_usual") }));

    expect(field.value).toContain("*.part\n");
    expect(field.value).not.toContain("*.bak");
  });

  test("it is paused from its menu, and watched again", async () => {
    const { user, pass } = await open("folders");
    await user.click(
      within(folder("Exports")).getByRole("button", {
        name: say("row.more", { title: "Exports" }),
      }),
    );
    await user.click(screen.getByRole("menuitem", { name: say("folders.pause") }));
    await pass(200);

    expect(folder("Exports")).toHaveTextContent(say("folders.paused_hint"));
    const resume = say("act.for_row", { act: say("act.resume"), title: "Exports" });
    await user.click(within(folder("Exports")).getByRole("button", { name: resume }));
    await pass(200);
    expect(folder("Exports")).toHaveTextContent(say("folders.watching"));
  });

  test("to stop watching touches no video, and remembers unless somebody says otherwise", async () => {
    const window = await open("folders-remove");
    const { user, pass } = window;

    expect(inside().getByRole("button", { name: say("cancel") })).toHaveFocus();
    expect(inside().getByRole("radio", { name: say("folders.keep") })).toBeChecked();
    await user.click(inside().getByRole("button", { name: say("folders.remove_go") }));

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(last(window, "folder_remove")).toEqual({ folder: "recordings", forget: false });
    await pass(200);
    expect(screen.queryByRole("listitem", { name: "Studio recordings" })).toBeNull();
  });
});

const tick = () => inside().getByRole("checkbox", { name: "Keep watching this folder" });
const add = () => inside().getByRole("button", { name: /^Add \d+ videos$/ });

describe("the sheet of a folder that was dropped", () => {
  test("keeps watching it when that is ticked, as the sheet says", async () => {
    const window = await openWindow("offer");
    const { user, world } = window;

    expect(tick()).not.toBeChecked();
    await user.click(tick());
    await user.type(inside().getByLabelText("Tags"), "summit{Enter}");
    await user.click(inside().getByRole("radio", { name: "Publish when playable" }));
    await user.click(add());

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(last(window, "folder_add")).toMatchObject({
      existing: false,
      fresh: false,
      preset: { tags: ["summit"], publish: { when: "when_playable" } },
    });
    expect([...world.watched.folders.values()].map(({ path }) => path)).toEqual([
      "/home/maja/Video/Autumn summit",
    ]);
  });

  test("watches nothing when it is not", async () => {
    const { user, asked } = await openWindow("offer");
    await user.click(add());

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(asked.map(([name]) => name)).not.toContain("folder_add");
  });

  test("says that the videos are in the queue where the folder cannot be watched", async () => {
    const window = await openWindow("offer");
    const { user, app, pass } = window;
    await user.click(tick());
    refuse(window, "folder_add", "It is away.");
    await user.click(add());

    await waitFor(() =>
      expect(app.notices.toasts.at(-1)?.text).toMatch(/in the queue, but .* not watched.*away/),
    );
    await pass(200);
    expect(app.queue.size).toBeGreaterThan(20);
  });

  test("gives its number to what is added now alone", async () => {
    const window = await openWindow("offer");
    const { user } = window;
    await user.type(inside().getByLabelText("Title pattern"), "Talk {{n}");
    await user.click(tick());

    expect(dialog()).toHaveTextContent("later files keep their own titles");
    await user.click(add());
    await waitFor(() =>
      expect(last(window, "folder_add")).toMatchObject({ preset: { title: null } }),
    );
    expect(last(window, "add")).toMatchObject({ title_pattern: "Talk {n}" });
  });
});

test("a folder that begins to want somebody is announced, once", async () => {
  const { app, world, pass } = await openWindow("folders");
  const wants = (): void => {
    world.watched.set("summit", { fault: { code: "folder_invalid" } });
    world.tell({ folders: world.watched.rows(world.language) });
  };
  wants();
  await pass(200);

  expect(app.notices.assertive).toMatch(/^Summit needs you/);
  const said = app.notices.assertive;
  wants();
  await pass(200);
  expect(app.notices.assertive).toBe(said);
});

test("a command that helps is a line of its own, and copied whole", async () => {
  const { user, app } = await openWindow("folders");
  const archive = within(folder("Archive"));
  await user.click(archive.getByRole("button", { name: say("command.copy") }));

  expect(await navigator.clipboard.readText()).toBe(
    archive.getByText(/sudo sysctl/, { selector: "code" }).textContent,
  );
  expect(app.notices.toasts.at(-1)?.text).toBe(say("command.copied"));
});
