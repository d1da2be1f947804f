/** The keyboard among the videos: moving in two directions, selecting, and doing what the menu does. */
import type { App } from "../../state/app.svelte";
import { choose, copyLinks, edit } from "./acts";
import { menuPoint, placeAfter, presses } from "../selection/moving";
import type { Selection } from "./selection.svelte";

export interface CardsState {
  app: App;
  selection: Selection;
  columns: number;
  /** Lines on a page. */
  page: number;
  go: (place: number) => void;
  menu: (point: { x: number; y: number }, place: number) => void;
}

export function cardKey(event: KeyboardEvent, cards: CardsState): void {
  if (presses(event)) return;
  if (move(event, cards) || act(event, cards)) {
    event.preventDefault();
    event.stopPropagation();
  }
}

function move(event: KeyboardEvent, { app, selection, columns, page, go }: CardsState): boolean {
  const { active } = selection;
  const place = placeAfter(event, { active, total: app.library.total, columns, page });
  if (place === undefined) return false;
  selection.step(event, place);
  go(place);
  return true;
}

function act(event: KeyboardEvent, { app, selection, menu }: CardsState): boolean {
  const place = selection.active;
  const video = app.library.at(place);
  if (!video) return false;
  const videos = selection.around(video);
  if (event.ctrlKey || event.metaKey) {
    const does = {
      e: () =>
        edit(
          app,
          videos.map(({ id }) => id),
        ),
      l: () => void copyLinks(app, videos),
    }[event.key];
    does?.();
    return does !== undefined;
  }
  const point = menuPoint(event, 48);
  if (point) {
    menu(point, place);
    return true;
  }
  switch (event.key) {
    case "Enter":
    case "F2":
      edit(app, [video.id]);
      return true;
    case " ":
      selection.toggle(place);
      return true;
    case "r":
    case "t":
      void choose(app, video, event.key === "t" || video.kind === "image" ? "image" : "video");
      return true;
    case "Escape":
      selection.clear();
      return true;
    default:
      return false;
  }
}
