/** Which of the watched folders want somebody. */
import type { FolderRow } from "../backend";

/** The failure that is no more than a reason to look through a folder again and again. */
const LIMIT = "watch_limit_reached";

/** Somebody has to do something before it goes on. */
export const wantsSomebody = ({ told, state }: FolderRow): boolean =>
  told !== null && told.code !== LIMIT && state !== "paused";

/** Those that want somebody now and did not before. */
export function newlyWanting(before: readonly FolderRow[], now: readonly FolderRow[]): FolderRow[] {
  const wanted = new Set(before.filter(wantsSomebody).map(({ id }) => id));
  return now.filter((row) => wantsSomebody(row) && !wanted.has(row.id));
}
