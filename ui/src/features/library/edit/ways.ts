/** Whether the public sees a video, as it is offered for videos that are there. */
import { say } from "../../../words/index.svelte";

const offered = <W extends "draft" | "now" | "on_date">(value: W) => ({
  value,
  label: say(`library.publish_${value}`),
});

/** Those that hold for any number of videos. */
export const plainWays = () => [offered("draft"), offered("now")];

export const allWays = () => [...plainWays(), offered("on_date")];
