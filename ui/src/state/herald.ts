/** What is announced of the queue and of the folders: quarters, and failures. Anything more and nobody would listen. */
import type { FolderRow } from "../backend";
import type { Notices } from "./notices.svelte";
import type { News } from "./queue.svelte";
import type { Counts } from "./tally";
import { language, say } from "../words/index.svelte";
import { count } from "../words/amounts";

export class Herald {
  /** The last quarter that was announced, 0 to 4; none before anything was sent. */
  #quarter: number | undefined;
  #items = 0;

  constructor(private readonly notices: Pick<Notices, "announce" | "alert">) {}

  tell(news: News, counts: Counts): void {
    const [first] = news.wanting;
    const why = first?.failure ?? first?.waiting;
    if (first && why) {
      const values = { title: first.details.title, why: why.message };
      this.notices.alert(
        news.wanting.length === 1
          ? say("announce.failed", values)
          : say("announce.failed_many", { count: news.wanting.length, why: values.why }),
      );
    }
    this.#progress(counts);
  }

  /** Watched folders that want somebody from now on. */
  tellFolders([first, ...others]: readonly FolderRow[]): void {
    if (!first) return;
    this.notices.alert(
      others.length === 0
        ? say("announce.failed", { title: first.name, why: first.told?.message ?? "" })
        : say("folders.want_you", { count: others.length + 1 }),
    );
  }

  #progress({ batch, groups }: Counts): void {
    if (batch.items < this.#items) this.#quarter = undefined;
    this.#items = batch.items;
    const all = batch.items > 0 && batch.sent === batch.items;
    const over = groups.uploading + groups.waiting === 0;
    if (over && !all && this.#quarter !== undefined && this.#quarter < 4) {
      // Not all of it arrived, and nothing more will by itself.
      this.#quarter = 4;
      const { sent, there } = batch;
      this.notices.announce(say("batch.summary", { sent, there, need: groups.needs_you }));
      return;
    }
    const moving = groups.uploading > 0 || all;
    if (!moving || batch.total === 0) return;
    const quarter = all ? 4 : Math.min(3, Math.floor((batch.stored / batch.total) * 4));
    const begins = this.#quarter === undefined && quarter < 4;
    if (!begins && (this.#quarter === undefined || quarter <= this.#quarter)) return;
    this.#quarter = quarter;
    if (quarter === 4) this.notices.announce(say("announce.all", { count: batch.items }));
    else if (begins && quarter === 0)
      this.notices.announce(say("announce.begun", { count: batch.items }));
    else
      this.notices.announce(
        say("announce.quarter", { percent: count(language(), quarter * 25), count: batch.items }),
      );
  }
}
