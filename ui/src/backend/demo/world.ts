/**
 * The world behind the demonstration: a queue that moves by its clock, and the updates that the shell would send of it.
 * It imitates what the engine shows, not how it works.
 */
import type { Clock } from "../../state/clock";
import { chooseLanguage, type Language } from "../../words/languages";
import type {
  Category,
  Changes,
  ItemId,
  Offer,
  Progress,
  Row,
  Settings,
  Snapshot,
  Update,
  Updates,
  Workspace,
} from "..";
import { told, type Fault } from "./faults";
import { Throttle, type Draft } from "./speed";
import { USUAL, Watched, type DemoFolder } from "./folders/watched";
import { Shelf, type Library } from "./library/shelf";
import { ended, type DemoRow } from "./rows";

/** How a scene begins. */
export interface Scene {
  rows: DemoRow[];
  workspaces: Workspace[];
  settings: Partial<Settings>;
  speed?: Draft;
  keychain?: Fault | null;
  trouble?: Fault | null;
  dialogs?: Fault | null;
  elsewhere?: Snapshot["elsewhere"];
  odd?: Fault[];
  library?: Library;
  folders?: DemoFolder[];
  found?: number;
  updatedFrom?: string;
  newer?: string;
}

const TICK = 100;
/** Items whose bytes move at once. */
const SLOTS = 3;
const CONFIRMING = 2_500;

const SETTINGS: Settings = {
  language: "auto",
  theme: "auto",
  workspace: null,
  publish: "draft",
  sheet_from: 5,
  in_flight: null,
  proxy: { kind: "system" },
  ca_file: null,
  behaviour: { keep_running: true, keep_awake: true, notifications: true },
};

/** The share of a rate that a limit lets through. */
const within = (most: number | null, rate: number): number =>
  most === null || rate <= most ? 1 : most / rate;

