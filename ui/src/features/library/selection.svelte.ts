/** Which videos of the library are selected, and where the keyboard stands. */
import type { LibraryVideo } from "../../backend";
import type { Library } from "../../state/library.svelte";
import { Places } from "../selection/places.svelte";

export class Selection extends Places {
  constructor(private readonly library: Library) {
    super((place) => library.at(place)?.id);
  }

  has(video: LibraryVideo | undefined): boolean {
    return video !== undefined && this.ids.has(video.id);
  }

  /** The videos that are selected. */
  videos(): LibraryVideo[] {
    return [...this.ids].flatMap((id) => this.library.videos.get(id) ?? []);
  }

  /** What an act on this video is meant for: the selection if it is part of one, else it alone. */
  around(video: LibraryVideo): LibraryVideo[] {
    return this.ids.has(video.id) && this.ids.size > 1 ? this.videos() : [video];
  }

  /** Lets go of what is not shown any more. */
  keep(): void {
    for (const id of this.ids) if (!this.library.videos.has(id)) this.ids.delete(id);
    this.within(this.library.total);
  }
}
