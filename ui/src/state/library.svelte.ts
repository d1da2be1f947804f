/**
 * The videos of a workspace, as far as somebody has looked: how many there are, and those that were drawn or are about to be.
 *
 * A question (search, filters) is answered page by page. What is drawn says which places it needs; one page after the other
 * is asked for, the one that is looked at now before those that were scrolled past. What was there stays until the new
 * answer is.
 */
import { SvelteMap } from "svelte/reactivity";
import type { Backend, LibraryPage, LibraryVideo, Remedy, Show, Told } from "../backend";
import type { Clock } from "./clock";
import { isTold } from "./told";

export interface Question {
  search: string;
  show: Show;
  category: string | null;
}

/** Milliseconds without a letter before a search is asked. */
const TYPED = 250;
/** Milliseconds between two tries while the workspace cannot be asked. */
const PATIENCE = 20_000;
/** Milliseconds after which a list that is opened again is asked for anew. */
const STALE = 15_000;

/** What goes by itself. */
const PASSING: ReadonlySet<Remedy> = new Set(["wait_for_network", "retry_now", "retry_after"]);

export class Library {
  /** What is asked. `search` runs ahead of it while somebody types. */
  question: Question = $state.raw({ search: "", show: "all", category: null });
  search = $state("");
  total = $state(0);
  /** When the workspace said so, in milliseconds; null before it was heard. */
  asOf: number | null = $state(null);
  /** Why this is only what was last known. */
  trouble: Told | null = $state.raw(null);
  /** Why nothing is known at all. */
  failed: unknown = $state.raw(null);
  /** An answer is awaited. */
  busy = $state(false);

  readonly videos = new SvelteMap<number, LibraryVideo>();
  /** The numbers of the videos by their places in the answer. */
  readonly #places = new SvelteMap<number, number>();
  readonly #pages = new Set<number>();
  readonly #needed = new Map<number, number>();
  #workspace: string | null = null;
  #size = 1;
  /** Which question it is; what answers an older one is not heard. */
  #turn = 0;
  #asked = 0;
  /** The question whose answer is on its way. An older one does not hold up the next. */
  #running = 0;
  #typing = (): void => {};

  constructor(
    private readonly backend: Backend,
    private readonly clock: Clock,
    private readonly complain: (error: unknown) => void,
  ) {}

  /** The video at a place, from 0; nothing while it is not known. */
  at(place: number): LibraryVideo | undefined {
    const id = this.#places.get(place);
    return id === undefined ? undefined : this.videos.get(id);
  }

  /** Somebody looks at this workspace. */
  open(workspace: string): void {
    if (workspace !== this.#workspace) {
      this.#workspace = workspace;
      this.#forget();
      this.total = 0;
      this.asOf = null;
      this.search = "";
      this.question = { search: "", show: "all", category: null };
      this.again();
    } else if (this.#wrong() || this.clock.now() - this.#asked > STALE) {
      this.again();
    }
  }

  /** What is shown is not what the workspace says now. */
  #wrong(): boolean {
    return this.failed !== null || this.trouble !== null;
  }

  /** Somebody types: it is asked when they stop. */
  type(search: string): void {
    this.search = search;
    this.#typing();
    this.#typing = this.clock.after(TYPED, () => this.ask({ search: search.trim() }));
  }

  ask(question: Partial<Question>): void {
    this.#typing();
    const next = { ...this.question, ...question };
    const { search, show, category } = this.question;
    if (next.search === search && next.show === show && next.category === category) return;
    this.question = next;
    this.again();
  }

  /** All of it is asked for anew. */
  again(): void {
    this.#turn += 1;
    this.#asked = this.clock.now();
    this.#pages.clear();
    void this.#next();
  }

  /** Goes on asking while the network or the server is in the way; returns the function that ends it. */
  keepTrying(): () => void {
    return this.clock.every(PATIENCE, () => {
      const wrong = this.failed ?? this.trouble;
      if (isTold(wrong) && PASSING.has(wrong.remedy)) this.again();
    });
  }

  /** A place that is drawn; returns the function that says it is not any more. */
  need(place: number): () => void {
    const page = this.#pageOf(place);
    this.#needed.set(page, (this.#needed.get(page) ?? 0) + 1);
    queueMicrotask(() => void this.#next());
    return () => {
      const left = (this.#needed.get(page) ?? 1) - 1;
      if (left > 0) this.#needed.set(page, left);
      else this.#needed.delete(page);
    };
  }

  /** A video as it is now. */
  see(video: LibraryVideo): void {
    if (video.workspace === this.#workspace) this.videos.set(video.id, video);
  }

  /** Asks for a video that has changed, if it is one of those that are shown. */
  async look(workspace: string, id: number): Promise<void> {
    if (workspace !== this.#workspace || !this.videos.has(id)) return;
    try {
      this.see(await this.backend.call("library_video", { workspace, video: id }));
    } catch (error) {
      if (isTold(error) && error.code === "video_unknown") this.again();
    }
  }

  #pageOf(place: number): number {
    return Math.floor(place / this.#size) + 1;
  }

  /** The page to be asked for: the first before any other, then the last that somebody came to. */
  #wanted(): number | undefined {
    if (!this.#pages.has(1)) return 1;
    return [...this.#needed.keys()].findLast((page) => !this.#pages.has(page));
  }

  async #next(): Promise<void> {
    const [workspace, page, turn] = [this.#workspace, this.#wanted(), this.#turn];
    if (this.#running === turn || workspace === null || page === undefined) return;
    this.#running = turn;
    this.#pages.add(page);
    this.busy = true;
    try {
      const reply = await this.backend.call("library_page", { workspace, ...this.question, page });
      if (turn === this.#turn) this.#take(reply);
    } catch (error) {
      if (turn === this.#turn) this.#fail(page, error);
    }
    if (turn !== this.#turn) return;
    this.#running = 0;
    this.busy = this.#wanted() !== undefined;
    if (this.busy) await this.#next();
  }

  #take({ videos, total, page, size, as_of, trouble }: LibraryPage): void {
    if (page === 1) this.#forget();
    this.#pages.add(page);
    this.#size = size;
    this.total = total;
    this.asOf = as_of * 1000;
    this.trouble = trouble;
    this.failed = null;
    videos.forEach((video, index) => {
      this.videos.set(video.id, video);
      this.#places.set((page - 1) * size + index, video.id);
    });
  }

  #fail(page: number, error: unknown): void {
    if (page > 1) {
      this.complain(error);
      return;
    }
    this.#forget();
    this.total = 0;
    this.failed = error;
    this.#pages.add(page);
  }

  #forget(): void {
    this.#pages.clear();
    this.#places.clear();
    this.videos.clear();
    this.failed = null;
    this.trouble = null;
  }
}
