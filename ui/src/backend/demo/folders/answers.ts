/** What the demonstration answers about watched folders. */
import type { ChosenFolder, Command, Reply, Request } from "../..";
import { refuse, told, why, type Fault } from "../faults";
import type { World } from "../world";
import { lastPart, preset, type DemoFolder, type DemoLine } from "./watched";

type FolderCommand = Extract<Command, `folder_${string}`>;
type Answers = { [C in FolderCommand]: (world: World, request: Request<C>) => Reply<C> };

/** What the dialog of the system gives; scenes and tests may have it give something else. */
export const CHOSEN = { path: "/home/maja/Video/Recordings", videos: 12, bytes: 38_400_000_000 };

let made = 0;
const chosen = new Map<number, typeof CHOSEN>();

/** A folder as it is shown before it is watched. */
export function choose(world: World, folder: typeof CHOSEN = CHOSEN): ChosenFolder {
  made += 1;
  chosen.set(made, folder);
  const other = [...world.watched.folders.values()].find(
    ({ path }) => folder.path.startsWith(path) || path.startsWith(folder.path),
  );
  const overlaps: Fault | null = other
    ? {
        code: "folder_overlaps",
        detail: folder.path,
        reason: why(world.language, "folder_overlaps").replace("{other}", other.path),
      }
    : null;
  return {
    ...folder,
    chosen: made,
    name: lastPart(folder.path),
    preset: preset(world.settings.workspace ?? world.workspaces[0]?.host ?? "", {
      publish: { when: world.settings.publish },
    }),
    known: world.watched.remembered.has(folder.path),
    told: overlaps ? told(world.language, overlaps) : null,
  };
}

function folderOf(world: World, id: string): DemoFolder {
  return world.watched.folders.get(id) ?? refuse(world, { code: "folder_unknown", detail: id });
}

function tell(world: World): void {
  world.tell({ folders: world.watched.rows(world.language) });
}

function set(world: World, id: string, change: Partial<DemoFolder>): DemoFolder {
  const folder = world.watched.set(id, change) ?? folderOf(world, id);
  tell(world);
  return folder;
}

/** What the engine would not take. */
function check(world: World, { title, include, exclude }: Request<"folder_add">["preset"]): void {
  const [field] = /\{(?!(?:name|folder|date)\})[^}]*\}?/.exec(title ?? "") ?? [];
  if (field !== undefined) {
    const reason = why(world.language, "no_title_pattern");
    refuse(world, { code: "folder_invalid", detail: title ?? "", reason });
  }
  const wrong = [...include, ...exclude].find((pattern) => pattern.includes("["));
  if (wrong !== undefined) {
    const reason = why(world.language, "no_pattern");
    refuse(world, { code: "folder_invalid", detail: wrong, reason });
  }
}

export const folderAnswers: Answers = {
  folder_choose: (world) => {
    if (world.dialogs) refuse(world, world.dialogs);
    return choose(world);
  },
  folder_of_offer: (world, { offer }) => {
    const name = world.offers.get(offer)?.folders[0] ?? refuse(world, { code: "offer_gone" });
    return choose(world, { ...CHOSEN, path: `/home/maja/Video/${name}`, videos: 14 });
  },
  folder_add: (world, request) => {
    const of = chosen.get(request.chosen) ?? refuse(world, { code: "offer_gone" });
    check(world, request.preset);
    const remembered = request.fresh ? undefined : world.watched.remembered.get(of.path);
    world.watched.remembered.delete(of.path);
    const folder: DemoFolder = {
      id: `folder-${made}-${request.chosen}`,
      path: of.path,
      every_s: null,
      lines: [],
      fault: null,
      ...remembered,
      state: "looking",
      preset: request.preset,
      waiting: request.existing ? of.videos : 0,
      writing: 0,
      finishing: 0,
    };
    world.watched.folders.set(folder.id, folder);
    world.clock.after(1_500, () => set(world, folder.id, { state: "watching" }));
    tell(world);
    return world.watched.row(world.language, folder);
  },
  folder_set_preset: (world, request) => {
    check(world, request.preset);
    return world.watched.row(
      world.language,
      set(world, request.folder, { preset: request.preset }),
    );
  },
  folder_set_watching: (world, { folder, watch }) => {
    set(world, folder, { state: watch ? "watching" : "paused" });
    return null;
  },
  folder_remove: (world, { folder, forget }) => {
    const gone = folderOf(world, folder);
    world.watched.folders.delete(folder);
    if (!forget) world.watched.remembered.set(gone.path, gone);
    tell(world);
    return null;
  },
  folder_ledger: (world, { folder, ...question }) => {
    const of = folderOf(world, folder);
    if (of.unreadable) refuse(world, of.unreadable);
    return world.watched.ledger(world.language, of, question);
  },
  folder_send_again: (world, { folder, lines }) => {
    const again = (line: DemoLine): DemoLine =>
      lines.includes(line.line)
        ? { ...line, state: "again", again: false, skip: null, fault: null, same_as: null }
        : line;
    set(world, folder, { lines: folderOf(world, folder).lines.map(again) });
    return null;
  },
  folder_reveal: (world, { folder }) => {
    folderOf(world, folder);
    return null;
  },
  folder_open_video: (world, { folder }) => {
    folderOf(world, folder);
    return null;
  },
};
