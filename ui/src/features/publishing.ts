/** The ways in which a video becomes public, as they are offered wherever one is chosen. */
import type { Publish } from "../backend";
import { say } from "../words/index.svelte";

const PLAIN = ["draft", "when_playable", "at_once"] as const;

const offered = <W extends Publish["when"]>(value: W) => ({
  value,
  label: say(`publish.${value}`),
});

/** Those that hold for any number of videos. */
export const plainWays = () => PLAIN.map(offered);

/** All of them: for one video it may be a date. */
export const allWays = () => [...plainWays(), offered("on_date")];
