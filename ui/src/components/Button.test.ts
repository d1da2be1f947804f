import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { createRawSnippet } from "svelte";
import { expect, test, vi } from "vitest";
import Button from "./Button.svelte";

const children = createRawSnippet(() => ({ render: () => "<span>Send</span>" }));

test.each([{ busy: true }, { "aria-disabled": true }, { "aria-disabled": "true" as const }])(
  "a button with %o says that it cannot be pressed, keeps the focus, and does nothing",
  async (state) => {
    const onclick = vi.fn();
    render(Button, { children, onclick, ...state });
    const button = screen.getByRole("button");
    button.focus();
    await userEvent.click(button);
    expect(button).toHaveAttribute("aria-disabled", "true");
    expect(button).toHaveFocus();
    expect(onclick).not.toHaveBeenCalled();
  },
);

test("a button that is not held back is pressed", async () => {
  const onclick = vi.fn();
  render(Button, { children, onclick, "aria-disabled": false });
  await userEvent.click(screen.getByRole("button"));
  expect(screen.getByRole("button")).not.toHaveAttribute("aria-disabled");
  expect(onclick).toHaveBeenCalledOnce();
});
