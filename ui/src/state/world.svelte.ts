/**
 * What the shell has told: the queue, the workspaces, the settings and what is wrong, kept current by its changes.
 *
 * Each change has a number, one higher than the last. After a gap everything is asked for again; nothing is guessed.
 */
import type {
  Backend,
  Changes,
  FolderRow,
  SetSpeed,
  Settings,
  Snapshot,
  Speed,
  Told,
  Workspace,
} from "../backend";
import { speak } from "../words/index.svelte";
import type { Clock } from "./clock";
import { newlyWanting } from "./folders";
import { Queue, type News } from "./queue.svelte";
import { heldBy } from "./speed";
import { isTold } from "./told";

/** Where the rows begin that are still to come. */
type Mark = NonNullable<Snapshot["rest"]>;

export class World {
  readonly queue = new Queue();
  /** Whether the shell has answered yet. Before that nothing can be shown. */
  ready = $state(false);
  version = $state("");
  workspaces: readonly Workspace[] = $state.raw([]);
  /** The watched folders, by path. */
  folders: readonly FolderRow[] = $state.raw([]);
  settings = $state.raw() as Settings;
  /** How fast, and when; null where there is no queue. */
  speed: Speed | null = $state.raw(null);
  /** Why the keychain cannot be used; null when it can. */
  keychain: Told | null = $state.raw(null);
  /** Why the queue cannot be written; null when it can. */
  trouble: Told | null = $state.raw(null);
  /** Why files cannot be chosen by a dialog here; null when they can. */
  dialogs: Told | null = $state.raw(null);
  elsewhere: Snapshot["elsewhere"] = $state.raw(null);
  /** The version that was updated from; null once somebody has seen what is new, or where nothing is. */
  updatedFrom: string | null = $state(null);
  /** A version that is newer than this one; null where none is known, or nobody looks for one. */
  newer: string | null = $state(null);
  /** Whether Slipway starts when the person signs in to the machine. */
  startsAtLogin = $state(false);
  /** What stands in the file of settings and cannot be used. */
  odd: readonly Told[] = $state.raw([]);
  /** Names in watched folders; the same for as long as the program runs. */
  usuallyIgnored: readonly string[] = $state.raw([]);
  /** Unfinished items that were there at this start. */
  found = $state(0);

  /** The workspace that is shown and dropped onto. */
  readonly workspace: Workspace | null = $derived(
    this.workspaces.find(({ host }) => host === this.settings?.workspace) ??
      this.workspaces[0] ??
      null,
  );

  #seq = 0;
  #asking = false;
  /** How often everything was asked for. */
  #asked = 0;
  #early: Changes[] = [];

  constructor(
    private readonly backend: Backend,
    private readonly clock: Clock,
    private readonly tell: (news: News) => void = () => {},
    private readonly tellFolders: (wanting: FolderRow[]) => void = () => {},
  ) {}

  /** Begins to listen, then asks for everything; resolves when it is there. Returns the function that ends it. */
  async start(): Promise<() => void> {
    const deaf = await this.backend.listen("changes", (changes) => this.#hear(changes));
    const unasked = await this.backend.listen("newer", (version) => (this.newer = version));
    await this.ask();
    const rest = this.clock.every(1000, () => this.queue.beat(this.clock.now()));
    return () => {
      deaf();
      unasked();
      rest();
    };
  }

  /** Asks for everything. Changes that come meanwhile are kept and follow. */
  async ask(): Promise<void> {
    if (this.#asking) return;
    this.#asked += 1;
    const asked = this.#asked;
    const { rest } = await this.#deaf(async () => {
      const snapshot = await this.backend.call("snapshot", {});
      this.#take(snapshot);
      return snapshot;
    });
    // Of a long queue only the beginning came, so that there is something to see.
    void this.#askForMore(rest, asked);
  }

