import { screen } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { openWindow } from "../../testing/window";

test("whoever leaves a screen by a key is in the one that comes, which says its name", async () => {
  const { user, pass } = await openWindow("busy");
  screen.getByRole("grid").querySelector<HTMLElement>("[tabindex='0']")?.focus();
  expect(document.body).not.toHaveFocus();

  const goes = async (key: string, title: string): Promise<void> => {
    await user.keyboard(`{Control>}${key}{/Control}`);
    await pass(0);
    const main = screen.getByRole("main", { name: title });
    expect(main.contains(document.activeElement)).toBe(true);
  };
  await goes("3", "Folders");
  await goes(",", "Settings");
  await goes("1", "Queue");
});

test("whoever leaves a screen by the sidebar stays there", async () => {
  const { user, pass } = await openWindow("busy");
  const settings = screen.getByRole("button", { name: "Settings" });
  await user.click(settings);
  await pass(0);
  expect(settings).toHaveFocus();
});
