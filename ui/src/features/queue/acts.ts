/** What can be done with items: the buttons' words, the menu, and doing it. */
import type { ItemId, Row } from "../../backend";
import type { MenuItem } from "../../components/menu.svelte";
import type { App } from "../../state/app.svelte";
import type { Act } from "../../state/need";
import { ended } from "../../state/standing";
import { say, type Key } from "../../words/index.svelte";
import { keys } from "../frame/shortcuts";

const WORDS: Record<Act, Key> = {
  sign_in: "act.sign_in_again",
  unlock: "act.unlock",
  settings: "act.settings",
  settle: "act.settle",
  retry: "act.retry",
  edit: "act.edit",
  pause: "act.pause",
  resume: "act.resume",
  send_next: "act.send_next",
  copy_link: "act.copy_link",
  open: "act.open",
  remove: "act.remove",
};

/** What the button of an act says, for one item or for several with the same need. */
export function wordsFor(act: Act, several = false): string {
  if (several && act === "retry") return say("act.retry_all");
  if (several && act === "remove") return say("act.remove_all");
  return say(WORDS[act]);
}

/** Acts that help everything at once, wherever they are pressed: their place is the headline. */
export const FOR_ALL: ReadonlySet<Act> = new Set(["sign_in", "unlock", "settings"]);

/** Does it, for all of these items. */
export async function perform(app: App, act: Act, ids: readonly ItemId[]): Promise<void> {
  const { backend } = app;
  const [first] = app.queue.rows(ids);
  if (!first) return;
  const all = [...ids];
  switch (act) {
    case "sign_in":
      app.dialogs.open("connect", { workspace: first.workspace });
      return;
    case "settings":
      app.go("settings");
      return;
    case "settle":
      app.dialogs.open("settle", { id: first.id });
      return;
    case "edit":
      app.edit(all);
      return;
    case "remove":
      if (losesWork(app.queue.rows(ids))) app.dialogs.open("remove", { ids: all });
      else await app.remove(all);
      return;
    case "copy_link":
      await copyLinks(app, all);
      return;
    case "unlock":
      await app.attempt(() => app.world.checkKeychain());
      return;
    case "retry":
      await app.attempt(() => backend.call("retry", { ids: all }));
      return;
    case "pause":
    case "resume": {
      const intent = act === "pause" ? "pause" : "run";
      await app.attempt(() => backend.call("set_intent", { ids: all, intent }));
      return;
    }
    case "send_next":
      await app.attempt(() => backend.call("send_next", { ids: all }));
      return;
    case "open":
      await app.attempt(() =>
        backend.call("open_video", { id: first.id, public: first.published }),
      );
  }
}

/** Whether something that took time would be gone: bytes that were sent, or many items at once. */
function losesWork(rows: readonly Row[]): boolean {
  const open = rows.filter((row) => row.stage !== "done" && row.stage !== "cancelled");
  return open.length > 1 || open.some((row) => row.stored > 0 || row.stage !== "queued");
}

export async function copyLinks(app: App, ids: readonly ItemId[]): Promise<void> {
  await app.attempt(async () => {
    const count = await app.backend.call("copy_links", { ids: [...ids] });
    app.notices.toast(say("links.copied", { count }));
  });
}

const linked = (row: Row): boolean => row.public_url !== null || row.admin_url !== null;

/** Whether a pause would hold it. */
export const runs = (row: Row): boolean => !ended(row) && row.intent === "run";
/** Whether a pause holds it. */
export const rests = (row: Row): boolean => !ended(row) && row.intent === "pause";

/** Everything that can be done with these items. `editTitle` begins to edit the title of a single one where it stands. */
export function menuOf(app: App, ids: readonly ItemId[], editTitle: () => void): MenuItem[] {
  const rows = app.queue.rows(ids);
  const [first] = rows;
  if (!first) return [];
  const one = rows.length === 1;
  const does = (act: Act) => () => void perform(app, act, ids);
  const items: (MenuItem | false)[] = [
    rows.some((row) => row.stage === "queued") && {
      label: say("act.send_next"),
      icon: "first",
      act: does("send_next"),
    },
    rows.some(runs) && {
      label: say("act.pause"),
      icon: "pause",
      keys: keys("Mod+P"),
      act: does("pause"),
    },
    rows.some(rests) && {
      label: say("act.resume"),
      icon: "play",
      keys: keys("Mod+P"),
      act: does("resume"),
    },
    rows.some((row) => row.stage === "failed" || row.waiting) && {
      label: say("act.retry"),
      icon: "retry",
      act: does("retry"),
    },
    "line",
    one && { label: say("act.edit_title"), keys: "F2", act: editTitle },
    {
      label: say("act.edit_details"),
      icon: "edit",
      keys: keys("Mod+E"),
      act: does("edit"),
    },
    "line",
    one &&
      first.admin_url !== null && {
        label: say("act.open_admin"),
        icon: "open",
        act: () =>
          void app.attempt(() => app.backend.call("open_video", { id: first.id, public: false })),
      },
    one &&
      first.published &&
      first.public_url !== null && {
        label: say("act.open_public"),
        icon: "open",
        act: () =>
          void app.attempt(() => app.backend.call("open_video", { id: first.id, public: true })),
      },
    rows.some(linked) && {
      label: say(one ? "act.copy_link" : "act.copy_links"),
      icon: "link",
      keys: keys("Mod+L"),
      act: does("copy_link"),
    },
    one &&
      first.file !== "" && {
        label: say("act.reveal"),
        icon: "folder",
        act: () => void app.attempt(() => app.backend.call("reveal", { id: first.id })),
      },
    one && {
      label: say("act.log"),
      icon: "log",
      act: () => app.dialogs.open("log", { id: first.id }),
    },
    "line",
    {
      label: say("act.remove"),
      icon: "trash",
      tone: "bad",
      keys: keys("Delete"),
      act: does("remove"),
    },
  ];
  return tidy(items.filter((item): item is MenuItem => item !== false));
}

/** Without lines at the ends and without two in a row. */
function tidy(items: MenuItem[]): MenuItem[] {
  return items.filter(
    (item, index) =>
      item !== "line" || (index > 0 && index < items.length - 1 && items[index - 1] !== "line"),
  );
}
