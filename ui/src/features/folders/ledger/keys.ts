/** The keys in a ledger, as they are listed; `lineKeys.ts` acts on them. */
import type { Key } from "../../../words/index.svelte";

export const ledgerKeys: readonly { keys: string; says: Key }[] = [
  { keys: "↑ ↓", says: "shortcuts.move" },
  { keys: "Shift+↑ ↓", says: "shortcuts.select" },
  { keys: "Enter", says: "act.open_admin" },
  { keys: "S", says: "settle.again" },
  { keys: "Shift+F10", says: "shortcuts.menu" },
  { keys: "Esc", says: "folders.back" },
];
