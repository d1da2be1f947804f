/** What a drop over the library does: to the video below the pointer, or beside all of them. Pure. */
import type { LibraryVideo } from "../backend";

/** What hangs over the window, or was let go of. */
export interface Carried {
  videos: number;
  images: number;
  folders: number;
  others: number;
}

export type Aim =
  /** An image becomes the video's picture. */
  | { does: "thumbnail"; video: LibraryVideo }
  /** A file goes in the place of the video's, or of the image. */
  | { does: "replace"; video: LibraryVideo }
  /** Images are matched to videos by their names. */
  | { does: "match"; images: number }
  /** New videos, for the queue. */
  | { does: "add" }
  | {
      does: "refuse";
      because: "several" | "folder" | "kind" | "nothing";
      video: LibraryVideo | null;
    };

/** One that is about a certain video, if it is below the pointer. */
export type AimAt = Extract<Aim, { video: LibraryVideo | null }>;

export function aimOf(carried: Carried, video: LibraryVideo | null): Aim {
  const { videos, images, folders, others } = carried;
  if (video === null) {
    if (images > 0 && videos === 0 && folders === 0) return { does: "match", images };
    if (images + videos + folders > 0) return { does: "add" };
    return { does: "refuse", because: "nothing", video };
  }
  if (folders > 0) return { does: "refuse", because: "folder", video };
  if (videos + images + others > 1) return { does: "refuse", because: "several", video };
  if (others > 0) {
    // What its name does not tell may be a recording, and is looked at when it is dropped.
    return video.kind === "audio"
      ? { does: "replace", video }
      : { does: "refuse", because: "kind", video };
  }
  if (images > 0) return { does: video.kind === "image" ? "replace" : "thumbnail", video };
  if (videos > 0 && video.kind !== "image") return { does: "replace", video };
  return { does: "refuse", because: videos > 0 ? "kind" : "nothing", video };
}
