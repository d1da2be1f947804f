/** The window's state in one place, handed to every component by context. It composes and decides nothing. */
import { getContext, setContext } from "svelte";
import type { Backend, ItemId, LibraryVideo } from "../backend";
import { say } from "../words/index.svelte";
import { Categories } from "./categories.svelte";
import type { Clock } from "./clock";
import { Dialogs } from "./dialogs.svelte";
import { Herald } from "./herald";
import { Ledger } from "./ledger.svelte";
import { Library } from "./library.svelte";
import { Notices } from "./notices.svelte";
import { Offers } from "./offers.svelte";
import { ended } from "./standing";
import type { News } from "./queue.svelte";
import { wordsOf } from "./told";
import { World } from "./world.svelte";

/** The screens. */
export type Route = "queue" | "library" | "folders" | "settings";

export class App {
  readonly dialogs = new Dialogs(() => this.offers.begin());
  readonly notices: Notices;
  readonly world: World;
  readonly categories: Categories;
  readonly offers: Offers;
  readonly library: Library;
  /** That of the folder that is looked into. */
  readonly ledger: Ledger;
  route: Route = $state("queue");

  constructor(
    readonly backend: Backend,
    readonly clock: Clock,
  ) {
    this.notices = new Notices(clock);
    const herald = new Herald(this.notices);
    this.world = new World(
      backend,
      clock,
      (news) => {
        herald.tell(news, this.queue.counts);
        for (const { workspace, replaces } of news.replaced) {
          if (replaces) void this.library.look(workspace, replaces.video);
        }
        this.#farewell(news);
      },
      (wanting) => herald.tellFolders(wanting),
    );
    this.categories = new Categories(backend);
    this.library = new Library(backend, clock, (error) => this.complain(error));
    this.ledger = new Ledger(backend, clock);
    this.offers = new Offers(this);
  }

  /** Begins to listen and asks for everything; returns the function that ends it. */
  async start(): Promise<() => void> {
    const offers = await this.offers.start();
    const world = await this.world.start();
    if (this.world.updatedFrom !== null) {
      this.dialogs.open("news", { before: this.world.updatedFrom });
    }
    this.offers.begin();
    if (this.world.found > 0) this.notices.toast(say("queue.found", { count: this.world.found }));
    if (this.world.odd.length > 0) {
      this.notices.toast(say("settings.odd", { count: this.world.odd.length }), {
        actions: [{ label: say("act.settings"), act: () => this.go("settings") }],
      });
    }
    return () => {
      offers();
      world();
    };
  }

  go(route: Route): void {
    this.ledger.close();
    this.route = route;
  }

  /** Shows what became of the files of a folder. */
  lookInto(folder: string): void {
    this.route = "folders";
    this.ledger.open(folder);
  }

  /** Back from there to the folders, and to that one among them. */
  lookAway(): void {
    this.lookedInto = this.ledger.folder;
    this.go("folders");
  }

  /** Shows an upload in the queue, whatever that was filtered by. */
  showUpload(id: ItemId): void {
    this.queue.filter = { text: "", group: null };
    this.lookedFor = id;
    this.go("queue");
  }

  /** The upload that somebody wants to see; the list gives it the keyboard. */
  lookedFor: ItemId | null = null;

  /** The folder that somebody has come back from; the list gives it the keyboard. */
  lookedInto: string | null = null;

  /** What the screen that is shown does when somebody wants to search; the screen sets it. */
  find: () => void = () => {};

  /** Which video of the library is drawn at a point of the page; the library's screen sets it. */
  videoAt: (point: { x: number; y: number }) => LibraryVideo | null = () => null;

  /** Opens the details of one item, or of many together. */
  edit(ids: readonly ItemId[]): void {
    const [first] = ids;
    if (first !== undefined && ids.length === 1) this.dialogs.open("details", { id: first });
    else if (ids.length > 1) this.dialogs.open("edit_many", { ids });
  }

  /** Takes items out of the queue: what is on its way is stopped first, and leaves when it has stopped. */
  remove(ids: readonly ItemId[]): Promise<boolean> {
    return this.attempt(async () => {
      const running = this.queue.rows(ids).filter((row) => !ended(row));
      if (running.length > 0) {
        const stopped = running.map(({ id }) => id);
        for (const id of stopped) this.#leaving.add(id);
        await this.backend.call("set_intent", { ids: stopped, intent: "cancel" });
      }
      await this.backend.call("clear", { ids: [...ids] });
    });
  }

  /** What was being taken out and has stopped goes, unless its video had arrived: that is to be seen. */
  #farewell({ cancelled }: News): void {
    const gone = cancelled.filter(({ id }) => this.#leaving.delete(id));
    const ids = gone.filter(({ video_id }) => video_id === null).map(({ id }) => id);
    if (ids.length > 0) void this.attempt(() => this.backend.call("clear", { ids }));
  }

  /** Items that somebody took out and that have not stopped yet. */
  readonly #leaving = new Set<ItemId>();

  get queue(): World["queue"] {
    return this.world.queue;
  }

  /** Does something that may fail, and says so if it does. Resolves to whether it was done. */
  async attempt(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      this.complain(error);
      return false;
    }
  }

  /** Says in passing what was thrown. */
  complain(error: unknown): void {
    this.notices.toast(wordsOf(error), { tone: "bad" });
  }
}

const KEY = Symbol("app");

export function provideApp(app: App): App {
  return setContext(KEY, app);
}

export function useApp(): App {
  return getContext<App>(KEY);
}
