/** The library's screen as tests look at it. */
import { screen, within } from "@testing-library/svelte";

export const card = (name: RegExp | string): HTMLElement => screen.getByRole("gridcell", { name });

export const dialog = (): HTMLElement => screen.getByRole("dialog");

export const inside = () => within(dialog());

/** What is drawn in it, by its address. */
export const pictureIn = (element: HTMLElement): string | null | undefined =>
  element.querySelector("img")?.getAttribute("src");
