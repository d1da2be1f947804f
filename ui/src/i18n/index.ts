/** The languages of the app and the choice between them. */
import { da } from "./da";
import { en, type Messages } from "./en";

export type { Messages };
export type Language = "en" | "da";

/** Every language with all of its messages. */
export const languages: Record<Language, Messages> = { en, da };

/** The first of the person's languages that we speak; English when we speak none of them. */
export function chooseLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split("-")[0];
    if (primary === "da" || primary === "en") return primary;
  }
  return "en";
}
