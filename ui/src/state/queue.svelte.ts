/**
 * The queue as the pages see it: every item, where it stands, how it moves, and what they sum up to.
 *
 * It is fed whole (`reset`) or by changes (`change`), and `beat` once a second. An item's own signals change with the item;
 * the list is made anew only when something that orders or groups it has changed, so ten updates a second over ten thousand
 * items touch the few that run.
 */
import { untrack } from "svelte";
import { SvelteMap } from "svelte/reactivity";
import type { ItemId, Progress, Row } from "../backend";
import { causeOf, lines, type Filter, type Line, type Placed } from "./lists";
import { share as shareOf, Speed, steady, TimeLeft } from "./motion";
import { NOTHING_HELD, type Held } from "./speed";
import { group as groupOf, standing } from "./standing";
import { Batch, Tally, type Counts, type Share } from "./tally";

/** What moves of an item. */
export interface Motion {
  /** 0 to 1. */
  share: number;
  /** Bytes a second; 0 where that is not known. */
  rate: number;
  /** Seconds, as they are to be said. */
  left: number | undefined;
}

/** Milliseconds between a hand-over and the news of what it added. */
const TOGETHER = 5_000;

const placeOf = (workspace: string, video: number): string => `${workspace} ${video}`;

const STILL: Motion = { share: 0, rate: 0, left: undefined };

export class Entry {
  placed: Placed = $state.raw() as Placed;
  motion: Motion = $state.raw(STILL);
  progress: Progress | undefined;
  readonly speed = new Speed();
  readonly time = new TimeLeft();
  share: Share | undefined;

  constructor(row: Row, progress: Progress | undefined, held: Held) {
    this.progress = progress;
    this.place(row, held);
  }

  place(row: Row, held: Held): void {
    const at = standing(row, this.progress, held[row.lane]);
    this.placed = { row, at, group: groupOf(row, at) };
  }
}

/** What became of items in one update, for whoever speaks of it. */
export interface News {
  /** What wants somebody from now on, or for another reason. */
  wanting: Row[];
  cancelled: Row[];
  /** What put another file or picture in a video's place, and has. */
  replaced: Row[];
}

const wants = ({ at }: Placed): boolean => at.is === "needs_you";

export class Queue {
  readonly #entries = new Map<ItemId, Entry>();
  readonly #running = new Set<ItemId>();
  readonly #speed = new Speed();
  readonly #time = new TimeLeft();
  #moved = 0;
  #tally = new Tally();
  #batch = new Batch();
  /** Items that were handed over again although they were done, and when. */
  readonly #there = new Map<ItemId, number>();
  #structure = $state(0);
  #held: Held = NOTHING_HELD;

  /** What is to go in the place of which video, as `placeOf` names it. */
  readonly #replacing = new SvelteMap<string, ItemId>();

  filter: Filter = $state.raw({ text: "", group: null });
  counts: Counts = $state.raw(new Tally().read());
  /** Of everything together. */
  motion: Motion = $state.raw(STILL);

