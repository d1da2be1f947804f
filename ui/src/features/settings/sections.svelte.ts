/** The parts of the settings as they stand one below the other, and which of them is read. Each names itself when it is there. */
import { getContext, setContext, untrack } from "svelte";

export interface Part {
  id: string;
  title: string;
  element: HTMLElement;
}

export class Sections {
  parts: readonly Part[] = $state.raw([]);
  /** The one that is read, by its id. */
  current: string | null = $state(null);

  /** A part is there; returns what to do when it is not any more. */
  add(part: Part): () => void {
    const below = ({ element }: Part, other: Part): number =>
      element.compareDocumentPosition(other.element) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
    const others = untrack(() => this.parts).filter(({ id }) => id !== part.id);
    this.parts = [...others, part].toSorted(below);
    return () => {
      this.parts = this.parts.filter(({ element }) => element !== part.element);
    };
  }

  /** Sees which part is read: the last one that begins above this height of the scroller, and at its end the last of all. */
  look(scroller: HTMLElement, line: number): void {
    const { scrollTop, clientHeight, scrollHeight } = scroller;
    const atEnd = scrollTop > 0 && scrollTop + clientHeight >= scrollHeight - 1;
    const top = scroller.getBoundingClientRect().top + line;
    const begun = this.parts.filter(({ element }) => element.getBoundingClientRect().top <= top);
    this.current = ((atEnd ? this.parts : begun).at(-1) ?? this.parts[0])?.id ?? null;
  }
}

const KEY = Symbol("sections");

export const provideSections = (): Sections => setContext(KEY, new Sections());

export const useSections = (): Sections => getContext<Sections>(KEY);
