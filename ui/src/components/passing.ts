/** What the window says in passing, for the dialog that is open: everything outside it is out of reach. */
import { getContext, setContext, type Snippet } from "svelte";

const KEY = Symbol("in passing");

export function sayInPassing(passing: Snippet): void {
  setContext(KEY, passing);
}

export function inPassing(): Snippet | undefined {
  return getContext<Snippet | undefined>(KEY);
}
