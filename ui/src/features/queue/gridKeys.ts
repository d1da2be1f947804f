/** The keyboard in the list of uploads: moving, selecting, and doing what the menu does. */
import type { ItemId } from "../../backend";
import type { App } from "../../state/app.svelte";
import type { Line } from "../../state/lists";
import { need } from "../../state/need";
import { count } from "../../words/amounts";
import { language, say } from "../../words/index.svelte";
import { MAC } from "../frame/shortcuts";
import { sideways } from "../selection/moving";
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
  const target = event.target as HTMLElement;
  // Fields have their own keys; a button has Enter and the space bar.
  if (target.matches("input, textarea, select")) return;
  if (target.matches("button") && (event.key === "Enter" || event.key === " ")) return;
  if (move(event, grid) || sideways(event) || act(event, grid)) {
    event.preventDefault();
    event.stopPropagation();
  }
}

function move(event: KeyboardEvent, { selection, lines, at, page, go }: GridState): boolean {
  if (event.altKey || event.ctrlKey || event.metaKey) return false;
  const to = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: lines.length - 1,
  }[event.key];
  if (to === undefined) return false;
  const line = lines[Math.min(lines.length - 1, Math.max(0, to))];
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
    case "ContextMenu":
    case "F10": {
      if (event.key === "F10" && !event.shiftKey) return false;
      const box = (event.target as HTMLElement).getBoundingClientRect();
      grid.menu({ x: box.left + 96, y: box.top + box.height / 2 }, id);
      return true;
    }
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
