/** What can be done with videos of the library: the menu, and doing it. */
import type { LibraryVideo, Request } from "../../backend";
import type { MenuItem } from "../../components/menu.svelte";
import type { App } from "../../state/app.svelte";
import { say } from "../../words/index.svelte";
import { keys } from "../frame/shortcuts";

type Want = Request<"library_choose">["want"];

/** Asks for a file, and shows it beside the video that it is meant for. */
export async function choose(app: App, video: LibraryVideo, want: Want): Promise<void> {
  await app.attempt(async () => {
    const offer = await app.world.byDialog(() => app.backend.call("library_choose", { want }));
    const [first] = offer?.videos ?? [];
    if (offer && first) app.dialogs.open("compare", { offer, file: first.n, video: video.id });
  });
}

/** Asks for images, and matches them to videos by their names. */
export async function chooseImages(app: App): Promise<void> {
  await app.attempt(async () => {
    const want = "images";
    const offer = await app.world.byDialog(() => app.backend.call("library_choose", { want }));
    if (offer) app.dialogs.open("pairs", { offer });
  });
}

/** Opens what is said about one video, or about several. */
export function edit(app: App, ids: readonly number[]): void {
  const [first] = ids;
  if (ids.length > 1) app.dialogs.open("videos", { videos: ids });
  else if (first !== undefined) app.dialogs.open("video", { video: first });
}

export async function open(
  app: App,
  video: LibraryVideo,
  place: "admin" | "public",
): Promise<void> {
  const { workspace, id } = video;
  await app.attempt(() => app.backend.call("library_open", { workspace, video: id, place }));
}

export async function copyLinks(app: App, videos: readonly LibraryVideo[]): Promise<void> {
  const [first] = videos;
  if (!first) return;
  await app.attempt(async () => {
    const count = await app.backend.call("library_copy_link", {
      workspace: first.workspace,
      videos: videos.map(({ id }) => id),
    });
    app.notices.toast(say("links.copied", { count }));
  });
}

/** Everything that can be done with these. */
export function menuOf(app: App, videos: readonly LibraryVideo[]): MenuItem[] {
  const [first] = videos;
  if (!first) return [];
  const ids = videos.map(({ id }) => id);
  const about: MenuItem = {
    label: say("act.edit_details"),
    icon: "edit",
    keys: keys("Mod+E"),
    act: () => edit(app, ids),
  };
  const links: MenuItem = {
    label: say(videos.length === 1 ? "act.copy_link" : "act.copy_links"),
    icon: "link",
    keys: keys("Mod+L"),
    act: () => void copyLinks(app, videos),
  };
  if (videos.length > 1) return [about, links];
  return [about, "line", ...replacing(app, first), "line", ...ways(app, first), links];
}

function replacing(app: App, video: LibraryVideo): MenuItem[] {
  const image = video.kind === "image";
  const replace: MenuItem = {
    label: say(image ? "library.replace_image" : "library.replace"),
    icon: "swap",
    keys: "R",
    act: () => void choose(app, video, image ? "image" : "video"),
  };
  const thumbnail: MenuItem = {
    label: say("library.set_thumbnail"),
    icon: "image",
    keys: "T",
    act: () => void choose(app, video, "image"),
  };
  const moment: MenuItem = {
    label: say("library.set_moment"),
    icon: "moment",
    disabled: !video.playable,
    act: () => app.dialogs.open("moment", { video: video.id }),
  };
  if (image) return [replace];
  return video.kind === "video" ? [replace, thumbnail, moment] : [replace, thumbnail];
}

function ways(app: App, video: LibraryVideo): MenuItem[] {
  const admin: MenuItem = {
    label: say("act.open_admin"),
    icon: "open",
    act: () => void open(app, video, "admin"),
  };
  const all: MenuItem = {
    label: say("act.open_public"),
    icon: "open",
    act: () => void open(app, video, "public"),
  };
  return video.published && video.public_url !== null ? [admin, all] : [admin];
}
