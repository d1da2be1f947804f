/** Every state of every screen, by a name: `?scene=busy`. */
import type { Hour, Workspace } from "..";
import { FOLDERS } from "./folders/scenes";
import { LIBRARY } from "./library/scenes";
import { ordinary } from "./library/videos";
import { folderOffer } from "./offers";
import { PLACES, type Shown } from "./places";
import { beginAnew, FJORD, NORDLYS, row, SANDBOX, type DemoRow, type Draft } from "./rows";
import { workspaceAt } from "./signing";
import type { Scene, World } from "./world";

const MEGA = 1_000_000;
const GIGA = 1_000 * MEGA;

const WORKSPACES: Workspace[] = [workspaceAt(NORDLYS), workspaceAt(FJORD)];

const minutesAgo = (now: number, minutes: number): string =>
  new Date(now - minutes * 60_000).toISOString();

/** What waits in most scenes: a series, so that there is something to edit at once. */
function series(now: number, length: number, more: Partial<Draft> = {}): DemoRow[] {
  return Array.from({ length }, (_, index) => {
    const n = index + 1;
    const seconds = 600 + ((n * 397) % 2600);
    return row(now, {
      file: `lecture_${String(n).padStart(2, "0")}.mp4`,
      folder: "/home/maja/Video/Lectures",
      total: Math.round(seconds * 1.1) * MEGA,
      facts: { width: 1920, height: 1080, seconds },
      ...more,
      details: { title: `Lecture ${n}`, categories: [15], tags: ["lectures"] },
    });
  });
}

function moving(now: number): DemoRow[] {
  return [
    row(now, {
      file: "webinar-14.mov",
      folder: "/home/maja/Video/Webinars",
      total: 8.4 * GIGA,
      sent: 3.55 * GIGA,
      rate: 18.5 * MEGA,
      stage: "uploading",
      facts: { width: 3840, height: 2160, seconds: 3128 },
      companions: { thumbnail: null, subtitles: [{ locale: "en", file: "webinar-14.en.srt" }] },
      details: { title: "Webinar 14: Video in the first mile", categories: [11] },
    }),
    row(now, {
      file: "panel_full_4k_master.mov",
      folder: "/home/maja/Video/Webinars",
      total: 21.6 * GIGA,
      sent: 1.9 * GIGA,
      rate: 8 * MEGA,
      stage: "uploading",
      facts: { width: 3840, height: 2160, seconds: 5412 },
      details: { title: "Panel: what comes after the webinar", categories: [11] },
    }),
    row(now, {
      file: "tour_90s.mp4",
      folder: "/home/maja/Video/Product",
      total: 310 * MEGA,
      sent: 310 * MEGA,
      stage: "confirming",
      publish: { when: "when_playable" },
      facts: { width: 1920, height: 1080, seconds: 90 },
      details: { title: "Product tour, 90 seconds", categories: [12] },
    }),
    row(now, {
      file: "lind_interview.mp4",
      folder: "/home/maja/Video/Stories",
      total: 1.9 * GIGA,
      sent: 1.9 * GIGA,
      stage: "stored",
      processing: 60,
      video_id: 91_204_410,
      publish: { when: "when_playable" },
      facts: { width: 1920, height: 1080, seconds: 764 },
      details: { title: "Interview: Sofie Lind", categories: [13] },
    }),
  ];
}

function arrived(now: number): DemoRow[] {
  const films: [string, string, number, number, boolean][] = [
    ["Teaser, vertical", "teaser_9x16.mp4", 96, 48, true],
    ["Autumn campaign", "autumn_campaign_v3.mp4", 640, 92, true],
    ["All hands, November", "allhands_11.mp4", 3100, 3320, false],
  ];
  return films.map(([title, file, megas, seconds, published], index) =>
    row(now, {
      file,
      folder: "/home/maja/Video/Social",
      total: megas * MEGA,
      sent: megas * MEGA,
      stage: "done",
      published,
      publish: { when: published ? "at_once" : "draft" },
      video_id: 91_204_300 + index,
      ended_at: minutesAgo(now, 8 + index * 7),
      facts: { width: 1080, height: 1920, seconds },
      details: { title, categories: [14] },
    }),
  );
}