  async #askForMore(mark: Mark | null, asked: number): Promise<void> {
    // Who asks for everything once more meanwhile gets all of it.
    if (!mark || asked !== this.#asked) return;
    try {
      const rest = await this.#deaf(async () => {
        const more = await this.backend.call("more", { mark });
        this.queue.change({ rows: more.rows, removed: [], progress: null }, this.clock.now());
        return more.rest;
      });
      await this.#askForMore(rest, asked);
    } catch {
      // Everything says why there is no more.
      await this.ask();
    }
  }

  /** What comes while something is asked for is heard after the answer. */
  async #deaf<T>(ask: () => Promise<T>): Promise<T> {
    this.#asking = true;
    try {
      return await ask();
    } finally {
      this.#asking = false;
      const early = this.#early;
      this.#early = [];
      for (const changes of early) this.#hear(changes);
    }
  }

  /** Changes settings; `proxyPassword` is null to leave it as it is. */
  async change(settings: Partial<Settings>, proxyPassword: string | null = null): Promise<void> {
    const language = this.settings.language;
    const odd = this.odd.length > 0;
    this.settings = await this.backend.call("change_settings", {
      settings: { ...this.settings, ...settings },
      proxy_password: proxyPassword,
    });
    // What the shell says comes in the window's language, so all of it is asked for again in the new one. And what could not
    // be used may be what was set just now.
    if (odd || this.settings.language !== language) await this.ask();
  }

  /** Somebody has seen what is new. */
  async seeNews(): Promise<void> {
    await this.backend.call("news_seen", {});
    this.updatedFrom = null;
  }

  /** Has Slipway start with the machine, or not any more. */
  async setStartAtLogin(wanted: boolean): Promise<void> {
    this.startsAtLogin = await this.backend.call("set_start_at_login", { wanted });
  }

  /** Changes how fast, and when. */
  async setSpeed(part: Partial<SetSpeed>): Promise<void> {
    if (!this.speed) return;
    this.#goAt(await this.backend.call("set_speed", { ...this.speed.set, ...part }));
  }

  /** Full speed for an hour from now, or no longer. */
  async fullSpeed(on: boolean): Promise<void> {
    this.#goAt(await this.backend.call("full_speed", { on }));
  }

  #goAt(speed: Speed | null): void {
    this.speed = speed;
    this.queue.hold(heldBy(speed));
  }

  /** Asks for what the shell asks somebody by a dialog. Whether it has dialogs may change while the window is open. */
  async byDialog<T>(ask: () => Promise<T>): Promise<T> {
    try {
      const answer = await ask();
      this.dialogs = null;
      return answer;
    } catch (error) {
      if (isTold(error) && error.code === "dialog_missing") this.dialogs = error;
      throw error;
    }
  }

  /** Looks whether the keychain can be used by now. */
  async checkKeychain(): Promise<void> {
    this.keychain = await this.backend.call("check_keychain", {});
  }

  /** A folder as it is now, before the changes tell of it. */
  seeFolder(row: FolderRow): void {
    const others = this.folders.filter(({ id }) => id !== row.id);
    this.folders = [...others, row].toSorted((one, other) => (one.path < other.path ? -1 : 1));
  }

  /** What people call the workspace at an address; the address itself where it is not known. */
  nameOf(host: string): string {
    return this.workspaces.find((workspace) => workspace.host === host)?.name ?? host;
  }

  #take(snapshot: Snapshot): void {
    this.#seq = snapshot.seq;
    speak(snapshot.language);
    this.version = snapshot.version;
    this.workspaces = snapshot.workspaces;
    this.folders = snapshot.folders;
    this.settings = snapshot.settings;
    this.#goAt(snapshot.speed);
    this.keychain = snapshot.keychain;
    this.trouble = snapshot.trouble;
    this.dialogs = snapshot.dialogs;
    this.elsewhere = snapshot.elsewhere;
    this.odd = snapshot.odd_settings;
    this.startsAtLogin = snapshot.starts_at_login;
    this.updatedFrom = snapshot.updated_from;
    this.newer = snapshot.newer;
    this.usuallyIgnored = snapshot.usually_ignored;
    this.found = snapshot.found;
    this.queue.reset(snapshot.rows, snapshot.progress, this.clock.now());
    this.queue.beat(this.clock.now());
    this.ready = true;
  }

  #hear(changes: Changes): void {
    if (this.#asking || !this.ready) {
      this.#early.push(changes);
      return;
    }
    // Older than the snapshot: it is in there.
    if (changes.seq <= this.#seq) return;
    if (changes.seq !== this.#seq + 1) {
      void this.ask();
      return;
    }
    this.#seq = changes.seq;
    if (changes.workspaces) this.workspaces = changes.workspaces;
    if (changes.folders) {
      const wanting = newlyWanting(this.folders, changes.folders);
      this.folders = changes.folders;
      if (wanting.length > 0) this.tellFolders(wanting);
    }
    if (changes.settings) this.settings = changes.settings;
    if (changes.speed) this.#goAt(changes.speed);
    if (changes.keychain) this.keychain = changes.keychain.told;
    if (changes.trouble) this.trouble = changes.trouble.told;
    this.tell(this.queue.change(changes, this.clock.now()));
  }
}
