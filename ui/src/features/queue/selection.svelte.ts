/** What is selected in the list, and where the keyboard stands. It knows lines and keys, nothing of uploads. */
import { SvelteSet } from "svelte/reactivity";
import type { ItemId } from "../../backend";
import type { Line } from "../../state/lists";

export class Selection {
  readonly ids = new SvelteSet<ItemId>();
  /** The line that the keyboard stands on, by its key: an item's or a headline's. */
  active: string | null = $state(null);
  /** Where a range begins. */
  #anchor: ItemId | null = null;

  has(id: ItemId): boolean {
    return this.ids.has(id);
  }

  clear(): void {
    this.ids.clear();
    this.#anchor = null;
  }

  /** This one and no other. */
  only(id: ItemId): void {
    this.ids.clear();
    this.ids.add(id);
    this.#anchor = id;
    this.active = id;
  }

  toggle(id: ItemId): void {
    if (!this.ids.delete(id)) this.ids.add(id);
    this.#anchor = id;
    this.active = id;
  }

  /** All from where the range began to this one, as they are listed. */
  extend(to: ItemId, lines: readonly Line[]): void {
    const order = lines.flatMap((line) => (line.kind === "item" ? [line.id] : []));
    const from = this.#anchor === null ? -1 : order.indexOf(this.#anchor);
    const end = order.indexOf(to);
    if (from < 0 || end < 0) {
      this.only(to);
      return;
    }
    const range = order.slice(Math.min(from, end), Math.max(from, end) + 1);
    this.ids.clear();
    for (const id of range) this.ids.add(id);
    this.active = to;
  }

  all(lines: readonly Line[]): void {
    for (const line of lines) if (line.kind === "item") this.ids.add(line.id);
  }

  /** Lets go of what is not there any more. */
  keep(there: (id: ItemId) => boolean): void {
    for (const id of this.ids) if (!there(id)) this.ids.delete(id);
  }

  /** What an act on this item is meant for: the selection if it is part of one, else it alone. */
  around(id: ItemId): ItemId[] {
    return this.ids.has(id) && this.ids.size > 1 ? [...this.ids] : [id];
  }
}
