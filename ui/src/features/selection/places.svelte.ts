/** What is selected of a long list that is known in parts, and where the keyboard stands: by their places in the list. */
import { SvelteSet } from "svelte/reactivity";

export class Places {
  /** The numbers of what is selected. */
  readonly ids = new SvelteSet<number>();
  /** The place that the keyboard stands on. */
  active = $state(0);
  /** Where a range begins. */
  #anchor = 0;

  /** `at` tells the number of what is at a place, where that is known and can be selected. */
  constructor(private readonly at: (place: number) => number | undefined) {}

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
    const id = this.at(place);
    if (id !== undefined && !this.ids.delete(id)) this.ids.add(id);
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

  /** As a press means it: with Shift a range, with Ctrl one more or one less, else this one and no other. */
  press({ shiftKey, ctrlKey, metaKey }: MouseEvent, place: number): void {
    if (shiftKey) this.extend(place);
    else if (ctrlKey || metaKey) this.toggle(place);
    else this.only(place);
  }

  /** As a key that moves means it. */
  step({ shiftKey }: KeyboardEvent, place: number): void {
    if (shiftKey) this.extend(place);
    else this.only(place);
  }

  /** The list has so many places by now. */
  within(total: number): void {
    this.active = Math.max(0, Math.min(this.active, total - 1));
  }

  #add(place: number): void {
    const id = this.at(place);
    if (id !== undefined) this.ids.add(id);
  }
}

/** The place in its list of what a line or something in it is drawn for; nothing for the list itself. */
export function placeOf(target: EventTarget | null): number | undefined {
  const place = (target as HTMLElement | null)?.closest<HTMLElement>("[data-place]")?.dataset.place;
  return place === undefined ? undefined : Number(place);
}
