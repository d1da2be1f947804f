/** The keys among the videos of the library, as they are listed; `gridKeys.ts` acts on them. */
import type { Key } from "../../words/index.svelte";

export const libraryKeys: readonly { keys: string; says: Key }[] = [
  { keys: "↑ ↓ ← →", says: "shortcuts.move" },
  { keys: "Shift+↑ ↓", says: "shortcuts.select" },
  { keys: "Enter", says: "shortcuts.edit" },
  { keys: "R", says: "shortcuts.replace" },
  { keys: "T", says: "shortcuts.thumbnail" },
  { keys: "Mod+L", says: "act.copy_link" },
  { keys: "Shift+F10", says: "shortcuts.menu" },
];
