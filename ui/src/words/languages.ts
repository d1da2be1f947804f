/** The languages of the window and the choice between them. */
import danish from "../../../messages/window/da.json";
import english from "../../../messages/window/en.json";

export type Language = "en" | "da";

/** The name of a message. English says which there are. */
export type Key = keyof typeof english;

/** Every message of a language. One that lacks a message, or has one too many, does not compile. */
export type Catalogue = Record<Key, string>;

type Exactly<T> = T & Record<Exclude<keyof T, Key>, never>;
const exactly = <T extends Catalogue>(catalogue: Exactly<T>): Catalogue => catalogue;

export const languages: Record<Language, Catalogue> = {
  en: english,
  da: exactly<typeof danish>(danish),
};

/** The first of the person's languages that we speak; English when we speak none of them. */
export function chooseLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split("-")[0];
    if (primary === "da" || primary === "en") return primary;
  }
  return "en";
}
