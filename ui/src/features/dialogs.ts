/** Which component shows which dialog. Each gets its props (`state/dialogs.svelte.ts`) and `onclose`. */
import type { Component } from "svelte";
import type { DialogName, DialogProps } from "../state/dialogs.svelte";
import Shortcuts from "./frame/Shortcuts.svelte";
import ConfirmRemove from "./queue/ConfirmRemove.svelte";
import EditMany from "./queue/EditMany.svelte";
import OfferSheet from "./queue/OfferSheet.svelte";

export type DialogComponent<N extends DialogName> = Component<
  DialogProps[N] & { onclose: () => void }
>;

export const dialogs: { [N in DialogName]?: DialogComponent<N> } = {
  shortcuts: Shortcuts,
  offer: OfferSheet,
  edit_many: EditMany,
  remove: ConfirmRemove,
};
