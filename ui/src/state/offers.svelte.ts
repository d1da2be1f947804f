/** What is dropped, chosen or pasted: from the moment it hangs over the window until it is in the queue. */
import type { Added, Details, Hover, Offer, Place, Request } from "../backend";
import { say } from "../words/index.svelte";
import type { App } from "./app.svelte";
import { ontoLibrary } from "./onto";

export const NO_DETAILS: Details = {
  title: "",
  description: "",
  tags: [],
  categories: [],
  absolute_url: null,
  variables: {},
};

/** What a sheet may say about an offer; everything else is as the settings have it. */
export type Wishes = Partial<Omit<Request<"add">, "offer">>;

/** Whether somebody should see an offer before it is added: a large folder, or something that is not simply sent. */
function wantsSheet(offer: Offer, sheetFrom: number): boolean {
  const folder = offer.folders.length > 0 && offer.videos.length > sheetFrom;
  const companions = offer.videos.some(
    ({ thumbnail, subtitles }) => thumbnail || subtitles.length > 0,
  );
  return folder || companions || offer.skipped.length > 0 || offer.videos.length === 0;
}

export class Offers {
  /** What hangs over the window. */
  hover: Hover = $state.raw(null);
  /** Where the pointer is meanwhile; it is told after what hangs there. */
  over: Place | null = $state.raw(null);
  /** A dialog of the system is open, or files are being looked at. */
  busy = $state(false);

  /** What came before it was known where it could go, or while a dialog is open. */
  #early: Offer[] = [];

  constructor(private readonly app: App) {}

  /** Begins to listen; returns the function that ends it. */
  async start(): Promise<() => void> {
    const { backend } = this.app;
    const endings = await Promise.all([
      backend.listen("hover", (hover) => {
        this.hover = hover;
        if (!hover) this.over = null;
      }),
      backend.listen("over", (over) => (this.over = over)),
      backend.listen("offer", (offer) => this.take(offer)),
    ]);
    return () => endings.forEach((end) => end());
  }

  /** The shell has answered, or a dialog is closed: what came before is taken now. What opens a dialog holds what is behind it. */
  begin(): void {
    for (const offer of this.#early.splice(0)) this.take(offer);
  }

  /** What is below the pointer has moved. */
  lookAgain(): void {
    if (this.over) this.over = { ...this.over };
  }

  async choose(what: "files" | "folder"): Promise<void> {
    await this.#get(what === "files" ? "choose_files" : "choose_folder");
  }

  async paste(): Promise<void> {
    const got = await this.#get("paste");
    if (got === null) this.app.notices.toast(say("offer.nothing_pasted"));
  }

  async #get(how: "choose_files" | "choose_folder" | "paste"): Promise<Offer | null | undefined> {
    if (this.busy) return undefined;
    if (!this.app.world.workspace) {
      this.#refuse();
      return undefined;
    }
    this.busy = true;
    let offer: Offer | null | undefined;
    await this.app.attempt(async () => {
      const { world, backend } = this.app;
      offer =
        how === "paste"
          ? await backend.call(how, {})
          : await world.byDialog(() => backend.call(how, {}));
    });
    this.busy = false;
    if (offer) this.take(offer);
    return offer;
  }

  /** Adds an offer at once, or shows it first. */
  take(offer: Offer): void {
    const { world, dialogs } = this.app;
    this.hover = null;
    this.over = null;
    if (!world.ready) {
      this.#early.push(offer);
    } else if (dialogs.current && dialogs.current.name !== "compare") {
      // What somebody is at is not taken from them. Another file for the video that is asked about is for it.
      this.#early.push(offer);
      this.app.notices.toast(say("offer.held"));
    } else if (!world.workspace) {
      void this.forget(offer);
      this.#refuse();
    } else if (ontoLibrary(this.app, offer)) {
      // It is seen to there.
    } else if (wantsSheet(offer, world.settings.sheet_from)) {
      this.app.go("queue");
      dialogs.open("offer", { offer });
    } else {
      this.app.go("queue");
      void this.add(offer, {});
    }
  }

  async forget(offer: Offer): Promise<void> {
    await this.app.attempt(() => this.app.backend.call("forget_offer", { offer: offer.id }));
  }

  /** Adds it as wished; resolves to whether that worked. */
  async add(offer: Offer, wishes: Wishes): Promise<boolean> {
    const { world, backend } = this.app;
    const workspace = world.workspace;
    if (!workspace) return false;
    return this.app.attempt(async () => {
      const added = await backend.call("add", {
        offer: offer.id,
        only: null,
        workspace: workspace.host,
        details: NO_DETAILS,
        title_pattern: null,
        publish: null,
        category_per_subfolder: false,
        again: false,
        ...wishes,
      });
      this.#tell(added, workspace.name);
    });
  }

  #refuse(): void {
    this.app.notices.toast(say("drop.no_workspace"), { tone: "bad" });
  }

  #tell({ added, adopted, refused }: Added, workspace: string): void {
    const { notices } = this.app;
    const [first] = refused;
    if (first) {
      const why = `${first.file}: ${first.told.message} ${first.told.hint}`;
      notices.toast(
        refused.length === 1 ? why : say("offer.refused", { count: refused.length, why }),
        { tone: "bad" },
      );
    }
    this.app.queue.adopt(adopted, this.app.clock.now());
    if (adopted.length > 0) notices.toast(say("offer.already_there", { count: adopted.length }));
    if (added.length > 0) {
      notices.toast(say("offer.added", { count: added.length, workspace }), {
        actions: [
          {
            label: say("act.edit_details"),
            act: () => this.app.edit(added),
          },
          { label: say("undo"), act: () => void this.app.remove(added) },
        ],
      });
    }
  }
}
