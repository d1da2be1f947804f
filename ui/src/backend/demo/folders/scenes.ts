/** Scenes of the watched folders: how it is with each, what their ledgers say, and what is open. */
import type { OpenDialog } from "../../../state/dialogs.svelte";
import type { Shown } from "../places";
import { FJORD, NORDLYS, row, type DemoRow } from "../rows";
import type { Scene, World } from "../world";
import { choose, CHOSEN } from "./answers";
import { preset, type DemoFolder, type DemoLine } from "./watched";

export type FolderScene = Partial<Scene> & {
  rows: DemoRow[];
  show: Shown;
  opening?: (world: World) => void;
};

const MEGA = 1_000_000;
const GIGA = 1_000 * MEGA;
const MINUTE = 60_000;
const show: Shown = { route: "folders" };

function folder(id: string, path: string, change: Partial<DemoFolder> = {}): DemoFolder {
  return {
    id,
    path,
    state: "watching",
    every_s: null,
    waiting: 0,
    writing: 0,
    finishing: 0,
    fault: null,
    preset: preset(NORDLYS),
    lines: [],
    ...change,
  };
}

let lines = 0;

function line(now: number, file: string, change: Partial<DemoLine> = {}): DemoLine {
  lines += 1;
  return {
    line: 1_000 - lines,
    file,
    folder: "",
    size: (180 + ((lines * 379) % 4_900)) * MEGA,
    at: now - lines * 7 * MINUTE,
    state: "done",
    skip: null,
    same_as: null,
    item: null,
    video: null,
    fault: null,
    again: true,
    ...change,
  };
}

/** A line of each kind. */
function everyKind(now: number, moving: DemoRow): DemoLine[] {
  lines = 0;
  const done = (file: string, video: number, change: Partial<DemoLine> = {}): DemoLine =>
    line(now, file, { video, ...change });
  const writing = (file: string): DemoLine =>
    line(now, file, { line: 0, state: "writing", at: null, again: false });
  const sent = { again: false } as const;
  return [
    writing("Studio B 2026-11-22 13-40.mkv"),
    writing("Studio A 2026-11-22 13-55.mp4"),
    line(now, "Panel, first take.mov", { ...sent, state: "taken", folder: "Summit/Day 2" }),
    line(now, moving.file, { ...sent, state: "uploading", item: moving.id, size: moving.total }),
    line(now, "Lecture 15.mp4", { ...sent, state: "queued", folder: "Lectures" }),
    line(now, "Lecture 14.mp4", { ...sent, state: "confirming", folder: "Lectures" }),
    line(now, "Lecture 13.mp4", {
      ...sent,
      state: "stored",
      folder: "Lectures",
      video: 91_204_402,
    }),
    line(now, "Ferry crossing.mp4", { ...sent, state: "again" }),
    line(now, "Campaign, cut B.mp4", {
      state: "failed",
      fault: { code: "category_unknown", detail: "Kampagner 2025" },
    }),
    line(now, "Drone reel, raw.mov", {
      state: "refused",
      size: 0,
      fault: { code: "file_refused", detail: "Drone reel, raw.mov" },
    }),
    done("Lecture 12.mp4", 91_204_398, { folder: "Lectures" }),
    done("Product tour, 90 seconds.mp4", 91_204_310, { skip: "changed" }),
    line(now, "Product tour (copy).mp4", {
      state: "same",
      folder: "Summit/Day 1",
      same_as: { file: "Product tour, 90 seconds.mp4", video: 91_204_310 },
    }),
    line(now, "Teaser, vertical (2).mp4", {
      state: "same",
      same_as: { file: "Teaser, vertical.mp4", video: null },
    }),
    line(now, "Rough mix.wav.mp4", { state: "left_out", skip: "incomplete" }),
    line(now, "Shooting schedule.docx", { state: "left_out", skip: "kind", size: 48_000 }),
    line(now, "Interview.da.srt", { state: "left_out", skip: "alone", size: 21_000 }),
    line(now, "Masters/ProRes.mov", { state: "left_out", skip: "pattern" }),
    line(now, "Board meeting.mp4", { state: "cancelled" }),
    line(now, "Archive 2019.mp4", { state: "before", folder: "Old" }),
    line(now, "Archive 2018.mp4", { state: "before", folder: "Old" }),
    done("Interview: Sofie Lind.mp4", 91_204_301),
  ];
}

/** As a folder is after years. */
function thousands(now: number): DemoLine[] {
  lines = 0;
  return Array.from({ length: 20_000 }, (_, index) => {
    const n = 20_000 - index;
    const states = [
      "done",
      "done",
      "done",
      "left_out",
      "same",
      "before",
      "done",
      "failed",
    ] as const;
    const state = states[n % states.length] ?? "done";
    return line(now, `Recording ${String(n).padStart(5, "0")}.mp4`, {
      line: 100_000 + n,
      folder: `${2010 + (n % 16)}/Week ${1 + (n % 52)}`,
      state,
      video: state === "done" ? 80_000_000 + n : null,
      skip: state === "left_out" ? "incomplete" : null,
      same_as: state === "same" ? { file: `Recording ${n - 1}.mp4`, video: 80_000_000 + n } : null,
      fault: state === "failed" ? { code: "server_failed", detail: "HTTP 500" } : null,
    });
  });
}

