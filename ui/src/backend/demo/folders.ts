/** What the demonstration answers about watched folders: there are none in a browser. */
import type { Command, Reply, Request } from "..";
import { refuse } from "./faults";
import type { World } from "./world";

type FolderCommand = Extract<Command, `folder_${string}`>;
type Answers = { [C in FolderCommand]: (world: World, request: Request<C>) => Reply<C> };

const unknown = (world: World): never => refuse(world, { code: "folder_unknown" });

export const folderAnswers: Answers = {
  folder_choose: (world) => {
    if (world.dialogs) refuse(world, world.dialogs);
    return null;
  },
  folder_of_offer: unknown,
  folder_add: unknown,
  folder_set_preset: unknown,
  folder_set_watching: unknown,
  folder_remove: unknown,
  folder_ledger: unknown,
  folder_send_again: unknown,
  folder_reveal: unknown,
  folder_open_video: unknown,
};
