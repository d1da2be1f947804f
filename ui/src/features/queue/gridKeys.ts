/** The keyboard in the list of uploads: moving, selecting, and doing what the menu does. */
import type { ItemId } from "../../backend";
import type { App } from "../../state/app.svelte";
import type { Line } from "../../state/lists";
import { need } from "../../state/need";
import { count } from "../../words/amounts";
import { language, say } from "../../words/index.svelte";
import { MAC } from "../frame/shortcuts";
import { menuPoint, placeAfter, presses, sideways } from "../selection/moving";
import { perform, runs } from "./acts";
import { waiting } from "./drag.svelte";
import { step } from "./reorder";
import type { Selection } from "./selection.svelte";

export interface GridState {
  app: App;
  selection: Selection;
  lines: readonly Line[];
  /** The index of the line that the keyboard stands on. */
  at: number;
  /** Lines on a page. */
  page: number;
  go: (key: string) => void;
  edit: (id: ItemId) => void;
  menu: (point: { x: number; y: number }, id: ItemId) => void;
}

export function gridKey(event: KeyboardEvent, grid: GridState): void {
  // Fields have their own keys.
  if ((event.target as HTMLElement).matches("input, textarea, select")) return;
  if (presses(event)) return;
  if (move(event, grid) || sideways(event) || act(event, grid)) {
    event.preventDefault();
    event.stopPropagation();
  }
}

function move(event: KeyboardEvent, { selection, lines, at, page, go }: GridState): boolean {
  const to = placeAfter(event, { active: at, total: lines.length, columns: 1, page });
  if (to === undefined) return false;
  const line = lines[to];
  if (!line) return true;
  if (event.shiftKey && line.kind === "item") {
    const from = lines[at];
    if (selection.ids.size === 0 && from?.kind === "item") selection.only(from.id);
    selection.extend(line.id, lines);
  } else if (!event.shiftKey) {
    if (line.kind === "item") selection.only(line.id);
    else selection.clear();
  }
  go(line.key);
  return true;
}

function act(event: KeyboardEvent, grid: GridState): boolean {
  const { app, selection, lines, at } = grid;
  const line = lines[at];
  const mod = event.ctrlKey || event.metaKey;
  if (mod && event.key === "a") {
    selection.all(lines);
    return true;
  }
  if (line?.kind !== "item") return false;
  const { id } = line;
  const ids = selection.around(id);
  const doing = (what: Parameters<typeof perform>[1]): true => {
    void perform(app, what, ids);
    return true;
  };
  if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    return reorder(app, ids, event.key === "ArrowUp" ? -1 : 1);
  }
  if (mod) {
    switch (event.key) {
      case "e":
        return doing("edit");
      case "l":
        return doing("copy_link");
      case "p":
        return doing(app.queue.rows(ids).some(runs) ? "pause" : "resume");
      default:
        return false;
    }
  }
  const point = menuPoint(event, 96);
  if (point) {
    grid.menu(point, id);
    return true;
  }
  switch (event.key) {
    case " ":
      selection.toggle(id);
      return true;
    case "F2":
      grid.edit(id);
      return true;
    case "Enter": {
      const placed = app.queue.entry(id)?.placed;
      const wanted = placed ? need(placed.row, placed.at) : null;
      if (wanted) void perform(app, wanted, [id]);
      return true;
    }
    case "Delete":
      return doing("remove");
    case "Backspace":
      return MAC && doing("remove");
    case "Escape":
      selection.clear();
      return true;
    default:
      return false;
  }
}

/** Moves a block of items by one place and says where it is then. */
function reorder(app: App, ids: readonly ItemId[], by: -1 | 1): true {
  const order = waiting(app);
  const chosen = new Set(ids);
  const block = order.filter((id) => chosen.has(id));
  const target = step(order, new Set(block), by);
  if (!target) return true;
  void app.attempt(async () => {
    await app.backend.call("move_before", { ids: block, ...target });
    const first = order.indexOf(block[0] ?? "") + by;
    app.notices.announce(
      say("drag.moved", {
        place: count(language(), Math.max(1, first + 1)),
        all: count(language(), order.length),
      }),
    );
  });
  return true;
}
