/** The watched folders of the demonstration, and what their ledgers say. */
import type { FolderPreset, FolderRow, LedgerPart, LedgerRow, Request } from "../..";
import type { Language } from "../../../words/languages";
import { skipped, told, type Fault } from "../faults";

/** A line of a ledger; what is wrong and why it was left out get their words when they are told. */
export type DemoLine = Omit<LedgerRow, "told" | "why"> & {
  fault: Fault | null;
  /** The key of a sentence, without its `skip.`. */
  skip: string | null;
};

export type DemoFolder = Omit<FolderRow, "told" | "name" | "workspace" | "revision"> & {
  fault: Fault | null;
  lines: DemoLine[];
  /** Why its ledger cannot be read. */
  unreadable?: Fault;
};

/** Lines in one answer. */
const PART = 200;

type Show = Request<"folder_ledger">["show"];

const SHOWS: Record<LedgerRow["state"], Exclude<Show, "all">> = {
  writing: "moving",
  taken: "moving",
  again: "moving",
  queued: "moving",
  uploading: "moving",
  confirming: "moving",
  stored: "moving",
  done: "done",
  before: "left_out",
  left_out: "left_out",
  same: "left_out",
  cancelled: "left_out",
  refused: "trouble",
  failed: "trouble",
};

export const lastPart = (path: string): string => path.split("/").findLast(Boolean) ?? path;

export class Watched {
  readonly folders: Map<string, DemoFolder>;
  readonly #revisions = new Map<string, number>();
  /** Folders that were removed and whose ledgers are remembered. */
  readonly remembered = new Map<string, DemoFolder>();

  constructor(folders: readonly DemoFolder[]) {
    this.folders = new Map(folders.map((folder) => [folder.id, folder]));
  }

  rows(language: Language): FolderRow[] {
    return [...this.folders.values()]
      .map((folder) => this.row(language, folder))
      .toSorted((one, other) => (one.path < other.path ? -1 : 1));
  }

  row(language: Language, { lines, unreadable, fault, ...folder }: DemoFolder): FolderRow {
    return {
      ...folder,
      name: lastPart(folder.path),
      workspace: folder.preset.workspace,
      told: fault ? told(language, fault) : null,
      revision: this.#revisions.get(folder.id) ?? 1,
    };
  }

  /** Changes a folder; a change of its lines raises its revision. */
  set(id: string, change: Partial<DemoFolder>): DemoFolder | undefined {
    const before = this.folders.get(id);
    if (!before) return undefined;
    const folder = { ...before, ...change };
    this.folders.set(id, folder);
    if (change.lines) this.#revisions.set(id, (this.#revisions.get(id) ?? 1) + 1);
    return folder;
  }

  ledger(
    language: Language,
    folder: DemoFolder,
    { search, show, from }: Omit<Request<"folder_ledger">, "folder">,
  ): LedgerPart {
    const word = search.trim().toLocaleLowerCase();
    const counts = { all: folder.lines.length, moving: 0, done: 0, left_out: 0, trouble: 0 };
    for (const { state } of folder.lines) counts[SHOWS[state]] += 1;
    const found = folder.lines.filter(
      (line) =>
        (show === "all" || SHOWS[line.state] === show) &&
        `${line.folder}/${line.file}`.toLocaleLowerCase().includes(word),
    );
    return {
      lines: found.slice(from, from + PART).map(({ fault, skip, ...line }) => ({
        ...line,
        told: fault ? told(language, fault) : null,
        why: skip ? skipped(language, skip) : null,
      })),
      total: found.length,
      counts,
    };
  }
}

/** What is usually done with what is put into a folder. */
export function preset(workspace: string, change: Partial<FolderPreset> = {}): FolderPreset {
  return {
    workspace,
    categories: [],
    category_per_subfolder: false,
    tags: [],
    title: null,
    publish: { when: "draft" },
    settle_s: null,
    include: [],
    exclude: [],
    ignore: [...USUAL],
    on_change: "ignore",
    after: "leave",
    replace_by_id: false,
    subtitles_locale: null,
    ...change,
  };
}

/** Some of what programs and systems leave in folders. */
export const USUAL = ["*.part", "*.crdownload", "*.tmp", "~$*", "*.prlock", "thumbs.db"] as const;
