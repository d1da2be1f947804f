import { isPluralElement, isSelectElement, parse, TYPE } from "@formatjs/icu-messageformat-parser";
import type { MessageFormatElement } from "@formatjs/icu-messageformat-parser";
import { describe, expect, test } from "vitest";
import { chooseLanguage, languages, type Catalogue, type Key } from "./languages";

const keys = Object.keys(languages.en).toSorted() as Key[];

test("a language without every message does not compile", () => {
  const { close, ...rest } = languages.da;
  // @ts-expect-error -- `close` is missing; svelte-check fails here the day that this is no longer an error.
  const incomplete: Catalogue = rest;

  expect(incomplete).not.toHaveProperty("close", close);
});

test("both languages have the same messages", () => {
  expect(Object.keys(languages.da).toSorted()).toEqual(keys);
});

/** The values that a message needs, with their kind. */
function needed(elements: MessageFormatElement[]): string[] {
  return elements.flatMap((element) => {
    if (element.type === TYPE.literal || element.type === TYPE.pound) return [];
    if (element.type === TYPE.tag) return needed(element.children);
    const inner =
      isPluralElement(element) || isSelectElement(element)
        ? Object.values(element.options).flatMap(({ value }) => needed(value))
        : [];
    return [element.value, ...inner];
  });
}

const values = (text: string): string[] =>
  [...new Set(needed(parse(text, { ignoreTag: true })))].toSorted();

test.each(keys)("%s needs the same values in both languages", (key) => {
  expect(values(languages.da[key])).toEqual(values(languages.en[key]));
});

test("every message is said somewhere", () => {
  const sources = import.meta.glob(["../**/*.{ts,svelte}", "!../**/*.test.ts"], {
    query: "?raw",
    import: "default",
    eager: true,
  });
  const code = Object.values(sources).join("\n");
  // A key may be put together of a known beginning: `say(`state.${is}`)`.
  const beginnings = [...code.matchAll(/`([a-z_]+\.[a-z_]*)\$\{/g)].map((match) => match[1] ?? "");
  const unsaid = keys.filter(
    (key) => !code.includes(`"${key}"`) && !beginnings.some((begin) => key.startsWith(begin)),
  );

  expect(unsaid).toEqual([]);
});

describe("people's words", () => {
  test.each(["en", "da"] as const)("%s says video, category and workspace", (language) => {
    const vendor = /\b(photos?|fotos?|albums?|site)\b/i;
    const said = Object.entries(languages[language]).filter(([, text]) => vendor.test(text));

    expect(said).toEqual([]);
  });
});

test.each([
  [["da-DK", "en"], "da"],
  [["en-GB", "da"], "en"],
  [["fr-FR", "da"], "da"],
  [["fr-FR"], "en"],
  [[], "en"],
] as const)("a person who prefers %j reads %s", (preferred, expected) => {
  expect(chooseLanguage(preferred)).toBe(expected);
});
