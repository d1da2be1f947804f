/**
 * What the window says: `say(key, values)` in the language in force.
 *
 * The texts are in `messages/window/`, a flat file for each language, in ICU MessageFormat. `say` reads the language
 * from a piece of state, so whatever shows a text changes with the language, at once.
 */
import { IntlMessageFormat } from "intl-messageformat";
import { languages, type Key, type Language } from "./languages";

export type { Key, Language };
export type Values = Record<string, string | number>;

let current = $state<Language>("en");
const compiled: Record<Language, Map<Key, IntlMessageFormat>> = { en: new Map(), da: new Map() };

/** The language in force. */
export function language(): Language {
  return current;
}

/** From now on every text is in this language, and the page says so to whoever reads it aloud. */
export function speak(next: Language): void {
  current = next;
  document.documentElement.lang = next;
}

/** The text of `key` with its values. A value that the text needs and does not get is an error. */
export function say(key: Key, values?: Values): string {
  let format = compiled[current].get(key);
  if (!format) {
    format = new IntlMessageFormat(languages[current][key], current, undefined, {
      ignoreTag: true,
    });
    compiled[current].set(key, format);
  }
  return String(format.format(values));
}
