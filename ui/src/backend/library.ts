/** The library's part of what the pages may ask, until the shell's list has it. */
import type { ItemId } from "./generated/ItemId";
import type { Offer } from "./generated/Offer";
import type { Told } from "./generated/Told";

/**
 * A video, a recording or an image of a workspace.
 */
export type LibraryVideo = {
  /**
   * Where it is, as `host[:port]`.
   */
  workspace: string;
  /**
   * The vendor's `photo_id`.
   */
  id: number;
  title: string;
  /**
   * What it is about, with its markup.
   */
  description: string;
  tags: Array<string>;
  /**
   * The names of its categories; the id of one whose name is not known, or is not its alone. Each can be said in an
   * edit as it stands here.
   */
  categories: Array<string>;
  kind: "video" | "audio" | "image";
  /**
   * Whether the public sees it.
   */
  published: boolean;
  /**
   * When the public will see it, in epoch seconds; only where that is ahead.
   */
  publish_at: number | null;
  /**
   * Whether it can be played. An image can.
   */
  playable: boolean;
  /**
   * How much of it can be played, in percent; only where it is not all, and the server says so.
   */
  percent: number | null;
  length_s: number | null;
  /**
   * Of the largest rendition that is there, in pixels.
   */
  width: number | null;
  height: number | null;
  /**
   * Of an image's file. The workspace does not say it of a video.
   */
  bytes: number | null;
  file_name: string | null;
  /**
   * Epoch seconds.
   */
  uploaded_at: number | null;
  admin_url: string;
  /**
   * Where the public finds it once it is published.
   */
  public_url: string | null;
  /**
   * Another one whenever its picture may be another one; none where it has no picture.
   */
  picture: string | null;
  /**
   * The item of the queue that is to replace it, its thumbnail or its file, and has not ended.
   */
  replacing: ItemId | null;
};

/**
 * A page of videos, the last that was uploaded first.
 */
export type LibraryPage = {
  videos: Array<LibraryVideo>;
  /**
   * Those of all pages. Where there is trouble, of those that are known.
   */
  total: number;
  /**
   * From 1.
   */
  page: number;
  size: number;
  /**
   * When the workspace said so, in epoch seconds.
   */
  as_of: number;
  /**
   * Why the workspace could not be asked: this is what was last known.
   */
  trouble: Told | null;
};

/**
 * Which of the videos are wanted.
 */
export type Show = "all" | "drafts" | "published" | "mine";

/**
 * What is to be different about videos; `null` stays as it is.
 */
export type VideoEdit = {
  title: string | null;
  description: string | null;
  tags: Array<string> | null;
  add_tags: Array<string>;
  remove_tags: Array<string>;
  categories: Array<string> | null;
  publish: "draft" | "now" | { at: number } | null;
};

/**
 * What became of an edit of one video.
 */
export type EditedVideo = {
  id: number;
  /**
   * As it is now.
   */
  video: LibraryVideo | null;
  /**
   * What the workspace did not take.
   */
  refused: Array<{
    field: "title" | "description" | "tags" | "categories" | "publish";
    asked: string;
    has: string;
  }>;
  trouble: Told | null;
};

/**
 * Old and new, side by side.
 */
export type Comparison = {
  file: {
    name: string;
    kind: "video" | "image" | "other";
    bytes: number;
    facts: { width: number | null; height: number | null; seconds: number | null } | null;
  };
  /**
   * As it is now.
   */
  video: LibraryVideo;
  /**
   * Why this file cannot go there.
   */
  refused: Told | null;
  /**
   * In what the two differ so much that it may be the wrong file.
   */
  differs: Array<"length" | "shape" | "smaller">;
};

/**
 * A place in the window, in the pixels that the pages count in.
 */
export type Place = { x: number; y: number };

/**
 * An image of an offer, and the video that it is meant for as far as its name says.
 */
export type Pair = {
  file: number;
  name: string;
  bytes: number;
  video: LibraryVideo | null;
  by: "id" | "title" | null;
  /**
   * Those that it may be meant for.
   */
  candidates: Array<LibraryVideo>;
  /**
   * Why it can be nothing's picture.
   */
  refused: Told | null;
};

export type LibraryCommands = {
  library_page: {
    request: {
      workspace: string;
      search: string;
      show: Show;
      /**
       * By its name or its id.
       */
      category: string | null;
      /**
       * From 1.
       */
      page: number;
    };
    reply: LibraryPage;
  };
  library_video: { request: { workspace: string; video: number }; reply: LibraryVideo };
  library_edit: {
    request: { workspace: string; videos: Array<number>; edit: VideoEdit };
    reply: Array<EditedVideo>;
  };
  library_open: {
    request: { workspace: string; video: number; place: "admin" | "public" };
    reply: null;
  };
  library_copy_link: { request: { workspace: string; videos: Array<number> }; reply: number };
  library_choose: { request: { want: "video" | "image" | "images" }; reply: Offer | null };
  library_compare: {
    request: { offer: number; file: number; workspace: string; video: number };
    reply: Comparison;
  };
  library_match: { request: { offer: number; workspace: string }; reply: Array<Pair> };
  library_replace: {
    request: { offer: number; workspace: string; pairs: Array<{ file: number; video: number }> };
    reply: { items: Array<ItemId>; failed: Array<{ file: number; trouble: Told }> };
  };
  library_set_moment: {
    request: {
      workspace: string;
      video: number;
      /**
       * Seconds from its beginning.
       */
      at_s: number;
    };
    reply: ItemId;
  };
};
