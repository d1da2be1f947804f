/** What of the library the shell's list does not have yet. */
import type { ItemId } from "./generated/ItemId";

export type LibraryCommands = {
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
