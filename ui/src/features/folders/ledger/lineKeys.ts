/** The keyboard in a ledger: moving, selecting, and doing what the menu does. */
import type { LedgerRow } from "../../../backend";
import type { App } from "../../../state/app.svelte";
import { menuPoint, placeAfter, presses, sideways } from "../../selection/moving";
import { openVideo, sendAgain } from "./acts";
import type { Selection } from "./selection.svelte";
import { videoOf } from "./words";

export interface LinesState {
  app: App;
  folder: string;
  selection: Selection;
  /** Lines on a page. */
  page: number;
  go: (place: number) => void;
  menu: (point: { x: number; y: number }, place: number) => void;
  /** Back to where the ledger was opened. */
  leave: () => void;
}

export function lineKey(event: KeyboardEvent, lines: LinesState): void {
  if (presses(event)) return;
  if (move(event, lines) || sideways(event) || act(event, lines)) {
    event.preventDefault();
    event.stopPropagation();
  }
}

function move(event: KeyboardEvent, { app, selection, page, go }: LinesState): boolean {
  const { total } = app.ledger;
  const place = placeAfter(event, { active: selection.active, total, columns: 1, page });
  if (place === undefined) return false;
  selection.step(event, place);
  go(place);
  return true;
}

function act(event: KeyboardEvent, state: LinesState): boolean {
  const { app, folder, selection, menu, leave } = state;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.key === "Escape") {
    if (selection.ids.size > 0) selection.clear();
    else leave();
    return true;
  }
  const line: LedgerRow | undefined = app.ledger.at(selection.active);
  if (!line) return false;
  const point = menuPoint(event, 96);
  if (point) {
    menu(point, selection.active);
    return true;
  }
  switch (event.key) {
    case "Enter":
      if (videoOf(line) !== null) void openVideo(app, folder, line.line);
      return true;
    case " ":
      selection.toggle(selection.active);
      return true;
    case "s":
      void sendAgain(app, folder, selection.around(line));
      return true;
    default:
      return false;
  }
}
