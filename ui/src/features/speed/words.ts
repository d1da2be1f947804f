/** What counts now, in a sentence. */
import type { Speed } from "../../backend";
import { moment, rate } from "../../words/amounts";
import { language, say } from "../../words/index.svelte";

/** What holds back or limits what is sent; nothing where it goes as fast as the line. */
export function standsNow(speed: Speed, now: number): string | null {
  const until = speed.until === null ? null : time(speed.until, now);
  if (speed.full_speed) return say("speed.now_full", { time: until ?? "" });
  if (speed.held !== null) {
    return until === null
      ? say("speed.now_nothing")
      : say("speed.now_nothing_until", { time: until });
  }
  if (speed.held_folders !== null) return say("speed.now_metered");
  const limits = [
    speed.limit === null ? null : say("speed.now_limit", { rate: rate(language(), speed.limit) }),
    speed.limit_folders === null
      ? null
      : say("speed.now_limit_folders", { rate: rate(language(), speed.limit_folders) }),
  ].filter((one) => one !== null);
  if (limits.length === 0) return null;
  return until === null
    ? limits.join(" ")
    : `${limits.join(" ")} ${say("speed.until", { time: until })}`;
}

const time = (at: string, now: number): string => moment(language(), new Date(at), new Date(now));
