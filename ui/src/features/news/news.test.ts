import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import { openWindow } from "../../testing/window";
import { say } from "../../words/index.svelte";
import { releases, since } from "./releases";

const dialog = (): HTMLElement => screen.getByRole("dialog");

test.each([
  ["nothing known", null, ["3"]],
  ["the one before", "2", ["3"]],
  ["one that was skipped over", "1", ["3", "2"]],
  ["a version that is not listed", "0.5", ["3"]],
  ["the last one itself", "3", ["3"]],
])("since %s", (_, before, wanted) => {
  const all = ["3", "2", "1"].map((version) => ({ version, lines: [] }));
  expect(since(before, all).map(({ version }) => version)).toEqual(wanted);
});

describe.each(["en", "da"] as const)("in %s", (language) => {
  test("after an update it is shown once, and is seen when it is closed", async () => {
    const { user, app, asked } = await openWindow("updated", language);
    expect(dialog()).toHaveAccessibleName(say("news.title"));
    expect(dialog()).toHaveTextContent(say("news.since", { version: "0.0.9" }));
    await user.click(
      within(dialog())
        .getAllByRole("button", { name: say("close") })
        .at(-1)!,
    );

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(asked.map(([command]) => command)).toContain("news_seen");
    expect(app.world.updatedFrom).toBeNull();
  });

  test("it can be read again from the settings, and every line is there", async () => {
    const { user } = await openWindow("settings", language);
    await user.click(screen.getByRole("button", { name: say("news.open") }));

    for (const line of releases[0]?.lines ?? []) expect(dialog()).toHaveTextContent(say(line));
  });
});
