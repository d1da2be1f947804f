/** What somebody may drop or choose in the demonstration. */
import type { Offer, Offered } from "..";
import { stem } from "./rows";

let made = 0;

const MEGA = 1_000_000;

function video(n: number, file: string, size: number, more: Partial<Offered> = {}): Offered {
  const title = stem(file).replaceAll(/[-_]+/g, " ");
  return {
    n,
    file,
    folder: "",
    kind: "video",
    size,
    title,
    thumbnail: null,
    subtitles: [],
    details: null,
    ...more,
  };
}

/** Three films with nothing to ask about. */
export function looseOffer(by: Offer["by"]): Offer {
  made += 1;
  return {
    id: made,
    by,
    folders: [],
    videos: [
      video(1, `Customer story ${made}.mp4`, 1_420 * MEGA),
      video(2, `Customer story ${made}, short.mp4`, 212 * MEGA),
      video(3, `Customer story ${made}, vertical.mp4`, 96 * MEGA),
    ],
    skipped: [],
    skipped_more: 0,
    at: null,
  };
}

/** A folder with subfolders, companions, and files that are no videos. */
export function folderOffer(by: Offer["by"], danish = false): Offer {
  made += 1;
  const names = ["Opening", "Keynote", "Panel", "Demo", "Interview", "Workshop", "Closing"];
  const videos = names.flatMap((name, day) =>
    ["Day 1", "Day 2"].map((folder, at) => {
      const n = at * names.length + day + 1;
      const file = `${name.toLowerCase()}_${at + 1}.mp4`;
      return video(n, file, (320 + ((n * 379) % 2_900)) * MEGA, {
        folder,
        thumbnail: n % 3 === 0 ? `${name.toLowerCase()}_${at + 1}.jpg` : null,
        subtitles:
          n % 2 === 0 ? [{ locale: "en", file: `${name.toLowerCase()}_${at + 1}.en.srt` }] : [],
      });
    }),
  );
  return {
    id: made,
    by,
    folders: ["Autumn summit"],
    videos: videos.toSorted((one, other) => one.n - other.n),
    skipped: [
      { file: "Day 1/notes.docx", why: danish ? "Det er ikke en video." : "This is not a video." },
      { file: "Day 1/broken.mp4", why: danish ? "Filen er tom." : "The file is empty." },
      {
        file: "Day 2/.cache.mov",
        why: danish ? "Skjulte filer tages ikke med." : "Hidden files are left out.",
      },
    ],
    skipped_more: 9,
    at: null,
  };
}

const NAMES = [
  "summit.png",
  "[91204289] autumn.png",
  "Harbour at dawn.jpg",
  "webinar.jpg",
  "IMG_0042.png",
];

/** Images for videos: some say which, some do not. */
export function imagesOffer(by: Offer["by"], many: number, first = "summit.png"): Offer {
  const names = many === 1 ? [first] : NAMES.slice(0, many);
  return {
    ...looseOffer(by),
    videos: names.map((file, index) =>
      video(index + 1, file, 1_840_000 + index * 312_000, { kind: "image" }),
    ),
  };
}

/** One film, for one that is there. */
export function videoOffer(by: Offer["by"], file = "keynote_final_v7.mp4"): Offer {
  return { ...looseOffer(by), videos: [video(1, file, 2_100 * MEGA)] };
}
