/** What is let go of over the library: for the video below the pointer, for videos by their names, or new. */
import type { LibraryVideo, Offer, Place } from "../backend";
import { say } from "../words/index.svelte";
import { aimOf, type Carried } from "./aim";
import type { App } from "./app.svelte";

function carriedIn({ videos, folders, skipped, skipped_more }: Offer): Carried {
  const of = (kind: string): number => videos.filter((one) => one.kind === kind).length;
  return {
    videos: of("video"),
    images: of("image"),
    folders: folders.length,
    others: of("other") + skipped.length + skipped_more,
  };
}

/** The video that a drop is for: the one that a dialog is about, wherever it falls, else the one that it falls on. */
export function below(app: App, point: Place | null): LibraryVideo | null {
  const open = app.dialogs.current;
  if (open && "video" in open.props) return app.library.videos.get(open.props.video) ?? null;
  return point && app.videoAt(point);
}

/** Sees to an offer that was dropped on the library. What is simply new is left to the queue; then it says no. */
export function ontoLibrary(app: App, offer: Offer): boolean {
  if (app.route !== "library" || offer.by !== "drop" || !offer.at) return false;
  const aim = aimOf(carriedIn(offer), below(app, offer.at));
  const [first] = offer.videos;
  if (aim.does === "add") return false;
  if (aim.does === "match") {
    app.dialogs.open("pairs", { offer });
  } else if (aim.does !== "refuse" && first) {
    app.dialogs.open("compare", { offer, file: first.n, video: aim.video.id });
  } else {
    const because = aim.does === "refuse" ? aim.because : "nothing";
    void app.offers.forget(offer);
    app.notices.toast(say(`library.refuse_${because}`), { tone: "bad" });
  }
  return true;
}