function stuck(now: number): DemoRow[] {
  return [
    row(now, {
      file: "keynote_final_v7.mp4",
      total: 2.1 * GIGA,
      sent: 1.32 * GIGA,
      stage: "uploading",
      workspace: FJORD,
      facts: { width: 1920, height: 1080, seconds: 252 },
      details: { title: "Spring keynote, final cut" },
      waiting: { code: "sign_in_needed" },
    }),
    row(now, {
      file: "keynote_trailer.mp4",
      total: 180 * MEGA,
      workspace: FJORD,
      facts: { width: 1920, height: 1080, seconds: 41 },
      details: { title: "Spring keynote, trailer" },
      waiting: { code: "sign_in_needed" },
    }),
  ];
}

function failed(now: number): DemoRow[] {
  const gone = (minutes: number): Partial<Draft> => ({
    stage: "failed",
    ended_at: minutesAgo(now, minutes),
  });
  return [
    ...["Ferry crossing", "Harbour at dawn", "Old lighthouse"].map((title, index) =>
      row(now, {
        ...gone(12),
        file: `${title.toLowerCase().replaceAll(" ", "_")}.mxf`,
        total: (4 + index) * GIGA,
        sent: (1 + index) * GIGA,
        details: { title },
        failure: {
          code: "server_failed",
          detail: "HTTP 500",
          causes: ["chunk 31: HTTP 500, 5 tries"],
        },
      }),
    ),
    row(now, {
      ...gone(20),
      file: "screen_recording.avi",
      total: 420 * MEGA,
      picture: false,
      details: { title: "Screen recording" },
      failure: { code: "file_refused", detail: "The file type is not supported" },
    }),
    row(now, {
      ...gone(25),
      file: "board_meeting.mp4",
      total: 5.2 * GIGA,
      sent: 5.2 * GIGA,
      unsettled: true,
      facts: { width: 1920, height: 1080, seconds: 4210 },
      details: { title: "Board meeting, recording" },
      failure: { code: "outcome_unknown" },
    }),
    row(now, {
      ...gone(31),
      file: "campaign_cut_b.mp4",
      total: 880 * MEGA,
      details: { title: "Campaign, cut B", categories: ["Kampagner 2025"] },
      failure: { code: "category_unknown", detail: "Kampagner 2025" },
    }),
    row(now, {
      file: "drone_reel.mov",
      folder: "/media/maja/CARD-A",
      total: 12 * GIGA,
      sent: 3 * GIGA,
      stage: "uploading",
      details: { title: "Drone reel" },
      waiting: { code: "source_away", detail: "/media/maja/CARD-A" },
    }),
  ];
}

/** In the place of what a video has. */
const onto = (kind: "video" | "image", moment_ms: number | null = null): Partial<Draft> => ({
  replaces: { video: 91_204_301, kind, moment_ms },
});

const replacing = (now: number): DemoRow =>
  row(now, {
    file: "autumn.png",
    folder: "/home/maja/Video/Stills",
    total: 1.2 * MEGA,
    ...onto("image"),
    details: { title: "New thumbnail for “Autumn campaign”" },
  });

/** What was put in the place of something: seen there, not seen yet, and a moment that waits. */
function replaced(now: number): DemoRow[] {
  const done = (minutes: number, version_seen: boolean): Partial<Draft> => ({
    stage: "done",
    version_seen,
    video_id: 91_204_301,
    ended_at: minutesAgo(now, minutes),
  });
  return [
    row(now, {
      file: "",
      total: 0,
      picture: false,
      intent: "pause",
      ...onto("image", 83_400),
      details: { title: "Autumn campaign" },
    }),
    row(now, {
      ...done(4, true),
      ...onto("video"),
      file: "keynote_final_v7.mp4",
      total: 2.1 * GIGA,
      details: { title: "Spring keynote" },
    }),
    row(now, {
      ...done(9, false),
      ...onto("image"),
      file: "webinar-13.png",
      total: 1.8 * MEGA,
      details: { title: "Webinar 13: Captions that help" },
    }),
  ];
}

/** A large queue: as many as somebody moves from another platform in one go. */
function many(now: number): DemoRow[] {
  const kinds = ["Episode", "Lecture", "Interview", "Recording"] as const;
  return Array.from({ length: 10_000 }, (_, index) => {
    const n = index + 1;
    const kind = kinds[n % kinds.length] ?? "Episode";
    const total = (40 + ((n * 7919) % 2400)) * MEGA;
    const done = n > 9_400;
    return row(now, {
      file: `${kind.toLowerCase()}_${String(n).padStart(5, "0")}.mp4`,
      total,
      sent: done ? total : n <= 3 ? total * 0.2 * n : 0,
      stage: done ? "done" : n <= 3 ? "uploading" : "queued",
      ended_at: done ? minutesAgo(now, n - 9_400) : null,
      video_id: done ? 91_000_000 + n : null,
      picture: n % 5 !== 0,
      facts: { width: 1920, height: 1080, seconds: 60 + ((n * 131) % 3400) },
      details: { title: `${kind} ${n}` },
    });
  });
}

