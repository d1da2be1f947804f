/** What can be done with a watched folder: the menu, and doing it. */
import type { FolderRow } from "../../backend";
import type { MenuItem } from "../../components/menu.svelte";
import type { App } from "../../state/app.svelte";
import { say } from "../../words/index.svelte";

/** Lets somebody choose a folder, and asks what is to be done with what is in it. */
export async function choose(app: App): Promise<void> {
  await app.attempt(async () => {
    const chosen = await app.world.byDialog(() => app.backend.call("folder_choose", {}));
    if (chosen) app.dialogs.open("watch", { chosen });
  });
}

export const setWatching = (app: App, folder: string, watch: boolean): Promise<boolean> =>
  app.attempt(() => app.backend.call("folder_set_watching", { folder, watch }));

export const reveal = (app: App, folder: string, line: number | null = null): Promise<boolean> =>
  app.attempt(() => app.backend.call("folder_reveal", { folder, line }));

export function menuOf(app: App, { id, state }: FolderRow): MenuItem[] {
  const paused = state === "paused";
  return [
    { label: say("folders.files"), icon: "log", act: () => app.lookInto(id) },
    {
      label: say("folders.edit"),
      icon: "edit",
      act: () => app.dialogs.open("folder", { folder: id }),
    },
    { label: say("folders.reveal"), icon: "folder", act: () => void reveal(app, id) },
    {
      label: say(paused ? "folders.resume" : "folders.pause"),
      icon: paused ? "play" : "pause",
      act: () => void setWatching(app, id, paused),
    },
    "line",
    {
      label: say("folders.remove"),
      icon: "trash",
      act: () => app.dialogs.open("unwatch", { folder: id }),
    },
  ];
}
