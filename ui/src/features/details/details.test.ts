import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import type { SceneName } from "../../backend/demo";
import { row } from "../../testing/rows";
import { openWindow } from "../../testing/window";
import { say } from "../../words/index.svelte";
import { asText } from "../log/text";
import { localTime } from "../fields/draft";
import { categoryOf, draftOf, editOf, keyOf, may, publishOf } from "./changes";

describe("what can still be changed", () => {
  test.each([
    ["a waiting upload", row(), true, true],
    ["one whose video is there", row({ stage: "stored", video_id: 7 }), true, true],
    ["a failed one", row({ stage: "failed" }), true, true],
    ["a public one", row({ stage: "done", published: true }), true, false],
    ["one that was taken out", row({ stage: "cancelled" }), false, false],
    [
      "a replacement",
      row({ replaces: { video: 7, kind: "video", moment_ms: null } }),
      false,
      false,
    ],
  ])("of %s", (_, of, details, publish) => {
    expect(may(of)).toMatchObject({ details, publish });
  });
});

describe("an edit", () => {
  const before = draftOf(row({ details: { tags: ["a"], categories: [11, "New"] } }));

  test("says nothing of what is as it was", () => {
    expect(editOf(before, { ...before }, { when: "draft" })).toBeNull();
  });

  test("says only what is different", () => {
    const edit = editOf(before, { ...before, tags: ["a", "b"] }, { when: "draft" });

    expect(edit).toEqual({
      title: null,
      title_pattern: null,
      description: null,
      tags: ["a", "b"],
      add_tags: null,
      categories: null,
      publish: null,
    });
  });

  test("keeps numbers and names of categories apart", () => {
    expect([11, "New", "11"].map(keyOf).map(categoryOf)).toEqual([11, "New", "11"]);
  });

  test("takes a date by this computer's clock, and none that has passed", () => {
    const now = Date.parse("2026-11-22T13:00:00Z");
    const at = new Date(now + 60_000);
    const date = localTime(at);

    expect(publishOf({ ...before, when: "on_date", date }, now)).toEqual({
      when: "on_date",
      at: at.toISOString(),
    });
    expect(publishOf({ ...before, when: "on_date", date }, now + 120_000)).toBeNull();
    expect(publishOf({ ...before, when: "on_date", date: "" }, now)).toBeNull();
  });
});

test("a log is copied with times that can be compared", () => {
  expect(asText([{ at: "2026-11-22T14:00:00+01:00", text: "taken in" }])).toBe(
    "2026-11-22T13:00:00.000Z  taken in\n",
  );
});

const dialog = (): HTMLElement => screen.getByRole("dialog");
const press = (name: string): HTMLElement => within(dialog()).getByRole("button", { name });
const field = (name: string): HTMLElement => within(dialog()).getByLabelText(name);

describe.each(["en", "da"] as const)("in %s", (language) => {
  const open = (scene: SceneName) => openWindow(scene, language);

  test("details are changed while bytes move, and only what was touched is sent", async () => {
    const { user, asked, pass } = await open("details");
    const title = field(say("details.title"));

    expect(title).toHaveFocus();
    await user.clear(title);
    await user.type(title, "Webinar 14, final");
    await pass(1000);
    expect(title).toHaveValue("Webinar 14, final");
    await user.selectOptions(field(say("details.categories")), "#14");
    await user.click(press(say("details.category_remove", { name: "Webinars" })));
    await user.click(press(say("save")));

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(asked).toContainEqual([
      "edit",
      expect.objectContaining({
        edit: {
          title: "Webinar 14, final",
          title_pattern: null,
          description: null,
          tags: null,
          add_tags: null,
          categories: [14],
          publish: null,
        },
      }),
    ]);
  });

  test("what goes along with a video is shown", async () => {
    await open("details");

    for (const thing of ["webinar-14.jpg", "webinar-14.en.srt", "webinar-14.da.srt", "speaker"]) {
      expect(dialog()).toHaveTextContent(thing);
    }
  });

  test("a date is asked for where one is chosen", async () => {
    const { user, asked } = await open("details");
    await user.selectOptions(field(say("details.publish_one")), "on_date");
    await user.click(press(say("save")));

    expect(field(say("details.date"))).toBeInvalid();
    expect(field(say("details.date"))).toHaveFocus();
    expect(asked.map(([name]) => name)).not.toContain("edit");
  });

  test("a failure shows what helps, and its raw cause when asked", async () => {
    const { user, asked } = await open("details-failed");

    expect(dialog()).not.toHaveTextContent("5 tries");
    await user.click(press(say("details")));
    expect(dialog()).toHaveTextContent("chunk 31: HTTP 500, 5 tries");
    await user.click(press(say("act.retry")));
    expect(asked.map(([name]) => name)).toContain("retry");
  });

  test("what is public stays so, and says why", async () => {
    await open("details-public");

    expect(field(say("details.publish_one"))).toBeDisabled();
    expect(field(say("details.publish_one"))).toHaveAccessibleDescription(say("details.public"));
    expect(field(say("details.title"))).toBeEnabled();
  });

  test("a replacement has no details of its own", async () => {
    await open("details-replacement");

    expect(dialog()).toHaveTextContent(say("details.replacement"));
    expect(within(dialog()).queryByRole("textbox")).toBeNull();
  });

  test("the log is read and copied", async () => {
    const { user, pass } = await open("log");

    const lines = await screen.findByRole("region", { name: say("log.lines") });
    expect(within(lines).getAllByRole("listitem")).toHaveLength(6);
    await user.click(press(say("log.copy")));
    await pass(0);
    expect(await navigator.clipboard.readText()).toMatch(/taken in: webinar-14\.mov\n/);
  });

  test("from the details one comes to the log, and back to the list", async () => {
    const { user } = await open("details");
    await user.click(press(say("act.log")));

    await screen.findByRole("region", { name: say("log.lines") });
    expect(screen.getAllByRole("dialog")).toHaveLength(1);
    const [, close] = within(dialog()).getAllByRole("button", { name: say("close") });
    if (close) await user.click(close);
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});
