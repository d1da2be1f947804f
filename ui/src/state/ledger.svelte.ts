/**
 * The ledger of the folder that is looked into: what became of each of its files, a part at a time.
 *
 * The list says which places are in view; their parts are asked for, one after the other. When the folder tells that its
 * ledger may read otherwise, what is in view is asked for again, and stays until the answer is there.
 */
import { SvelteMap } from "svelte/reactivity";
import type { Backend, LedgerPart, LedgerRow, Request } from "../backend";
import type { Clock } from "./clock";

export type LedgerShow = Request<"folder_ledger">["show"];
export type LedgerCounts = LedgerPart["counts"];

/** Lines in one answer. */
const PART = 200;
/** Milliseconds without a letter before a search is asked. */
const TYPED = 250;
/** Milliseconds between two looks at a ledger that goes on changing. */
const PACE = 500;

/** Names a line, also one that has no number yet. */
export const keyOf = ({ line, folder, file }: LedgerRow): string =>
  line > 0 ? String(line) : `writing ${folder}/${file}`;

export class Ledger {
  /** The folder, by its id; null while none is looked into. */
  folder: string | null = $state(null);
  search = $state("");
  show: LedgerShow = $state("all");
  /** How many lines fit the question. */
  total = $state(0);
  /** Null before anything was heard. */
  counts: LedgerCounts | null = $state.raw(null);
  failed: unknown = $state.raw(null);
  busy = $state(false);
  /** Goes up with each answer, and with each question. */
  heard = $state(0);
  asked = $state(0);

  readonly #parts = new SvelteMap<number, readonly LedgerRow[]>();
  /** The places of all lines that are known, by key; made when somebody wants to know. */
  #places: Map<string, number> | null = null;
  /** The parts that are as the ledger reads now. */
  readonly #fresh = new Set<number>();
  #view = { first: 0, last: 0 };
  /** Which question it is; what answers an older one is not heard. */
  #turn = 0;
  #running = 0;
  /** The question that the lines answer. */
  #answered = 0;
  #revision: number | null = null;
  #pace: (() => void) | null = null;
  #typing = (): void => {};

  constructor(
    private readonly backend: Backend,
    private readonly clock: Clock,
  ) {}

  /** The line at a place, from 0; nothing while it is not known. */
  at(place: number): LedgerRow | undefined {
    return this.#parts.get(Math.floor(place / PART))?.[place % PART];
  }

  /** Where a line is, if it is among those that are known. */
  placeOf(key: string): number | undefined {
    void this.heard;
    this.#places ??= this.#placed();
    return this.#places.get(key);
  }

  #placed(): Map<string, number> {
    const places = new Map<string, number>();
    for (const [part, lines] of this.#parts) {
      lines.forEach((line, index) => places.set(keyOf(line), part * PART + index));
    }
    return places;
  }

  open(folder: string): void {
    this.close();
    this.folder = folder;
    this.#ask();
  }

  close(): void {
    this.#typing();
    this.#pace?.();
    this.#pace = null;
    this.#turn += 1;
    this.folder = null;
    this.search = "";
    this.show = "all";
    this.counts = null;
    this.#revision = null;
    this.#empty();
  }

  /** Somebody types: it is asked when they stop. */
  type(search: string): void {
    this.search = search;
    this.#typing();
    this.#typing = this.clock.after(TYPED, () => this.#ask());
  }

  choose(show: LedgerShow): void {
    this.show = show;
    this.#ask();
  }

  clear(): void {
    this.search = "";
    this.choose("all");
  }

  again(): void {
    this.#ask();
  }

  /** These places are in view. */
  look(first: number, last: number): void {
    this.#view = { first, last };
    void this.#next();
  }

  /** The folder's revision: with another one than before, what is in view is asked for again, though not all the time. */
  follow(revision: number): void {
    const before = this.#revision;
    this.#revision = revision;
    if (before === null || before === revision || this.#pace) return;
    this.#refresh();
  }

  #refresh(): void {
    const seen = this.#revision;
    this.#fresh.clear();
    void this.#next();
    this.#pace = this.clock.after(PACE, () => {
      this.#pace = null;
      if (this.#revision !== seen) this.#refresh();
    });
  }

  #ask(): void {
    this.#typing();
    this.#turn += 1;
    this.asked += 1;
    this.#fresh.clear();
    this.#view = { first: 0, last: 0 };
    void this.#next();
  }

  /** The first part in view that is not as the ledger reads now. */
  #wanted(): number | undefined {
    const { first, last } = this.#view;
    for (let part = Math.floor(first / PART); part <= Math.floor(last / PART); part += 1) {
      if (!this.#fresh.has(part)) return part;
    }
    return undefined;
  }

  async #next(): Promise<void> {
    const [folder, part, turn] = [this.folder, this.#wanted(), this.#turn];
    if (folder === null || part === undefined || this.#running === turn) return;
    this.#running = turn;
    this.#fresh.add(part);
    this.busy = true;
    try {
      const question = { search: this.search.trim(), show: this.show, from: part * PART };
      const reply = await this.backend.call("folder_ledger", { folder, ...question });
      if (turn === this.#turn) this.#take(part, reply);
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
    }
    if (turn !== this.#turn) return;
    this.#running = 0;
    this.busy = false;
    await this.#next();
  }

  #take(part: number, { lines, total, counts }: LedgerPart): void {
    if (this.#answered !== this.#turn) this.#parts.clear();
    this.#answered = this.#turn;
    this.#parts.set(part, lines);
    for (const known of this.#parts.keys()) {
      if (known * PART >= total && known > 0) this.#parts.delete(known);
    }
    this.#places = null;
    this.total = total;
    this.counts = counts;
    this.failed = null;
    this.heard += 1;
  }

  #fail(error: unknown): void {
    this.#empty();
    this.failed = error;
    // Asked again when somebody wants it.
    this.#view = { first: 0, last: 0 };
    this.#fresh.add(0);
  }

  #empty(): void {
    this.#parts.clear();
    this.#places = null;
    this.total = 0;
    this.failed = null;
  }
}