const MOUNT = "/media/maja/CARD-A/DCIM";
const SHARE = "/mnt/studio/Exports";

/** One in each state. */
const all = (now: number, moving: DemoRow): DemoFolder[] => [
  folder("recordings", "/home/maja/Video/Studio recordings", {
    waiting: 3,
    writing: 2,
    preset: preset(NORDLYS, { categories: [11], tags: ["studio"], category_per_subfolder: true }),
    lines: everyKind(now, moving),
  }),
  folder("share", SHARE, {
    state: "polling",
    every_s: 30,
    waiting: 1,
    finishing: 2,
    preset: preset(FJORD, { publish: { when: "when_playable" }, after: "move", categories: [13] }),
  }),
  folder("archive", "/home/maja/Video/Archive", {
    state: "polling",
    every_s: 45,
    fault: { code: "watch_limit_reached", detail: "fs.inotify.max_user_watches=8192" },
  }),
  folder("card", MOUNT, { state: "unavailable", preset: preset(NORDLYS, { after: "trash" }) }),
  folder("drafts", "/home/maja/Video/Drafts", { state: "paused" }),
  folder("campaign", "/home/maja/Video/Campaign 2026", {
    fault: { code: "sign_in_needed", facts: { host: FJORD } },
    waiting: 4,
    preset: preset(FJORD),
  }),
  folder("summit", "/home/maja/Video/Summit", { state: "looking" }),
];

const moving = (now: number): DemoRow =>
  row(now, {
    file: "Lecture 16.mp4",
    folder: "/home/maja/Video/Studio recordings/Lectures",
    total: 2.1 * GIGA,
    sent: 0.9 * GIGA,
    stage: "uploading",
    lane: "automatic",
    rate: 2 * MEGA,
  });

function scene(now: number, more: Partial<FolderScene> = {}): FolderScene {
  const one = moving(now);
  return { rows: [one], folders: all(now, one), show, ...more };
}

const dialog = (open: (world: World) => OpenDialog): Shown => ({ ...show, dialog: open });

const adding = (of: Partial<typeof CHOSEN> = {}): Shown =>
  dialog((world) => ({
    name: "watch",
    props: { chosen: choose(world, { ...CHOSEN, ...of }) },
  }));

export const FOLDERS = {
  folders: (now) => scene(now),
  "folders-calm": (now) => {
    const one = moving(now);
    const calm = all(now, one).filter(({ id }) => id !== "archive" && id !== "campaign");
    return { rows: [one], folders: calm, show };
  },
  "folders-none": () => ({ rows: [], show }),
  "folders-no-workspace": () => ({ rows: [], workspaces: [], show }),
  "folders-unattended": (now) => ({
    rows: [],
    folders: all(now, moving(now))
      .slice(0, 2)
      .map((one) => ({ ...one, state: "unattended", every_s: null, writing: 0, finishing: 0 })),
    elsewhere: { process: 41_207, works: false },
    show,
  }),
  "folders-add": () => ({ rows: [], show: adding() }),
  "folders-add-empty": () => ({ rows: [], show: adding({ videos: 0, bytes: 0 }) }),
  "folders-add-known": () => {
    const known = dialog((world) => {
      world.watched.remembered.set(CHOSEN.path, folder("before", CHOSEN.path));
      return { name: "watch", props: { chosen: choose(world) } };
    });
    return { rows: [], show: known };
  },
  "folders-add-refused": (now) =>
    scene(now, { show: adding({ path: "/home/maja/Video/Summit/Day 1" }) }),
  "folders-edit": (now) =>
    scene(now, { show: dialog(() => ({ name: "folder", props: { folder: "share" } })) }),
  "folders-remove": (now) =>
    scene(now, { show: dialog(() => ({ name: "unwatch", props: { folder: "recordings" } })) }),
  "folders-ledger": (now) => scene(now, { show: { ...show, ledger: "recordings" } }),
  "folders-ledger-empty": (now) => scene(now, { show: { ...show, ledger: "drafts" } }),
  "folders-ledger-many": (now) => ({
    rows: [],
    folders: [
      folder("many", "/srv/renders", {
        lines: [...everyKind(now, moving(now)), ...thousands(now)],
      }),
    ],
    show: { ...show, ledger: "many" },
  }),
  "folders-ledger-failed": () => ({
    rows: [],
    folders: [
      folder("many", "/srv/renders", {
        unreadable: { code: "data_folder_unwritable", detail: "disk I/O error" },
      }),
    ],
    show: { ...show, ledger: "many" },
  }),
} satisfies Record<string, (now: number) => FolderScene>;
