/** The keys that work everywhere in the window. What works in the queue's list alone is in `queue/keys.ts`. */
import type { App } from "../../state/app.svelte";
import type { Key } from "../../words/index.svelte";

export const MAC = navigator.userAgent.includes("Mac");

/** A key as it is printed: "⌘O" or "Ctrl+O". */
export function keys(combination: string): string {
  return MAC
    ? combination
        .replace("Mod+", "⌘")
        .replace("Alt+", "⌥")
        .replace("Shift+", "⇧")
        .replace("Delete", "⌫")
    : combination.replace("Mod+", "Ctrl+");
}

interface Shortcut {
  keys: string;
  says: Key;
  act: (app: App) => void;
}

/** Whoever types wants letters and not commands. */
function typing(event: KeyboardEvent): boolean {
  const { target } = event;
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type))
  );
}

export const shortcuts: readonly Shortcut[] = [
  { keys: "Mod+O", says: "queue.choose_files", act: (app) => void app.offers.choose("files") },
  {
    keys: "Mod+Shift+O",
    says: "queue.choose_folder",
    act: (app) => void app.offers.choose("folder"),
  },
  { keys: "Mod+V", says: "shortcuts.paste", act: (app) => void app.offers.paste() },
  { keys: "Mod+F", says: "shortcuts.find", act: (app) => app.find() },
  { keys: "Mod+1", says: "queue.title", act: (app) => app.go("queue") },
  { keys: "Mod+2", says: "library.title", act: (app) => app.go("library") },
  { keys: "Mod+3", says: "folders.title", act: (app) => app.go("folders") },
  { keys: "Mod+,", says: "settings.title", act: (app) => app.go("settings") },
  {
    keys: "Mod+Q",
    says: "quit.title",
    act: (app) => void app.attempt(() => app.backend.call("quit", {})),
  },
  { keys: "?", says: "shortcuts.title", act: (app) => app.dialogs.open("shortcuts", {}) },
];

/** What a key does, if it does anything here. */
export function shortcutOf(event: KeyboardEvent): Shortcut["act"] | undefined {
  const mod = MAC ? event.metaKey : event.ctrlKey;
  const pressed = [
    mod ? "Mod" : "",
    event.shiftKey && event.key !== "?" ? "Shift" : "",
    event.key.length === 1 ? event.key.toUpperCase() : event.key,
  ];
  if (event.altKey) return undefined;
  const name = pressed.filter(Boolean).join("+");
  // A field has its own way with letters and with the clipboard.
  if (typing(event) && (!mod || name === "Mod+V")) return undefined;
  return shortcuts.find((shortcut) => shortcut.keys === name)?.act;
}