  readonly lines: Line[] = $derived.by(() => {
    void this.#structure;
    const filter = this.filter;
    return untrack(() => lines(this.#placed(), filter));
  });

  *#placed(): Iterable<Placed> {
    for (const entry of this.#entries.values()) yield entry.placed;
  }

  /** How many items there are, filtered or not. */
  get size(): number {
    void this.#structure;
    return this.#entries.size;
  }

  /** The entry of an item; it stays the same one for as long as the item is there. */
  entry(id: ItemId): Entry | undefined {
    void this.#structure;
    return this.#entries.get(id);
  }

  /** The item that is to replace a video, or its picture, and has not done so. */
  replacing(workspace: string, video: number): Entry | undefined {
    const id = this.#replacing.get(placeOf(workspace, video));
    return id === undefined ? undefined : this.entry(id);
  }

  /** How many items there are of which this is true. */
  count(test: (row: Row) => boolean): number {
    let found = 0;
    for (const { row } of this.#placed()) if (test(row)) found += 1;
    return found;
  }

  /** The items of these ids that are there. */
  rows(ids: Iterable<ItemId>): Row[] {
    const rows: Row[] = [];
    for (const id of ids) {
      const row = this.#entries.get(id)?.placed.row;
      if (row) rows.push(row);
    }
    return rows;
  }

  /** All of it anew. */
  reset(rows: readonly Row[], progress: readonly Progress[], now: number): void {
    const there = new Set(rows.map(({ id }) => id));
    const gone = [...this.#entries.keys()].filter((id) => !there.has(id));
    this.change({ rows, removed: gone, progress }, now);
  }

  /** What has changed. `progress` is of all that run, or null where it is as before. */
  change(
    update: {
      rows: readonly Row[];
      removed: readonly ItemId[];
      progress: readonly Progress[] | null;
    },
    now: number,
  ): News {
    return untrack(() => {
      const news: News = { wanting: [], cancelled: [], replaced: [] };
      let structural = false;
      for (const id of update.removed) structural = this.#remove(id) || structural;
      for (const row of update.rows) structural = this.#put(row, news, now) || structural;
      if (update.progress) structural = this.#progress(update.progress, now) || structural;
      if (structural) this.#structure += 1;
      this.counts = this.#tally.read(this.#there.size);
      return news;
    });
  }

  /** Takes note of what is not sent for now: those that it concerns stand elsewhere. */
  hold(held: Held): void {
    if (held.manual === this.#held.manual && held.automatic === this.#held.automatic) return;
    untrack(() => {
      this.#held = held;
      for (const entry of this.#entries.values()) {
        const { row } = entry.placed;
        if (row.stage !== "queued" && row.stage !== "uploading") continue;
        entry.place(row, held);
        this.#recount(entry);
      }
      this.#structure += 1;
      this.counts = this.#tally.read(this.#there.size);
    });
  }

  /** Takes note of items that were handed over and were in the queue already. */
  adopt(ids: readonly ItemId[], now: number): void {
    for (const { id, stage } of this.rows(ids)) if (stage === "done") this.#there.set(id, now);
    this.counts = this.#tally.read(this.#there.size);
  }

  /** Once a second: speeds and times left. They are said no more often than that. */
  beat(now: number): void {
    untrack(() => {
      for (const id of this.#running) {
        const entry = this.#entries.get(id);
        if (!entry) continue;
        const { row, at } = entry.placed;
        const uploading = at.is === "uploading";
        const rate = uploading ? entry.speed.rate(now) : 0;
        const remaining = (1 - entry.motion.share) * row.total;
        const left = entry.time.estimate(remaining, rate, now);
        this.#move(entry, { ...entry.motion, rate, left: steady(entry.motion.left, left) });
      }
      this.#speed.sample(this.#moved, now);
      const { total, stored } = this.counts.batch;
      const rate = this.#speed.rate(now);
      const left = this.#time.estimate(total - stored, rate, now);
      this.motion = {
        share: total > 0 ? stored / total : 0,
        rate,
        left: steady(this.motion.left, left),
      };
    });
  }

  #remove(id: ItemId): boolean {
    const entry = this.#entries.get(id);
    if (!entry) return false;
    this.#target(entry.placed.row, false);
    if (entry.share) this.#tally.take(entry.share);
    this.#entries.delete(id);
    this.#running.delete(id);
    this.#batch.forget(id);
    return true;
  }

  #put(row: Row, news: News, now: number): boolean {
    this.#target(row, row.stage !== "done" && row.stage !== "cancelled");
    const old = this.#batch.note(row);
    for (const id of old) this.#recount(this.#entries.get(id));
    if (old.length > 0) this.#forgetThere(now);
    const entry = this.#entries.get(row.id);
    if (!entry) {
      const fresh = new Entry(row, undefined, this.#held);
      fresh.motion = { ...STILL, share: shareOf(0, 0, row.stored, row.total) };
      this.#entries.set(row.id, fresh);
      this.#recount(fresh);
      return true;
    }
    const before = entry.placed;
    entry.place(row, this.#held);
    if (wants(entry.placed) && (!wants(before) || row.stage !== before.row.stage))
      news.wanting.push(row);
    if (row.stage !== before.row.stage) {
      if (row.stage === "cancelled") news.cancelled.push(row);
      if (row.stage === "done" && row.replaces) news.replaced.push(row);
    }
    // Less than was there before is another attempt from the start, and no longer the same progress.
    const shown = row.stored < before.row.stored ? 0 : entry.motion.share;
    const sent = entry.progress?.sent ?? 0;
    this.#move(entry, { ...entry.motion, share: shareOf(shown, sent, row.stored, row.total) });
    this.#recount(entry);
    return this.#listedElsewhere(before, entry.placed);
  }

  /** Takes note of which video an item is about to replace. */
  #target({ id, workspace, replaces }: Row, open: boolean): void {
    if (!replaces) return;
    const place = placeOf(workspace, replaces.video);
    if (open) this.#replacing.set(place, id);
    else if (this.#replacing.get(place) === id) this.#replacing.delete(place);
  }

  /** A new batch begins, with what was handed over together with it. */
  #forgetThere(now: number): void {
    for (const [id, at] of this.#there) if (now - at > TOGETHER) this.#there.delete(id);
  }

  /** Whether a row has to be drawn in another place, or under another filter, than before. */
  #listedElsewhere(before: Placed, after: Placed): boolean {
    return (
      before.group !== after.group ||
      before.row.position !== after.row.position ||
      before.row.ended_at !== after.row.ended_at ||
      causeOf(before) !== causeOf(after) ||
      (this.filter.text !== "" && before.row.details !== after.row.details)
    );
  }

  #progress(all: readonly Progress[], now: number): boolean {
    let structural = false;
    const running = new Set(all.map(({ id }) => id));
    for (const id of this.#running) if (!running.has(id)) structural = this.#stop(id) || structural;
    for (const progress of all) {
      const entry = this.#entries.get(progress.id);
      if (!entry) continue;
      const before = entry.placed;
      const old = entry.progress;
      if (old) this.#moved += Math.max(0, progress.sent + progress.resent - old.sent - old.resent);
      entry.progress = progress;
      entry.speed.sample(progress.sent + progress.resent, now);
      this.#running.add(progress.id);
      const { row } = before;
      if (old?.held_up !== progress.held_up || old?.processing !== progress.processing) {
        entry.place(row, this.#held);
      }
      this.#move(entry, {
        ...entry.motion,
        share: shareOf(entry.motion.share, progress.sent, row.stored, row.total),
      });
      this.#recount(entry);
      structural = this.#listedElsewhere(before, entry.placed) || structural;
    }
    return structural;
  }

  #stop(id: ItemId): boolean {
    this.#running.delete(id);
    const entry = this.#entries.get(id);
    if (!entry) return false;
    const before = entry.placed;
    entry.progress = undefined;
    entry.place(before.row, this.#held);
    this.#move(entry, { ...STILL, share: entry.motion.share });
    return this.#listedElsewhere(before, entry.placed);
  }

  #move(entry: Entry, to: Motion): void {
    const { share, rate, left } = entry.motion;
    if (share !== to.share || rate !== to.rate || left !== to.left) entry.motion = to;
  }

  #recount(entry: Entry | undefined): void {
    if (!entry) return;
    const { row, at, group } = entry.placed;
    if (entry.share) this.#tally.take(entry.share);
    entry.share = {
      group,
      runs: at.is === "waiting" || at.is === "held" || at.is === "uploading" || at.is === "held_up",
      paused: at.is === "paused",
      sent: row.stage === "done" || row.stage === "stored",
      total: row.total,
      stored: Math.round(entry.motion.share * row.total),
      counted: this.#batch.has(row.id),
    };
    this.#tally.add(entry.share);
  }
}
