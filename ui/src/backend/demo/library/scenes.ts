/** Scenes of the library: what is in the workspace, and what hangs over it or is open in it. */
import type { Carried } from "../../../state/aim";
import type { OpenDialog } from "../../../state/dialogs.svelte";
import { imagesOffer, videoOffer } from "../offers";
import type { Shown } from "../places";
import { row, type DemoRow } from "../rows";
import type { Scene, World } from "../world";
import { ordinary, thousands } from "./videos";

export type LibraryScene = Partial<Scene> & {
  rows: DemoRow[];
  show: Shown;
  opening?: (world: World) => void;
};

const show: Shown = { route: "library" };
const SPRING = "Spring keynote";

const open = (dialog: (world: World) => OpenDialog): Shown => ({ ...show, dialog });

/** The number of the video of that name. */
const called = (world: World, title: string): number =>
  [...world.shelf.videos.values()].find((one) => one.title === title)?.id ?? 0;

const comparing = (file: string, title = SPRING): Shown =>
  open((world) => {
    const offer = world.offer(
      file.endsWith(".png") ? imagesOffer("drop", 1, file) : videoOffer("drop", file),
    );
    return { name: "compare", props: { offer, file: 1, video: called(world, title) } };
  });

const editing = (title: string): Shown =>
  open((world) => ({ name: "video", props: { video: called(world, title) } }));

/** Over the first video that is drawn, wherever the window is as small as it may be. */
const OVER = { x: 300, y: 190 };

/** Files over it, once it is drawn. */
const hanging =
  (files: Partial<Carried>) =>
  (world: World): void => {
    const carried = { videos: 0, images: 0, folders: 0, others: 0, ...files };
    world.clock.every(1_000, () => {
      world.send("hover", carried);
      world.send("over", OVER);
    });
  };

export const LIBRARY = {
  library: (now) => ({ rows: [], library: { videos: ordinary(now) }, show }),
  "library-empty": () => ({ rows: [], library: { videos: [] }, show }),
  "library-many": (now) => ({ rows: [], library: { videos: thousands(now) }, show }),
  "library-unreachable": (now) => ({
    rows: [],
    library: { videos: ordinary(now), away: { code: "workspace_unreachable" } },
    show,
  }),
  "library-unknown": (now) => ({
    rows: [],
    library: { videos: ordinary(now), away: { code: "workspace_unreachable" }, unknown: true },
    show,
  }),
  "library-replacing": (now) => ({
    rows: [
      row(now, {
        file: "keynote_final_v7.mp4",
        total: 2_100_000_000,
        sent: 700_000_000,
        stage: "uploading",
        replaces: { video: 91_204_310, kind: "video", moment_ms: null },
        details: { title: "Product tour, 90 seconds" },
      }),
      row(now, {
        file: "autumn.png",
        total: 1_200_000,
        replaces: { video: 91_204_289, kind: "image", moment_ms: null },
        intent: "pause",
        details: { title: "Autumn campaign" },
      }),
    ],
    library: { videos: ordinary(now) },
    show,
  }),
  "library-hover": (now) => ({
    rows: [],
    library: { videos: ordinary(now) },
    show,
    opening: hanging({ images: 1 }),
  }),
  "library-hover-refused": (now) => ({
    rows: [],
    library: { videos: ordinary(now) },
    show,
    opening: hanging({ videos: 3 }),
  }),
  "library-replace": (now) => ({
    rows: [],
    library: { videos: ordinary(now) },
    show: comparing("keynote_final_v7.mp4"),
  }),
  "library-replace-warns": (now) => ({
    rows: [],
    library: { videos: ordinary(now) },
    show: comparing("keynote_short.mp4"),
  }),
  "library-thumbnail": (now) => ({
    rows: [],
    library: { videos: ordinary(now) },
    show: comparing("summit.png"),
  }),
  "library-refused": (now) => ({
    rows: [],
    library: { videos: ordinary(now) },
    show: comparing("keynote_final_v7.mp4", "Poster for the summit"),
  }),
  "library-pairs": (now) => ({
    rows: [],
    library: { videos: ordinary(now) },
    show: open((world) => ({
      name: "pairs",
      props: { offer: world.offer(imagesOffer("drop", 5)) },
    })),
  }),
  "library-moment": (now) => ({
    rows: [],
    library: { videos: ordinary(now) },
    show: open((world) => ({ name: "moment", props: { video: called(world, SPRING) } })),
  }),
  "library-edit": (now) => ({
    rows: [],
    library: { videos: ordinary(now) },
    show: editing("Webinar 13: Captions that help"),
  }),
  "library-edit-many": (now) => ({
    rows: [],
    library: { videos: ordinary(now) },
    show: open((world) => ({
      name: "videos",
      props: {
        videos: ["Onboarding, part 1", "Onboarding, part 2"].map((one) => called(world, one)),
      },
    })),
  }),
} satisfies Record<string, (now: number) => LibraryScene>;