export class World {
  readonly rows = new Map<ItemId, DemoRow>();
  readonly offers = new Map<number, Offer>();
  readonly shelf: Shelf;
  readonly watched: Watched;
  readonly categories: Category[] = [
    { id: 11, name: "Webinars" },
    { id: 12, name: "Product" },
    { id: 13, name: "Stories" },
    { id: 14, name: "Social" },
    { id: 15, name: "Internal" },
  ];
  workspaces: Workspace[];
  settings: Settings;
  readonly throttle: Throttle;
  keychain: Fault | null;
  trouble: Fault | null;
  /** Why there are no dialogs, until somebody sets them up. */
  dialogs: Fault | null;
  startsAtLogin = false;
  updatedFrom: string | null;
  newer: string | null;
  #seq = 1;
  #dirty = new Set<ItemId>();
  #removed: ItemId[] = [];
  #progress = false;
  #more: Pick<Changes, "workspaces" | "folders" | "settings" | "speed" | "keychain" | "trouble"> =
    nothing();
  readonly #ears: { [U in Update]: Set<(payload: Updates[U]) => void> } = {
    changes: new Set(),
    offer: new Set(),
    hover: new Set(),
    over: new Set(),
    newer: new Set(),
  };

  constructor(
    readonly clock: Clock,
    private readonly scene: Scene,
    readonly version: string,
  ) {
    for (const row of scene.rows) this.rows.set(row.id, row);
    this.workspaces = scene.workspaces;
    this.settings = {
      ...SETTINGS,
      workspace: scene.workspaces[0]?.host ?? null,
      ...scene.settings,
    };
    this.throttle = new Throttle(clock, scene.speed ?? {});
    this.keychain = scene.keychain ?? null;
    this.trouble = scene.trouble ?? null;
    this.dialogs = scene.dialogs ?? null;
    this.updatedFrom = scene.updatedFrom ?? null;
    this.newer = scene.newer ?? null;
    this.shelf = new Shelf(scene.library ?? { videos: [] });
    this.watched = new Watched(scene.folders ?? []);
    clock.every(TICK, () => this.tick());
  }

  get language(): Language {
    const wanted = this.settings.language;
    return wanted === "auto" ? chooseLanguage(navigator.languages) : wanted;
  }

  snapshot(): Snapshot {
    const say = (fault: Fault | null | undefined) => (fault ? told(this.language, fault) : null);
    this.#dirty.clear();
    this.#removed = [];
    this.#more = nothing();
    return {
      seq: this.#seq,
      version: this.version,
      updated_from: this.updatedFrom,
      newer: this.newer,
      language: this.language,
      rows: [...this.rows.values()].map((row) => this.#told(row)),
      rest: null,
      progress: this.#running(),
      workspaces: this.workspaces,
      folders: this.watched.rows(this.language),
      usually_ignored: [...USUAL],
      settings: this.settings,
      starts_at_login: this.startsAtLogin,
      speed: this.throttle.speed(),
      keychain: say(this.keychain),
      trouble: say(this.trouble),
      found: this.scene.found ?? 0,
      odd_settings: (this.scene.odd ?? []).map((fault) => told(this.language, fault)),
      dialogs: say(this.dialogs),
      elsewhere: this.scene.elsewhere ?? null,
    };
  }

  listen<U extends Update>(update: U, hear: (payload: Updates[U]) => void): () => void {
    const ears = this.#ears[update] as Set<(payload: Updates[U]) => void>;
    ears.add(hear);
    return () => ears.delete(hear);
  }

  send<U extends Update>(update: U, payload: Updates[U]): void {
    for (const hear of this.#ears[update]) hear(payload);
  }

  /** Changes an item; it is told with the next tick. */
  set(row: DemoRow, change: Partial<DemoRow>): void {
    const next = { ...row, ...change };
    this.rows.set(row.id, next);
    this.#dirty.add(row.id);
  }

  add(row: DemoRow): void {
    this.rows.set(row.id, row);
    this.#dirty.add(row.id);
  }

  remove(id: ItemId): void {
    if (this.rows.delete(id)) this.#removed.push(id);
    this.#dirty.delete(id);
  }

  offer(offer: Offer): Offer {
    this.offers.set(offer.id, offer);
    return offer;
  }

  /** The time, or what it was that many milliseconds ago. */
  at(ago = 0): string {
    return new Date(this.clock.now() - ago).toISOString();
  }

  /** Tells of what is no item. */
  tell(
    more: Partial<
      Pick<Changes, "workspaces" | "folders" | "settings" | "speed" | "keychain" | "trouble">
    >,
  ): void {
    this.#more = { ...this.#more, ...more };
  }

  /** A tenth of a second passes, and what changed in it is told. */
  tick(): void {
    if (this.throttle.hasChanged()) this.tell({ speed: this.throttle.speed() });
    this.#fill();
    const shares = this.#shares();
    for (const row of this.rows.values()) this.#step(row, shares[row.lane]);
    this.#send();
  }

  #fill(): void {
    const free =
      SLOTS -
      [...this.rows.values()].filter((row) => row.stage === "uploading" && moves(row)).length;
    if (free <= 0) return;
    const next = [...this.rows.values()]
      .filter((row) => row.stage === "queued" && row.rate > 0 && moves(row) && !this.#holds(row))
      .toSorted((one, other) => one.position - other.position);
    for (const row of next.slice(0, free)) this.set(row, { stage: "uploading" });
  }

  /** How much of its rate a row of each lane may have, so that all of them stay within what is set. */
  #shares(): Record<DemoRow["lane"], number> {
    const { limit, limit_folders } = this.throttle.speed();
    const rates = { manual: 0, automatic: 0 };
    for (const row of this.rows.values()) {
      if (row.stage === "uploading" && moves(row) && !this.#holds(row)) rates[row.lane] += row.rate;
    }
    const automatic = within(limit_folders, rates.automatic);
    const all = within(limit, rates.manual + rates.automatic * automatic);
    return { manual: all, automatic: automatic * all };
  }

  #step(row: DemoRow, share: number): void {
    if (row.intent === "cancel" && !ended(row)) {
      this.set(row, { stage: "cancelled", ended_at: this.at() });
    }
    if (!moves(row)) return;
    if (row.stage === "uploading" && row.rate > 0) {
      if (this.#holds(row)) return;
      const sent = Math.min(row.total, row.sent + (row.rate * share * TICK) / 1000);
      this.#progress = true;
      if (sent < row.total) this.rows.set(row.id, { ...row, sent });
      else this.set(row, { sent, stored: sent, stage: "confirming" });
    } else if (row.stage === "confirming" && row.rate > 0) {
      const confirming = row.confirming + TICK;
      if (confirming < CONFIRMING) this.rows.set(row.id, { ...row, confirming });
      else this.#arrive(row);
    } else if (row.stage === "stored" && row.rate > 0) {
      const processing = Math.min(100, (row.processing ?? 0) + 0.4);
      this.#progress = true;
      if (processing < 100) this.rows.set(row.id, { ...row, processing });
      else this.#finish(row);
    }
  }

  #holds({ lane }: DemoRow): boolean {
    const { held, held_folders } = this.throttle.speed();
    return (lane === "manual" ? held : held_folders) !== null;
  }

  #arrive(row: DemoRow): void {
    // An image is there when it has arrived: nothing of it is processed.
    if (row.replaces?.kind === "image") {
      this.#finish({ ...row, stored: row.total, video_id: row.replaces.video });
      return;
    }
    const video = row.video_id ?? row.replaces?.video ?? 40_000_000 + Number(row.id.slice(-6));
    this.set(row, {
      stage: "stored",
      processing: 0,
      video_id: video,
      admin_url: `https://${row.workspace}/manage/video/${video}`,
      public_url: `https://${row.workspace}/video/${video}`,
    });
  }

  #finish(row: DemoRow): void {
    const published = row.publish.when === "at_once" || row.publish.when === "when_playable";
    this.set(row, {
      stage: "done",
      published,
      playable: true,
      processing: null,
      ended_at: this.at(),
    });
    if (row.replaces) this.shelf.replaced(row.replaces.video);
  }

  #running(): Progress[] {
    const running = [...this.rows.values()].filter(
      (row) =>
        row.held_up ||
        row.stage === "uploading" ||
        row.stage === "confirming" ||
        row.stage === "stored",
    );
    return running.map((row) => ({
      id: row.id,
      sent: Math.round(row.sent),
      resent: 0,
      processing: row.processing,
      held_up: row.held_up ? told(this.language, row.held_up) : null,
    }));
  }

  #told(row: DemoRow): Row {
    const { held_up, sent, rate, processing, confirming, failure, waiting, ...rest } = row;
    return {
      ...rest,
      stored: Math.max(row.stored, row.stage === "uploading" ? Math.round(sent * 0.98) : 0),
      failure: failure ? told(this.language, failure) : null,
      waiting: waiting ? told(this.language, waiting) : null,
    };
  }

  #send(): void {
    const more = Object.values(this.#more).some((one) => one !== null);
    if (this.#dirty.size === 0 && this.#removed.length === 0 && !this.#progress && !more) return;
    const rows: Row[] = [];
    for (const id of this.#dirty) {
      const row = this.rows.get(id);
      if (row) rows.push(this.#told(row));
    }
    this.#seq += 1;
    const changes: Changes = {
      seq: this.#seq,
      rows,
      removed: this.#removed,
      progress: this.#running(),
      ...this.#more,
    };
    this.#dirty = new Set();
    this.#removed = [];
    this.#progress = false;
    this.#more = nothing();
    this.send("changes", changes);
  }
}

const nothing = (): Pick<
  Changes,
  "workspaces" | "folders" | "settings" | "speed" | "keychain" | "trouble"
> => ({
  workspaces: null,
  folders: null,
  settings: null,
  speed: null,
  keychain: null,
  trouble: null,
});

const moves = (row: DemoRow): boolean =>
  row.intent === "run" && row.waiting === null && row.held_up === null;
