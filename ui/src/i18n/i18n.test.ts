import { expect, test } from "vitest";
import { chooseLanguage, type Messages } from ".";
import { da } from "./da";

test("a language without every message does not compile", () => {
  // @ts-expect-error -- `title` is missing; svelte-check fails here the day that this is no longer an error.
  const incomplete: Messages = { ...da, queue: { empty: da.queue.empty } };

  expect(incomplete).not.toEqual(da);
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
