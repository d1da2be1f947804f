/** The videos of the demonstration's workspaces. */
import type { LibraryVideo } from "../..";
import { NORDLYS } from "../rows";

const DAY = 86_400;

export type Draft = Partial<LibraryVideo> & { id: number; title: string };

export function video(now: number, draft: Draft): LibraryVideo {
  const { id, workspace = NORDLYS, published = true } = draft;
  return {
    description: "",
    tags: [],
    categories: [],
    kind: "video",
    publish_at: null,
    playable: true,
    percent: null,
    length_s: 180,
    width: 1920,
    height: 1080,
    bytes: null,
    file_name: null,
    uploaded_at: Math.floor(now / 1000) - DAY,
    admin_url: `https://${workspace}/manage/video/${id}`,
    public_url: published ? `https://${workspace}/video/${id}` : null,
    picture: "1",
    replacing: null,
    ...draft,
    workspace,
    published,
  };
}

type Film = [title: string, seconds: number, category: string, days: number, more?: Partial<Draft>];

const FILMS: readonly Film[] = [
  ["Product tour, 90 seconds", 90, "Product", 0],
  ["Interview: Sofie Lind", 764, "Stories", 0, { playable: false, percent: 60, published: false }],
  ["Teaser, vertical", 48, "Social", 1, { width: 1080, height: 1920 }],
  ["Autumn campaign", 92, "Social", 3, { file_name: "autumn_campaign_v3.mp4" }],
  ["All hands, November", 3320, "Internal", 4, { published: false }],
  ["Webinar 13: Captions that help", 3128, "Webinars", 10],
  ["Onboarding, part 2", 500, "Internal", 23, { published: false }],
  ["Spring keynote", 252, "Webinars", 215, { file_name: "keynote_v6.mp4" }],
  ["Panel: what comes after the webinar", 5412, "Webinars", 34],
  ["Onboarding, part 1", 611, "Internal", 37, { published: false }],
  ["Harbour at dawn", 43, "Stories", 41],
  ["How we make a first mile", 1244, "Stories", 48],
  ["Customer story: Fjord Studio", 198, "Stories", 52, { publish_at: 5, published: false }],
  ["Poster for the summit", 0, "Social", 60, { kind: "image", length_s: null, bytes: 2_400_000 }],
  ["Webinar 12: Live without a net", 3011, "Webinars", 66],
  ["Support hours, explained", 75, "Product", 71],
  [
    "Podcast: The quiet uploader",
    2480,
    "Stories",
    80,
    { kind: "audio", width: null, height: null, picture: null },
  ],
  ["Q3 results for employees", 1850, "Internal", 84, { published: false }],
  ["Ferry crossing", 34, "Stories", 97],
  ["Webinar 11: Numbers that matter", 2955, "Webinars", 101],
];

/** A workspace as somebody may have one. */
export function ordinary(now: number): LibraryVideo[] {
  return FILMS.map(([title, length_s, category, days, more = {}], index) =>
    video(now, {
      id: 91_204_310 - index * 7,
      title,
      length_s: length_s || null,
      categories: [category],
      tags: category === "Webinars" ? ["webinar", "2026"] : [],
      uploaded_at: Math.floor(now / 1000) - days * DAY - index * 600,
      ...more,
      ...(more.publish_at ? { publish_at: Math.floor(now / 1000) + more.publish_at * DAY } : {}),
    }),
  );
}

/** A workspace that has been filled for years. */
export function thousands(now: number): LibraryVideo[] {
  const kinds = ["Episode", "Lecture", "Interview", "Recording"] as const;
  const categories = ["Webinars", "Product", "Stories", "Social", "Internal"] as const;
  return Array.from({ length: 5000 }, (_, index) => {
    const n = 5000 - index;
    return video(now, {
      id: 80_000_000 + n,
      title: `${kinds[n % kinds.length]} ${n}`,
      length_s: 40 + ((n * 131) % 3400),
      published: n % 7 !== 0,
      categories: [categories[n % categories.length] ?? "Webinars"],
      uploaded_at: Math.floor(now / 1000) - index * 9000,
    });
  });
}