/** What happens when a scene begins, and what is open in it. */
interface Beginning {
  opening?: (world: World) => void;
  show?: Shown;
}

type Make = (now: number) => Partial<Scene> & { rows: DemoRow[] } & Beginning;

const MAKE = {
  "first-run": () => ({ rows: [], workspaces: [] }),
  empty: () => ({ rows: [] }),
  busy: (now) => ({
    rows: [...stuck(now), ...moving(now), replacing(now), ...series(now, 38), ...arrived(now)],
  }),
  needs: (now) => ({
    rows: [...stuck(now), ...failed(now), ...series(now, 4, { intent: "pause" })],
  }),
  finished: (now) => ({ rows: arrived(now) }),
  replaced: (now) => ({ rows: replaced(now) }),
  paused: (now) => ({
    rows: [...moving(now).slice(0, 2), ...series(now, 12)].map((one) => ({
      ...one,
      intent: "pause",
    })),
  }),
  offline: (now) => ({
    rows: [...moving(now).slice(0, 2), ...series(now, 12)].map((one) =>
      one.stage === "uploading"
        ? { ...one, held_up: { code: "workspace_unreachable" } }
        : { ...one, rate: 0 },
    ),
  }),
  limited: (now) => ({
    rows: [...moving(now).slice(0, 2), ...series(now, 12)],
    speed: { limit: 2_500_000 },
  }),
  held: (now) => ({
    rows: [...moving(now), ...series(now, 12)],
    speed: { timetable: Array.from({ length: 7 }, () => Array<Hour>(24).fill("nothing")) },
  }),
  metered: (now) => ({
    rows: [...moving(now).slice(0, 2), ...series(now, 12, { lane: "automatic" })],
    speed: { metered: "yes" },
  }),
  "full-speed": (now) => ({
    rows: [...moving(now).slice(0, 2), ...series(now, 12)],
    speed: { limit: 2_500_000, full_speed: true },
  }),
  many: (now) => ({ rows: many(now) }),
  found: (now) => ({ rows: [...moving(now).slice(0, 2), ...series(now, 10)], found: 12 }),
  guest: (now) => ({
    rows: [...moving(now), ...series(now, 5)],
    elsewhere: { process: 41_207, works: true },
  }),
  "guest-idle": (now) => ({ rows: series(now, 5), elsewhere: { process: 41_207, works: false } }),
  keychain: (now) => ({
    rows: series(now, 5, { waiting: { code: "keychain_locked" } }),
    keychain: { code: "keychain_locked" },
  }),
  disk: (now) => ({
    rows: [...moving(now).slice(0, 1), ...series(now, 5)],
    trouble: { code: "data_folder_unwritable", detail: "No space left on device" },
  }),
  sandbox: (now) => ({
    rows: series(now, 3, { workspace: SANDBOX }),
    workspaces: [workspaceAt(SANDBOX)],
  }),
  hover: (now) => ({
    rows: [...moving(now), ...series(now, 5)],
    opening: (world) => world.send("hover", { videos: 3, images: 0, folders: 1, others: 0 }),
  }),
  newer: (now) => ({ rows: series(now, 3), newer: "0.2.0" }),
  updated: (now) => ({ rows: series(now, 3), updatedFrom: "0.0.9" }),
  "hover-refused": () => ({
    rows: [],
    workspaces: [],
    opening: (world) => world.send("hover", { videos: 3, images: 0, folders: 0, others: 0 }),
  }),
  offer: (now) => ({
    rows: [...moving(now), ...series(now, 5)],
    opening: (world) =>
      world.send("offer", world.offer(folderOffer("drop", world.language === "da"))),
  }),
} satisfies Record<string, Make>;

const ALL = { ...MAKE, ...PLACES, ...LIBRARY, ...FOLDERS };

export type SceneName = keyof typeof ALL;
export const SCENES = Object.keys(ALL) as SceneName[];

export const isScene = (name: string | null): name is SceneName => name !== null && name in ALL;

/** A scene as it begins at a time. */
export function scene(name: SceneName, now: number): Scene & Beginning {
  beginAnew();
  const made: ReturnType<Make> = (ALL[name] as Make)(now);
  return { workspaces: WORKSPACES, settings: {}, library: { videos: ordinary(now) }, ...made };
}
