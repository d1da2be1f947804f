/** Scenes of the settings and of the dialogs: what stands in the world, and which of them is open in it. */
import type { Route } from "../../state/app.svelte";
import type { OpenDialog } from "../../state/dialogs.svelte";
import type { Hour, SignedIn } from "..";
import { told } from "./faults";
import { ARCHIVE, FJORD, NORDLYS, row, SANDBOX, type DemoRow, type Draft } from "./rows";
import { workspaceAt } from "./signing";
import type { Scene, World } from "./world";

/** What is open when a scene begins. */
export interface Shown {
  route?: Route;
  /** The folder whose ledger is open. */
  ledger?: string;
  dialog?: (world: World) => OpenDialog;
}

export type Place = Partial<Scene> & { rows: DemoRow[]; show: Shown };

const GIGA = 1_000_000_000;

/** The dialog of the first item. */
const of = (name: "details" | "log" | "settle"): Shown => ({
  dialog: (world) => ({ name, props: { id: [...world.rows.keys()][0] ?? "" } }),
});

function talk(now: number, more: Partial<Draft> = {}): DemoRow {
  const { details, ...rest } = more;
  return row(now, {
    file: "webinar-14.mov",
    folder: "/home/maja/Video/Webinars",
    total: 8.4 * GIGA,
    sent: 3.55 * GIGA,
    stage: "uploading",
    facts: { width: 3840, height: 2160, seconds: 3128 },
    ...rest,
    details: {
      title: "Webinar 14: Video in the first mile",
      description: "What happens between the camera and the first viewer.\nWith Sofie Lind.",
      tags: ["webinar", "2026"],
      categories: [11],
      ...details,
    },
  });
}

/** A question: everything was sent, and nobody knows. */
const asking = (now: number, more: Partial<Draft> = {}): DemoRow =>
  row(now, {
    file: "board_meeting.mp4",
    total: 5.2 * GIGA,
    sent: 5.2 * GIGA,
    stage: "failed",
    unsettled: true,
    facts: { width: 1920, height: 1080, seconds: 4210 },
    failure: { code: "outcome_unknown" },
    ...more,
    details: { title: "Board meeting, recording", ...more.details },
  });

const page = (video: number): string => `https://${NORDLYS}/manage/video/${video}`;
const replacement = { video: 91_204_301, kind: "video", moment_ms: null } as const;

const day = (at: (hour: number) => Hour): Hour[] =>
  Array.from({ length: 24 }, (_, hour) => at(hour));

/** At work within the limits, at night as fast as the line, and nothing while everybody presents. */
function officeHours(): Hour[][] {
  const work = day((hour) =>
    hour === 9 ? "nothing" : hour >= 8 && hour < 17 ? "limited" : "full",
  );
  const free = day(() => "full");
  return [work, work, work, work, work, free, free];
}

const signedIn = (signed: (world: World) => Partial<SignedIn>): Shown => ({
  dialog: (world) => ({
    name: "signed_in",
    props: {
      signed: {
        workspaces: [workspaceAt(NORDLYS), workspaceAt(FJORD)],
        read_only: [],
        not_kept: null,
        ...signed(world),
      },
    },
  }),
});

const connect = (workspace: string | null): Shown => ({
  dialog: () => ({ name: "connect", props: { workspace } }),
});

const settings: Shown = { route: "settings" };

