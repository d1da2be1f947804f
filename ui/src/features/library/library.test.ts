import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import type { SceneName } from "../../backend/demo";
import { card, dialog, inside, pictureIn } from "../../testing/library";
import { openWindow } from "../../testing/window";
import { say } from "../../words/index.svelte";

const cards = (): HTMLElement[] => screen.getAllByRole("gridcell");

describe.each(["en", "da"] as const)("in %s", (language) => {
  const open = (scene: SceneName) => openWindow(scene, language);

  test("the library shows videos with their state, length and day, and is found by its door", async () => {
    const { user } = await openWindow("empty", language);
    await user.click(screen.getByRole("button", { name: say("library.title") }));

    expect(await screen.findByRole("heading", { name: say("library.title") })).toBeVisible();
    const webinar = await screen.findByRole("gridcell", {
      name: new RegExp(`^Webinar 13: Captions that help ${say("state.published")}`),
    });
    expect(webinar).toHaveTextContent("52:08");
    expect(webinar).toHaveTextContent(/12\.? nov/i);
    expect(screen.getByText(say("library.count", { count: 20 }))).toBeVisible();
  });

  test("a search is asked when the typing stops, keeps the focus, and says when nothing fits", async () => {
    const { user, pass } = await open("library");
    const field = screen.getByRole("searchbox", { name: say("library.search") });
    await user.type(field, "keynote");
    await pass(300);

    expect(cards()).toHaveLength(1);
    expect(field).toHaveFocus();
    await user.type(field, " nowhere");
    await pass(300);

    expect(screen.getByRole("region", { name: say("queue.no_match") })).toBeVisible();
    await user.click(
      within(screen.getByRole("main")).getAllByRole("button", {
        name: say("queue.filter_clear"),
      })[1] ?? field,
    );
    await pass(0);

    expect(cards().length).toBeGreaterThan(10);
    expect(field).toHaveFocus();
  });

  test("filters ask for drafts, and for one category", async () => {
    const { user, asked, pass } = await open("library");
    await user.click(screen.getByRole("button", { name: say("library.show_drafts") }));
    await user.selectOptions(
      screen.getByRole("combobox", { name: say("sheet.category") }),
      "Internal",
    );
    await pass(0);

    expect(asked.findLast(([name]) => name === "library_page")?.[1]).toMatchObject({
      show: "drafts",
      category: "Internal",
      page: 1,
    });
    expect(cards().map((one) => one.textContent)).toEqual(
      expect.arrayContaining([expect.stringContaining("All hands, November")]),
    );
  });

  test("where the workspace cannot be reached, what was last known is shown, and as of when", async () => {
    const { user, world, pass } = await open("library-unreachable");

    expect(screen.getByText(/11[:.]05/)).toBeVisible();
    expect(card(/^Spring keynote/)).toBeVisible();
    world.shelf.away = null;
    await user.click(screen.getByRole("button", { name: say("act.retry") }));
    await pass(0);

    expect(screen.queryByText(/11[:.]05/)).toBeNull();
  });

  test("what was in the way goes by itself, and the videos are there", async () => {
    const { world, pass } = await open("library-unknown");
    world.shelf.away = null;
    await pass(21_000);
    await pass(0);

    expect(card(/^Spring keynote/)).toBeVisible();
  });

  test("where nothing is known of it, that is said, with the way on", async () => {
    await open("library-unknown");

    expect(screen.getByRole("button", { name: say("act.retry") })).toBeVisible();
    expect(screen.queryByRole("grid")).toBeNull();
  });

  test("old and new stand side by side, with what is not known, what stays, and the safe answer first", async () => {
    const { user, asked, world } = await open("library-replace");
    await screen.findByText("keynote_final_v7.mp4");
    const [old, fresh] = inside().getAllByRole("region");

    expect(dialog()).toHaveAccessibleName(say("library.title_video", { title: "Spring keynote" }));
    expect(old).toHaveTextContent(`keynote_v6.mp4`);
    expect(old).toHaveTextContent(`4:12`);
    expect(old).toHaveTextContent(say("library.unknown"));
    expect(fresh).toHaveTextContent(/4:18.*1920 × 1080.*2[.,]1.GB/);
    expect(dialog()).toHaveTextContent(say("library.stays_video"));
    expect(inside().getByRole("button", { name: say("cancel") })).toHaveFocus();

    await user.click(inside().getByRole("button", { name: say("library.do_video") }));

    expect(asked).toContainEqual([
      "library_replace",
      {
        offer: expect.any(Number),
        workspace: expect.any(String),
        pairs: [{ file: 1, video: expect.any(Number) }],
      },
    ]);
    expect(screen.queryByRole("dialog")).toBeNull();
    expect([...world.rows.values()].map(({ replaces }) => replaces?.kind)).toEqual(["video"]);
  });

  test("big differences are warned of", async () => {
    await open("library-replace-warns");
    await screen.findByText("keynote_short.mp4");

    expect(inside().getAllByRole("listitem")).toHaveLength(2);
    expect(dialog()).toHaveTextContent(/1280 × 720 .* 1920 × 1080/);
  });

  test("the wrong kind is refused with the reason, and nothing but leaving is offered", async () => {
    const { user, asked } = await open("library-refused");
    const why = await inside().findByRole("group");

    expect(why).toHaveTextContent(say("library.wrong_image"));
    expect(inside().queryByRole("button", { name: say("library.do_image") })).toBeNull();
    await user.click(inside().getByRole("button", { name: say("cancel") }));

    expect(asked.at(-1)?.[0]).toBe("forget_offer");
  });

  test("many images are a table of pairs; what nobody knows comes first and can be found by typing", async () => {
    const { user, asked, pass } = await open("library-pairs");
    const field = await inside().findByRole("combobox", {
      name: say("library.pair_for", { file: "IMG_0042.png" }),
    });

    expect(
      inside()
        .getAllByRole("row")
        .slice(1)
        .map((row) => within(row).getByRole("rowheader").textContent),
    ).toEqual([
      expect.stringContaining("summit.png"),
      expect.stringContaining("webinar.jpg"),
      expect.stringContaining("IMG_0042.png"),
      expect.stringContaining("autumn.png"),
      expect.stringContaining("Harbour at dawn.jpg"),
    ]);
    await user.type(field, "ferry");
    await pass(300);
    await waitFor(() =>
      expect(inside().getByRole("option", { name: /^Ferry crossing/ })).toBeVisible(),
    );
    await user.keyboard("{Enter}");

    expect(field).toHaveValue("Ferry crossing");
    await user.click(
      inside().getByRole("button", { name: say("library.pairs_send", { count: 3 }) }),
    );

    expect(asked).toContainEqual([
      "library_replace",
      expect.objectContaining({
        pairs: expect.arrayContaining([{ file: 5, video: expect.any(Number) }]),
      }),
    ]);
  });

  test("two images for one video are not sent", async () => {
    const { user, pass } = await open("library-pairs");
    const field = await inside().findByRole("combobox", {
      name: say("library.pair_for", { file: "summit.png" }),
    });
    await user.type(field, "harbour");
    await pass(300);
    await waitFor(() => expect(inside().getByRole("option")).toBeVisible());
    await user.keyboard("{Enter}");

    expect(inside().getAllByText(say("library.pair_twice"))).toHaveLength(2);
    expect(
      inside().getByRole("button", { name: say("library.pairs_send", { count: 3 }) }),
    ).toBeDisabled();
  });

  test("a moment is chosen by keys or typed, and looked at once it settles", async () => {
    const { user, asked, pass } = await open("library-moment");
    const slider = inside().getByRole("slider", { name: say("library.moment_slider") });
    const before = pictureIn(dialog());
    slider.focus();
    await user.keyboard("{ArrowRight}{ArrowRight}{PageUp}");
    const time = inside().getByRole("textbox", { name: say("library.moment_time") });

    expect(time).toHaveValue("1:36");
    expect(pictureIn(dialog())).toBe(before);
    await pass(500);

    expect(pictureIn(dialog())).not.toBe(before);
    await user.clear(time);
    await user.type(time, "9:99{Enter}");

    expect(time).toBeInvalid();
    await user.clear(time);
    await user.type(time, "9:00{Enter}");

    expect(dialog()).toHaveTextContent(say("library.moment_beyond", { length: "4:12" }));
    await user.clear(time);
    await user.type(time, "2:00,5{Enter}");

    expect(asked.at(-1)).toEqual(["library_set_moment", expect.objectContaining({ at_s: 120.5 })]);
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  test("what was not taken is said beside its field, and what is there instead", async () => {
    const { user, asked } = await open("library-edit");
    const title = inside().getByLabelText(say("details.title"));
    await user.clear(title);
    await user.type(title, "Webinar <b>13</b>");
    await user.click(inside().getByRole("button", { name: say("save") }));

    expect(asked.at(-1)).toEqual([
      "library_edit",
      expect.objectContaining({
        videos: [expect.any(Number)],
        edit: {
          title: "Webinar <b>13</b>",
          description: null,
          tags: null,
          add_tags: [],
          remove_tags: [],
          categories: null,
          publish: null,
        },
      }),
    ]);
    await waitFor(() =>
      expect(title).toHaveAccessibleDescription(say("library.kept", { has: "Webinar 13" })),
    );
    await user.clear(title);
    await user.type(title, "Webinar 13, again{Enter}");

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(card(/^Webinar 13, again/)).toBeVisible();
  });

  test("several are edited together, and each that kept its own is named", async () => {
    const { user, asked } = await open("library-edit-many");
    await user.type(inside().getByLabelText(say("details.tags")), "locked,");
    await user.selectOptions(inside().getByLabelText(say("library.visible")), "now");
    await user.click(inside().getByRole("button", { name: say("edit.save", { count: 2 }) }));

    await waitFor(() =>
      expect(inside().getByLabelText(say("details.tags"))).toHaveAccessibleDescription(
        say("library.kept_many", {
          count: 2,
          titles:
            language === "en"
              ? "Onboarding, part 1 and Onboarding, part 2"
              : "Onboarding, part 1 og Onboarding, part 2",
        }),
      ),
    );
    expect(asked.at(-1)?.[1]).toMatchObject({
      edit: { add_tags: ["locked"], publish: "now" },
    });
  });
});

describe("the keyboard among the videos", () => {
  test("walks in two directions, selects a range, and opens what Enter opens", async () => {
    const { user } = await openWindow("library");
    await user.click(card(/^Product tour/));
    await user.keyboard("{ArrowRight}{ArrowDown}");

    // Four stand side by side.
    expect(card(/^Webinar 13/)).toHaveFocus();
    await user.keyboard("{Shift>}{ArrowRight}{ArrowRight}{/Shift}");

    expect(screen.getAllByRole("gridcell", { selected: true })).toHaveLength(3);
    expect(screen.getByText("3 selected")).toBeVisible();
    await user.keyboard("{Control>}e{/Control}");

    expect(dialog()).toHaveAccessibleName("Edit 3 videos");
    await user.click(inside().getByRole("button", { name: "Cancel" }));
    await user.keyboard("{End}");

    expect(card(/^Webinar 11/)).toHaveFocus();
    await user.keyboard("{Enter}");

    expect(dialog()).toHaveAccessibleName("Webinar 11: Numbers that matter");
  });

  test("is for the card that was pressed, though the press never became a click", async () => {
    const { user } = await openWindow("library");
    await user.pointer([
      { keys: "[MouseLeft>]", target: card(/^Autumn campaign/) },
      { keys: "[/MouseLeft]", target: screen.getByRole("grid") },
    ]);
    await user.keyboard("{F2}");

    expect(inside().getByDisplayValue(/^Autumn campaign/)).toBeVisible();
  });

  test("has what a mouse has: replace and thumbnail, from the menu and by their letters", async () => {
    const { user, asked } = await openWindow("library");
    await user.click(card(/^Spring keynote/));
    await user.keyboard("{Shift>}{F10}{/Shift}");

    expect(
      within(screen.getByRole("menu"))
        .getAllByRole("menuitem")
        .map((one) => one.textContent.trim()),
    ).toEqual([
      expect.stringMatching(/^Edit details…/),
      expect.stringMatching(/^Replace video…/),
      expect.stringMatching(/^Set thumbnail…/),
      "Thumbnail from a moment…",
      "Open in TwentyThree",
      "Open the public page",
      expect.stringMatching(/^Copy link/),
    ]);
    await user.keyboard("{Escape}t");

    await waitFor(() =>
      expect(dialog()).toHaveAccessibleName("New thumbnail for “Spring keynote”?"),
    );
    expect(asked).toContainEqual(["library_choose", { want: "image" }]);
    await user.click(inside().getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(card(/^Spring keynote/)).toHaveFocus());
    await user.keyboard("r");

    await waitFor(() => expect(dialog()).toHaveAccessibleName("Replace “Spring keynote”?"));
  });
});

test("a moment goes through the queue, where it has no file to be shown", async () => {
  const { user, app, pass } = await openWindow("library-moment");
  await user.click(inside().getByRole("button", { name: "Set as thumbnail" }));
  await pass(200);
  app.go("queue");
  const row = await screen.findByRole("row", { name: /^Spring keynote/ });
  await user.click(row);
  await user.keyboard("{Shift>}{F10}{/Shift}");

  expect(within(screen.getByRole("menu")).queryByText("Show in folder")).toBeNull();
  expect(within(screen.getByRole("menu")).getByText("View log")).toBeVisible();
});

test("five thousand are asked for as they are looked at, and few are drawn", async () => {
  const { user, asked, pass } = await openWindow("library-many");
  const pages = () =>
    asked.flatMap(([name, request]) =>
      name === "library_page" ? [(request as { page: number }).page] : [],
    );

  expect(screen.getByRole("grid")).toHaveAttribute("aria-rowcount", "1250");
  expect(cards().length).toBeLessThan(120);
  expect(pages().every((page) => page <= 2)).toBe(true);
  await user.click(card(/^Episode 5000/));
  await user.keyboard("{End}");
  await pass(0);

  await waitFor(() => expect(pages().at(-1)).toBe(84));
  expect(pages().length).toBeLessThan(6);
});
