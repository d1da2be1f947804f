/** How many items stand where, and the bytes of the batch under way. Kept by adding and taking away, so that a change of one row costs one row. */
import type { Row } from "../backend";
import { ended, type Group } from "./standing";

/** What one row adds. */
export interface Share {
  group: Group;
  /** Whether it would go on, or is paused; neither of what is out of anybody's hands. */
  runs: boolean;
  paused: boolean;
  /** Whether it has arrived, as opposed to taken out. */
  sent: boolean;
  /** Bytes of the item, and those that are there. */
  total: number;
  stored: number;
  /** Whether it belongs to the batch under way. */
  counted: boolean;
}

export interface Counts {
  groups: Readonly<Record<Group, number>>;
  /** Items that a pause would hold, and those that it holds. */
  running: number;
  paused: number;
  /** The batch under way, or the last one that was: its items, those of them that arrived, its bytes; and what was handed over again for nothing. */
  batch: Readonly<{ items: number; sent: number; there: number; total: number; stored: number }>;
}

export class Tally {
  #groups: Record<Group, number> = { needs_you: 0, uploading: 0, waiting: 0, finished: 0 };
  #running = 0;
  #paused = 0;
  #batch = { items: 0, sent: 0, total: 0, stored: 0 };

  add(share: Share): void {
    this.#change(share, 1);
  }

  take(share: Share): void {
    this.#change(share, -1);
  }

  /** The counts as they are now; they stay as they are. */
  read(there = 0): Counts {
    return {
      groups: { ...this.#groups },
      running: this.#running,
      paused: this.#paused,
      batch: { ...this.#batch, there },
    };
  }

  #change(share: Share, by: 1 | -1): void {
    this.#groups[share.group] += by;
    if (share.runs) this.#running += by;
    if (share.paused) this.#paused += by;
    if (!share.counted) return;
    this.#batch.items += by;
    if (share.sent) this.#batch.sent += by;
    this.#batch.total += by * share.total;
    this.#batch.stored += by * share.stored;
  }
}

/**
 * Which items the line at the bottom counts: those that were under way since the queue last stood empty. So "38 of
 * 120 GB" grows to 120 and begins again, instead of carrying yesterday's along.
 */
export class Batch {
  readonly #members = new Set<string>();
  readonly #open = new Set<string>();

  /** Takes note of a row as it is now. Returns those that no longer count, because a new batch has begun with it. */
  note(row: Row): readonly string[] {
    if (ended(row)) {
      this.#open.delete(row.id);
      if (row.stage === "cancelled") this.#members.delete(row.id);
      return [];
    }
    let old: string[] = [];
    if (this.#open.size === 0 && !this.#members.has(row.id)) {
      old = [...this.#members];
      this.#members.clear();
    }
    this.#members.add(row.id);
    this.#open.add(row.id);
    return old;
  }

  forget(id: string): void {
    this.#members.delete(id);
    this.#open.delete(id);
  }

  has(id: string): boolean {
    return this.#members.has(id);
  }
}
