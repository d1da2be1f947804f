/** The keys that all lists know: those that move through one, and through what can be pressed in a row of it, and the menu's. */

export interface Stand {
  /** The place that the keyboard stands on. */
  active: number;
  /** How many places there are, in lines of so many columns. */
  total: number;
  columns: number;
  /** Lines on a page. */
  page: number;
}

/** The place that a key leads to, if it is one that moves. */
export function placeAfter(
  event: KeyboardEvent,
  { active, total, columns, page }: Stand,
): number | undefined {
  if (event.altKey || event.ctrlKey || event.metaKey) return undefined;
  const to = {
    ...(columns > 1 ? { ArrowRight: active + 1, ArrowLeft: active - 1 } : {}),
    ArrowDown: active + columns,
    ArrowUp: active - columns,
    PageDown: active + columns * page,
    PageUp: active - columns * page,
    Home: 0,
    End: total - 1,
  }[event.key];
  return to === undefined ? undefined : Math.min(total - 1, Math.max(0, to));
}

/** Left and right walk through what can be pressed in a row. */
export function sideways(event: KeyboardEvent): boolean {
  if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return false;
  if (event.altKey || event.ctrlKey || event.metaKey) return false;
  const target = event.target as HTMLElement;
  const row = target.closest<HTMLElement>("[role=row]");
  if (!row) return false;
  const stops = [row, ...row.querySelectorAll<HTMLElement>("button")];
  const next = stops[stops.indexOf(target) + (event.key === "ArrowRight" ? 1 : -1)];
  next?.focus();
  return true;
}

/** Whether a key is about to press a control: then it is the control's own. */
export function presses(event: KeyboardEvent): boolean {
  const onButton = (event.target as HTMLElement).matches("button");
  return onButton && (event.key === "Enter" || event.key === " ");
}

/** Where a row's menu opens, so far from its left, if a key asks for one. */
export function menuPoint(
  event: KeyboardEvent,
  fromLeft: number,
): { x: number; y: number } | undefined {
  const asks = event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey);
  if (!asks) return undefined;
  const { left, top, height } = (event.target as HTMLElement).getBoundingClientRect();
  return { x: left + fromLeft, y: top + height / 2 };
}
