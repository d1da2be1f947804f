/** A log as text: times in UTC, as `slipway log` prints them, so that whoever helps can put two logs beside each other. */
import type { LogLine } from "../../backend";

export function asText(lines: readonly LogLine[]): string {
  return lines.map(({ at, text }) => `${new Date(at).toISOString()}  ${text}\n`).join("");
}
