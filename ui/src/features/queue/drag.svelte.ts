/** Moving rows by the pointer, among those that wait. Escape or letting go elsewhere leaves all as it was. */
import type { ItemId } from "../../backend";
import { speedAt } from "../../components/edge";
import type { App } from "../../state/app.svelte";
import { drop } from "./reorder";

/** Pixels before a press becomes a drag. */
const SLACK = 6;

export class Drag {
  /** What is being moved; empty while nothing is. */
  moved: ReadonlySet<ItemId> = $state.raw(new Set());
  /** The row that the pointer is over, and in which half. */
  over: ItemId | null = $state(null);
  below = $state(false);
  x = $state(0);
  y = $state(0);

  #pressed: { x: number; y: number; ids: ItemId[]; scroller: HTMLElement | null } | null = null;
  #frame = 0;

  constructor(private readonly app: App) {}

  /** A press on a row. It becomes a drag only if the row waits and the pointer moves. */
  begin(event: PointerEvent, id: ItemId, ids: ItemId[]): void {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!waits(this.app, id)) return;
    const target = event.currentTarget as HTMLElement;
    this.#pressed = {
      x: event.clientX,
      y: event.clientY,
      ids: ids.filter((one) => waits(this.app, one)),
      scroller: target.closest<HTMLElement>("[data-scroller]"),
    };
  }

  move(event: PointerEvent): void {
    if (!this.#pressed) return;
    const { clientX, clientY } = event;
    if (this.moved.size === 0) {
      if (Math.hypot(clientX - this.#pressed.x, clientY - this.#pressed.y) < SLACK) return;
      this.moved = new Set(this.#pressed.ids);
    }
    event.preventDefault();
    this.x = clientX;
    this.y = clientY;
    this.#look();
    this.#scroll();
  }

  end(): void {
    const { moved, over, below } = this;
    this.stop();
    if (moved.size === 0 || over === null) return;
    const target = drop(waiting(this.app), moved, over, below);
    if (!target) return;
    const ids = [...moved];
    void this.app.attempt(() => this.app.backend.call("move_before", { ids, ...target }));
  }

  stop(): void {
    this.#pressed = null;
    this.over = null;
    if (this.moved.size > 0) this.moved = new Set();
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  /** Which row lies under the pointer, if it is one that waits. */
  #look(): void {
    const row = document
      .elementFromPoint(this.x, this.y)
      ?.closest<HTMLElement>("[role=row][data-id]");
    const id = row?.dataset["id"];
    if (!row || id === undefined || !waits(this.app, id)) {
      this.over = null;
      return;
    }
    const { top, height } = row.getBoundingClientRect();
    this.over = id;
    this.below = this.y > top + height / 2;
  }

  #scroll(): void {
    if (this.#frame !== 0) return;
    const turn = (): void => {
      this.#frame = 0;
      const scroller = this.#pressed?.scroller;
      if (!scroller || this.moved.size === 0) return;
      const by = speedAt(this.y, scroller.getBoundingClientRect());
      if (by === 0) return;
      scroller.scrollTop += by;
      this.#look();
      this.#frame = requestAnimationFrame(turn);
    };
    this.#frame = requestAnimationFrame(turn);
  }
}

/** Whether an item can be moved: it has not begun. */
export function waits(app: App, id: ItemId): boolean {
  const placed = app.queue.entry(id)?.placed;
  return placed?.group === "waiting" && placed.row.stage === "queued";
}

/** The items that wait, as they are listed. */
export function waiting(app: App): ItemId[] {
  return app.queue.lines.flatMap((line) =>
    line.kind === "item" && waits(app, line.id) ? [line.id] : [],
  );
}
