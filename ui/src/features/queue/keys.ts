/** The keys of the queue's list, as they are listed; `Grid.svelte` acts on them. */
import type { Key } from "../../words/index.svelte";

export const queueKeys: readonly { keys: string; says: Key }[] = [
  { keys: "↑ ↓", says: "shortcuts.move" },
  { keys: "Shift+↑ ↓", says: "shortcuts.select" },
  { keys: "Mod+A", says: "shortcuts.select_all" },
  { keys: "F2", says: "shortcuts.title_edit" },
  { keys: "Enter", says: "shortcuts.act" },
  { keys: "Shift+F10", says: "shortcuts.menu" },
  { keys: "Alt+↑ ↓", says: "shortcuts.reorder" },
  { keys: "Mod+E", says: "shortcuts.edit" },
  { keys: "Mod+L", says: "act.copy_link" },
  { keys: "Mod+P", says: "shortcuts.pause" },
  { keys: "Delete", says: "act.remove" },
];
