/** Which videos of the library are selected, and where the keyboard stands: by their places in the list. */
import { SvelteSet } from "svelte/reactivity";
import type { LibraryVideo } from "../../backend";
import type { Library } from "../../state/library.svelte";

export class Selection {
  /** The numbers of the videos. */
  readonly ids = new SvelteSet<number>();
  /** The place that the keyboard stands on. */
  active = $state(0);
  /** Where a range begins. */
  #anchor = 0;

  constructor(private readonly library: Library) {}

  has(video: LibraryVideo | undefined): boolean {
    return video !== undefined && this.ids.has(video.id);
  }

  clear(): void {
    this.ids.clear();
  }

  /** The one at this place and no other. */
  only(place: number): void {
    this.ids.clear();
    this.#add(place);
    this.#anchor = place;
    this.active = place;
  }

  toggle(place: number): void {
    const video = this.library.at(place);
    if (video && !this.ids.delete(video.id)) this.ids.add(video.id);
    this.#anchor = place;
    this.active = place;
  }

  /** All from where the range began to this one, as far as they are known. */
  extend(place: number): void {
    this.ids.clear();
    const [from, to] = [Math.min(this.#anchor, place), Math.max(this.#anchor, place)];
    for (let at = from; at <= to; at += 1) this.#add(at);
    this.active = place;
  }

  /** The videos that are selected. */
  videos(): LibraryVideo[] {
    return [...this.ids].flatMap((id) => this.library.videos.get(id) ?? []);
  }

  /** What an act on this video is meant for: the selection if it is part of one, else it alone. */
  around(video: LibraryVideo): LibraryVideo[] {
    return this.ids.has(video.id) && this.ids.size > 1 ? this.videos() : [video];
  }

  /** Lets go of what is not shown any more. */
  keep(): void {
    for (const id of this.ids) if (!this.library.videos.has(id)) this.ids.delete(id);
    this.active = Math.max(0, Math.min(this.active, this.library.total - 1));
  }

  #add(place: number): void {
    const video = this.library.at(place);
    if (video) this.ids.add(video.id);
  }
}
