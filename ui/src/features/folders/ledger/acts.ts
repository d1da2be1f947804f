/** What can be done with the lines of a ledger: the menu, and doing it. */
import type { LedgerRow } from "../../../backend";
import type { MenuItem } from "../../../components/menu.svelte";
import type { App } from "../../../state/app.svelte";
import { say } from "../../../words/index.svelte";
import { reveal } from "../acts";
import { makesTwo, neverSent, videoOf } from "./words";

/** Sends files whatever the ledger says of them; where that would make a second video, somebody is asked first. */
export async function sendAgain(app: App, folder: string, of: readonly LedgerRow[]): Promise<void> {
  const sendable = of.filter(({ again }) => again);
  const [first] = sendable;
  if (!first) return;
  const lines = sendable.map(({ line }) => line);
  if (sendable.some(makesTwo)) {
    app.dialogs.open("send_again", { folder, lines, file: first.file });
  } else {
    await send(app, folder, lines, first.file);
  }
}

/** Sends them, and says so. */
export async function send(
  app: App,
  folder: string,
  lines: readonly number[],
  file: string,
): Promise<boolean> {
  const sent = await app.attempt(() =>
    app.backend.call("folder_send_again", { folder, lines: [...lines] }),
  );
  if (sent) app.notices.toast(say("ledger.sent_again", { count: lines.length, file }));
  return sent;
}

export const openVideo = (app: App, folder: string, line: number): Promise<boolean> =>
  app.attempt(() => app.backend.call("folder_open_video", { folder, line }));

export const wordsForSending = (line: LedgerRow): string =>
  say(neverSent(line) ? "ledger.send" : "settle.again");

export function menuOf(app: App, folder: string, of: readonly LedgerRow[]): MenuItem[] {
  const [first] = of;
  if (!first) return [];
  const { item } = first;
  const again: MenuItem = {
    label: of.length > 1 ? say("ledger.send_many", { count: of.length }) : wordsForSending(first),
    icon: "retry",
    keys: "S",
    disabled: !of.some((line) => line.again),
    act: () => void sendAgain(app, folder, of),
  };
  if (of.length > 1) return [again];
  return [
    again,
    {
      label: say("act.open_admin"),
      icon: "open",
      disabled: videoOf(first) === null,
      act: () => void openVideo(app, folder, first.line),
    },
    {
      label: say("act.reveal"),
      icon: "folder",
      disabled: first.line === 0,
      act: () => void reveal(app, folder, first.line),
    },
    ...(item === null
      ? []
      : [
          {
            label: say("ledger.in_queue"),
            icon: "queue",
            act: () => app.showUpload(item),
          } satisfies MenuItem,
        ]),
  ];
}