export const PLACES = {
  "first-run-locked": () => ({
    rows: [],
    workspaces: [],
    keychain: { code: "keychain_locked" },
    show: {},
  }),
  "first-run-no-keychain": () => ({
    rows: [],
    workspaces: [],
    keychain: { code: "keychain_missing" },
    show: {},
  }),
  connect: () => ({ rows: [], show: connect(null) }),
  "connect-again": (now) => ({
    rows: [talk(now, { workspace: FJORD, waiting: { code: "sign_in_needed" } })],
    show: connect(FJORD),
  }),
  "connect-sandbox": (now) => ({
    rows: [talk(now, { workspace: SANDBOX, waiting: { code: "sign_in_needed" } })],
    show: connect(SANDBOX),
  }),
  "signed-in": () => ({
    rows: [],
    workspaces: [workspaceAt(FJORD)],
    show: signedIn(() => ({ workspaces: [workspaceAt(FJORD)] })),
  }),
  "signed-in-several": () => ({ rows: [], show: signedIn(() => ({ read_only: [ARCHIVE] })) }),
  "signed-in-not-kept": () => ({
    rows: [],
    keychain: { code: "keychain_missing" },
    show: signedIn(({ language }) => ({
      not_kept: told(language, { code: "keychain_missing", causes: ["org.freedesktop.secrets"] }),
    })),
  }),
  settings: (now) => ({ rows: [talk(now)], show: settings }),
  "settings-sandbox": () => ({
    rows: [],
    workspaces: [workspaceAt(NORDLYS), workspaceAt(SANDBOX)],
    show: settings,
  }),
  "settings-proxy": (now) => ({
    rows: [talk(now)],
    settings: {
      proxy: {
        kind: "manual",
        address: "http://proxy.nordlys.example:3128",
        name: "maja",
        has_password: true,
      },
      ca_file: "/etc/ssl/certs/nordlys-ca.pem",
      in_flight: 5,
    },
    show: settings,
  }),
  "settings-speed": (now) => ({
    rows: [talk(now)],
    speed: { limit: 2_500_000, limit_folders: 625_000, timetable: officeHours(), metered: "no" },
    show: settings,
  }),
  "settings-no-dialogs": () => ({
    rows: [],
    workspaces: [],
    dialogs: { code: "dialog_missing" },
    show: settings,
  }),
  "settings-signed-out": (now) => ({
    rows: [talk(now, { workspace: FJORD, waiting: { code: "sign_in_needed" } })],
    show: settings,
  }),
  "settings-odd": (now) => ({
    rows: [talk(now)],
    odd: ["window.theme", "uploads.sheet_from"].map((place) => ({
      code: "settings_invalid",
      detail: `/home/maja/.local/share/slipway/settings.toml: ${place}`,
    })),
    show: settings,
  }),
  "sign-out": (now) => ({
    rows: [talk(now), talk(now, { file: "b.mp4", stage: "queued", sent: 0 })],
    show: {
      ...settings,
      dialog: () => ({ name: "sign_out", props: { workspace: NORDLYS } }),
    },
  }),
  bundle: (now) => ({
    rows: [talk(now)],
    show: { ...settings, dialog: () => ({ name: "bundle", props: {} }) },
  }),
  log: (now) => ({ rows: [talk(now)], show: of("log") }),
  settle: (now) => ({ rows: [asking(now)], show: of("settle") }),
  "settle-candidate": (now) => ({
    rows: [asking(now, { failure: { code: "outcome_unknown", detail: page(91_204_412) } })],
    show: of("settle"),
  }),
  "settle-piece": (now) => ({
    rows: [
      asking(now, {
        unsettled: false,
        failure: { code: "piece_taken_as_whole", detail: page(91_204_413) },
      }),
    ],
    show: of("settle"),
  }),
  "settle-replaced": (now) => ({
    rows: [
      asking(now, {
        replaces: replacement,
        failure: { code: "probably_replaced", detail: page(91_204_301) },
      }),
    ],
    show: of("settle"),
  }),
  "settle-ahead": (now) => {
    const first = asking(now, {
      replaces: replacement,
      failure: { code: "probably_replaced", detail: page(91_204_301) },
    });
    const second = talk(now, {
      stage: "queued",
      sent: 0,
      replaces: replacement,
      waiting: { code: "behind_question", detail: first.id },
    });
    return { rows: [second, first], show: of("settle") };
  },
  details: (now) => ({
    rows: [
      talk(now, {
        companions: {
          thumbnail: "webinar-14.jpg",
          subtitles: [
            { locale: "en", file: "webinar-14.en.srt" },
            { locale: "da", file: "webinar-14.da.srt" },
          ],
        },
        details: { variables: { speaker: "Sofie Lind" } },
      }),
    ],
    show: of("details"),
  }),
  "details-failed": (now) => ({
    rows: [
      talk(now, {
        stage: "failed",
        failure: {
          code: "server_failed",
          detail: "HTTP 500",
          causes: ["chunk 31: HTTP 500, 5 tries"],
        },
      }),
    ],
    show: of("details"),
  }),
  "details-category": (now) => ({
    rows: [
      talk(now, {
        stage: "failed",
        details: { categories: ["Kampagner 2025"] },
        failure: { code: "category_unknown", detail: "Kampagner 2025" },
      }),
    ],
    show: of("details"),
  }),
  "details-date": (now) => ({
    rows: [
      talk(now, {
        stage: "stored",
        video_id: 91_204_410,
        publish: { when: "on_date", at: new Date(now + 5 * 86_400_000).toISOString() },
      }),
    ],
    show: of("details"),
  }),
  "details-public": (now) => ({
    rows: [
      talk(now, {
        stage: "done",
        published: true,
        publish: { when: "at_once" },
        video_id: 91_204_410,
      }),
    ],
    show: of("details"),
  }),
  "details-replacement": (now) => ({
    rows: [talk(now, { stage: "queued", sent: 0, replaces: replacement })],
    show: of("details"),
  }),
  "details-removed": (now) => ({
    rows: [talk(now, { stage: "cancelled" })],
    show: of("details"),
  }),
} satisfies Record<string, (now: number) => Place>;
