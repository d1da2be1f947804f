/** What was thrown, as it is told: a failure's own words, or that there are none. */
import type { Told } from "../backend";
import { say } from "../words/index.svelte";

export function isTold(error: unknown): error is Told {
  return typeof error === "object" && error !== null && "code" in error && "remedy" in error;
}

/** What to say of something that was thrown. */
export function wordsOf(error: unknown): string {
  return isTold(error)
    ? `${error.message} ${error.hint}`
    : say("error.unknown", { error: String(error) });
}
