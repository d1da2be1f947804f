/**
 * What the pages may ask of the world outside them, and what it tells them.
 *
 * The commands, their payloads and the updates are generated from the shell's list (`src-tauri/src/ipc.rs`). Two things
 * implement them: `tauri.ts` inside the app, `demo.ts` in a plain browser and in tests. Everything that reaches beyond
 * the page goes through here, so that no component knows which of the two it runs on.
 */
import type { Commands } from "./generated/Commands";
import type { LibraryVideo } from "./generated/LibraryVideo";
import type { Updates } from "./generated/Updates";

export type { Added } from "./generated/Added";
export type { BundlePart } from "./generated/BundlePart";
export type { Category } from "./generated/Category";
export type { Changes } from "./generated/Changes";
export type { ChosenFolder } from "./generated/ChosenFolder";
export type { Comparison } from "./generated/Comparison";
export type { Details } from "./generated/Details";
export type { Edit } from "./generated/Edit";
export type { EditedField } from "./generated/EditedField";
export type { EditedVideo } from "./generated/EditedVideo";
export type { FolderPreset } from "./generated/FolderPreset";
export type { FolderRow } from "./generated/FolderRow";
export type { Hover } from "./generated/Hover";
export type { Hour } from "./generated/Hour";
export type { Intent } from "./generated/Intent";
export type { LedgerPart } from "./generated/LedgerPart";
export type { LedgerRow } from "./generated/LedgerRow";
export type { LibraryPage } from "./generated/LibraryPage";
export type { LibraryVideo } from "./generated/LibraryVideo";
export type { LogLine } from "./generated/LogLine";
export type { Offer } from "./generated/Offer";
export type { Offered } from "./generated/Offered";
export type { Pair } from "./generated/Pair";
export type { Place } from "./generated/Place";
export type { Progress } from "./generated/Progress";
export type { Publish } from "./generated/Publish";
export type { Remedy } from "./generated/Remedy";
export type { Row } from "./generated/Row";
export type { SetSpeed } from "./generated/SetSpeed";
export type { Settings } from "./generated/Settings";
export type { Settlement } from "./generated/Settlement";
export type { Show } from "./generated/Show";
export type { SignedIn } from "./generated/SignedIn";
export type { Speed } from "./generated/Speed";
export type { Snapshot } from "./generated/Snapshot";
export type { Stage } from "./generated/Stage";
export type { Told } from "./generated/Told";
export type { VideoEdit } from "./generated/VideoEdit";
export type { Workspace } from "./generated/Workspace";
export type { Commands, Updates };

export type Command = keyof Commands;
export type Request<C extends Command> = Commands[C]["request"];
export type Reply<C extends Command> = Commands[C]["reply"];
export type Update = keyof Updates;

/** An item of the queue, by its id. */
export type ItemId = string;

export interface Backend {
  /** The app's window, or a browser that only shows the pages. */
  readonly host: "desktop" | "demo";
  /** Asks for one thing. What cannot be had rejects with a `Told`, in the window's language. */
  call<C extends Command>(command: C, request: Request<C>): Promise<Reply<C>>;
  /**
   * Hears of each update of one kind, in order, until the function that it resolves to is called. Nothing that is sent
   * after it has resolved is missed.
   */
  listen<U extends Update>(update: U, hear: (payload: Updates[U]) => void): Promise<() => void>;
  /** Where an `<img>` finds the picture of an item that has one (`Row.picture`). */
  picture(id: ItemId): string;
  /** Where it finds that of a video in the workspace; nothing where it has none. */
  videoPicture(video: LibraryVideo): string | null;
  /** Where it finds a video's picture at a moment, in seconds. */
  framePicture(video: LibraryVideo, at: number): string;
  /** Where it finds the picture of a file that is offered. */
  offeredPicture(offer: number, file: number): string;
}
