/** The one menu that can be open, where it stands and what it offers. `MenuLayer` draws it above everything. */
import type { IconName } from "./icons";

export interface MenuEntry {
  label: string;
  act: () => void;
  icon?: IconName;
  /** The keys that do the same. */
  keys?: string;
  tone?: "plain" | "bad";
  disabled?: boolean;
  /** A choice among several, and whether it is the one in force. */
  checked?: boolean;
}

export type MenuItem = MenuEntry | "line";

export interface OpenMenu {
  label: string;
  items: readonly MenuItem[];
  /** The rectangle that it hangs from; a point where the pointer asked for it. */
  anchor: { left: number; right: number; top: number; bottom: number };
  /** Where the focus goes afterwards. */
  origin: HTMLElement;
}

let menu = $state.raw<OpenMenu | null>(null);

export function currentMenu(): OpenMenu | null {
  return menu;
}

/** Opens a menu under an element. Pressed again, the same element closes it. */
export function openMenu(origin: HTMLElement, label: string, items: readonly MenuItem[]): void {
  if (menu?.origin === origin) {
    closeMenu();
    return;
  }
  menu = { label, items, anchor: origin.getBoundingClientRect(), origin };
}

/** Opens a menu where the pointer is. */
export function openMenuAt(
  point: { x: number; y: number },
  origin: HTMLElement,
  label: string,
  items: readonly MenuItem[],
): void {
  const { x, y } = point;
  menu = { label, items, anchor: { left: x, right: x, top: y, bottom: y }, origin };
}

export function closeMenu(): void {
  const origin = menu?.origin;
  menu = null;
  if (origin?.isConnected) origin.focus();
}
