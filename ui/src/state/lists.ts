/** The queue as it is listed: filtered, in groups, in order; and the flat lines that a virtual list draws. */
import type { ItemId, Row } from "../backend";
import { GROUPS, type Group, type Standing } from "./standing";

/** One item with where it stands. */
export interface Placed {
  row: Row;
  at: Standing;
  group: Group;
}

export interface Filter {
  /** Words that must all be in the title, file name, folder or tags. */
  text: string;
  group: Group | null;
}

/** A headline or an item. `last` and `first` say where a group's frame ends and begins. */
export type Line =
  | {
      kind: "head";
      key: string;
      group: Group;
      /** An item whose failure or hold-up speaks for the group; of what needs somebody it speaks for all. */
      cause: ItemId | null;
      ids: ItemId[];
    }
  | { kind: "item"; key: ItemId; id: ItemId; first: boolean; last: boolean };

const words = (text: string): string[] => text.toLocaleLowerCase().split(/\s+/).filter(Boolean);

/** A test for the filter, or nothing where it lets all through. */
function matcher(filter: Filter): ((placed: Placed) => boolean) | null {
  const wanted = words(filter.text);
  if (wanted.length === 0 && filter.group === null) return null;
  return ({ row, group }) => {
    if (filter.group !== null && group !== filter.group) return false;
    if (wanted.length === 0) return true;
    const { title, tags } = row.details;
    const text = `${title}\n${row.file}\n${row.folder}\n${tags.join("\n")}`.toLocaleLowerCase();
    return wanted.every((word) => text.includes(word));
  };
}

/** What failures have in common so that one button helps them all: the code, and where a workspace is concerned, which. */
export function causeOf({ row, at }: Placed): string {
  if (at.is !== "needs_you") return "";
  return at.told.remedy === "sign_in" ? `${at.told.code} ${row.workspace}` : at.told.code;
}

const byPosition = (one: Placed, other: Placed): number =>
  one.row.position - other.row.position || (one.row.id < other.row.id ? -1 : 1);

/** The newest first. */
const byEnd = (one: Placed, other: Placed): number => {
  const [a, b] = [one.row.ended_at ?? "", other.row.ended_at ?? ""];
  return a === b ? byPosition(one, other) : a < b ? 1 : -1;
};

/** All lines to be drawn, in order. */
export function lines(items: Iterable<Placed>, filter: Filter): Line[] {
  const lets = matcher(filter);
  const groups: Record<Group, Placed[]> = {
    needs_you: [],
    uploading: [],
    waiting: [],
    finished: [],
  };
  for (const item of items) if (!lets || lets(item)) groups[item.group].push(item);
  const drawn: Line[] = [];
  for (const group of GROUPS) {
    const members = groups[group].toSorted(group === "finished" ? byEnd : byPosition);
    if (members.length === 0) continue;
    if (group === "needs_you") {
      for (const [cause, of] of byCause(members)) push(drawn, group, cause, of);
    } else {
      push(drawn, group, "", members);
    }
  }
  return drawn;
}

function byCause(members: Placed[]): Map<string, Placed[]> {
  const causes = new Map<string, Placed[]>();
  for (const member of members) {
    const cause = causeOf(member);
    const those = causes.get(cause);
    if (those) those.push(member);
    else causes.set(cause, [member]);
  }
  return causes;
}

function push(drawn: Line[], group: Group, cause: string, members: Placed[]): void {
  const last = members.length - 1;
  drawn.push({
    kind: "head",
    key: `${group} ${cause}`,
    group,
    cause: members.find(({ at }) => at.is === "needs_you" || at.is === "held_up")?.row.id ?? null,
    ids: members.map(({ row }) => row.id),
  });
  members.forEach(({ row }, index) =>
    drawn.push({ kind: "item", key: row.id, id: row.id, first: index === 0, last: index === last }),
  );
}
