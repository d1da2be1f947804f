/** Which dialog is open, and with what. One at a time; a second one takes the first one's place. */
import type { ChosenFolder, ItemId, Offer, SignedIn } from "../backend";

/** Every dialog of the window, with what it needs to know. `features/dialogs.ts` says which component shows it. */
export interface DialogProps {
  shortcuts: Record<never, never>;
  /** What was dropped or chosen, before it is added. */
  offer: { offer: Offer };
  /** Details of several items at once. */
  edit_many: { ids: readonly ItemId[] };
  /** Whether items that are not done are really to be taken out. */
  remove: { ids: readonly ItemId[] };
  /** Details of one item. */
  details: { id: ItemId };
  log: { id: ItemId };
  settle: { id: ItemId };
  bundle: Record<never, never>;
  /** What is new, since this version where it is known. */
  news: { before: string | null };
  /** Signing in: to this workspace again, or to a new one. */
  connect: { workspace: string | null };
  /** What a sign-in opened. */
  signed_in: { signed: SignedIn };
  sign_out: { workspace: string };
  /** A file beside the video of the library that it would replace. */
  compare: { offer: Offer; file: number; video: number };
  /** Images, and the videos of the library that they may be meant for. */
  pairs: { offer: Offer };
  /** A moment of a video, as its picture. */
  moment: { video: number };
  /** What is said about a video of the library, or about several. */
  video: { video: number };
  videos: { videos: readonly number[] };
  /** A folder that is to be watched, and what is done with what is in it. */
  watch: { chosen: ChosenFolder };
  /** What is done with what is put into a watched folder. */
  folder: { folder: string };
  /** Whether a folder is not to be watched any more. */
  unwatch: { folder: string };
  /** Whether files whose videos are there are to be sent once more. */
  send_again: { folder: string; lines: readonly number[]; file: string };
}

export type DialogName = keyof DialogProps;
export type OpenDialog = { [N in DialogName]: { name: N; props: DialogProps[N] } }[DialogName];

export class Dialogs {
  current: OpenDialog | null = $state.raw(null);

  /** `closed` is called when none is open any more. */
  constructor(private readonly closed: () => void) {}

  open<N extends DialogName>(name: N, props: DialogProps[N]): void {
    this.current = { name, props } as OpenDialog;
  }

  close(): void {
    this.current = null;
    // Whoever closes one to open the next does that first.
    queueMicrotask(() => {
      if (!this.current) this.closed();
    });
  }
}
