/** Which component shows which dialog. Each gets its props (`state/dialogs.svelte.ts`) and `onclose`. */
import type { Component } from "svelte";
import type { DialogName, DialogProps } from "../state/dialogs.svelte";
import Connect from "./connect/Connect.svelte";
import SignedIn from "./connect/SignedIn.svelte";
import Details from "./details/Details.svelte";
import SendAgain from "./folders/ledger/SendAgain.svelte";
import EditFolder from "./folders/preset/EditFolder.svelte";
import WatchFolder from "./folders/preset/WatchFolder.svelte";
import RemoveFolder from "./folders/Remove.svelte";
import Shortcuts from "./frame/Shortcuts.svelte";
import Compare from "./library/compare/Compare.svelte";
import EditVideo from "./library/edit/EditVideo.svelte";
import EditVideos from "./library/edit/EditVideos.svelte";
import Moment from "./library/moment/Moment.svelte";
import Pairs from "./library/pairs/Pairs.svelte";
import Log from "./log/Log.svelte";
import News from "./news/News.svelte";
import ConfirmRemove from "./queue/ConfirmRemove.svelte";
import EditMany from "./queue/EditMany.svelte";
import OfferSheet from "./queue/OfferSheet.svelte";
import Bundle from "./settings/Bundle.svelte";
import SignOut from "./settings/SignOut.svelte";
import Settle from "./settle/Settle.svelte";

export const dialogs: {
  [N in DialogName]: Component<DialogProps[N] & { onclose: () => void }>;
} = {
  shortcuts: Shortcuts,
  offer: OfferSheet,
  edit_many: EditMany,
  remove: ConfirmRemove,
  details: Details,
  log: Log,
  settle: Settle,
  connect: Connect,
  signed_in: SignedIn,
  sign_out: SignOut,
  bundle: Bundle,
  news: News,
  compare: Compare,
  pairs: Pairs,
  moment: Moment,
  video: EditVideo,
  videos: EditVideos,
  watch: WatchFolder,
  folder: EditFolder,
  unwatch: RemoveFolder,
  send_again: SendAgain,
};
