/** What the demonstration answers to each command. A command without an answer does not compile. */
import type { Added, BundlePart, Command, Details, Edit, ItemId, Reply, Request } from "..";
import { cleaned } from "../../state/pattern";
import { refuse, why, type Fault } from "./faults";
import { folderAnswers } from "./folders/answers";
import { ended, row, type DemoRow } from "./rows";
import { libraryAnswers } from "./library/answers";
import { folderOffer, looseOffer } from "./offers";
import {
  askPermission,
  checkWorkspace,
  connectKeys,
  connectToken,
  giveVerifier,
  openSandbox,
  signOut,
} from "./signing";
import type { World } from "./world";

type Answers = { [C in Command]: (world: World, request: Request<C>) => Reply<C> };

/** The items of these ids that are there. */
const those = (world: World, ids: readonly ItemId[] | null): DemoRow[] =>
  ids === null
    ? [...world.rows.values()]
    : ids.flatMap((id) => {
        const found = world.rows.get(id);
        return found ? [found] : [];
      });

const named = (pattern: string, file: string, folder: string, n: number): string =>
  pattern
    .replaceAll("{name}", cleaned(file))
    .replaceAll("{folder}", folder)
    .replaceAll("{n}", String(n));

function add(world: World, request: Request<"add">): Added {
  const offer = world.offers.get(request.offer);
  if (!offer) return { added: [], adopted: [], refused: [] };
  world.offers.delete(request.offer);
  const result: Added = { added: [], adopted: [], refused: [] };
  const wanted = offer.videos.filter(({ n }) => request.only?.includes(n) ?? true);
  wanted.forEach((video, index) => {
    const there = [...world.rows.values()].find((one) => one.file === video.file && !ended(one));
    if (there && !request.again) {
      result.adopted.push(there.id);
      return;
    }
    const pattern = request.title_pattern ?? "{name}";
    const details: Details = {
      ...request.details,
      title: request.title_pattern
        ? named(pattern, video.file, video.folder || (offer.folders[0] ?? ""), index + 1)
        : video.title,
      categories:
        request.category_per_subfolder && video.folder
          ? [video.folder.split("/")[0] ?? video.folder]
          : request.details.categories,
    };
    const made = row(world.clock.now(), {
      file: video.file,
      folder: `/home/maja/Video/${[offer.folders[0], video.folder].filter(Boolean).join("/")}`,
      workspace: request.workspace,
      total: video.size,
      publish: request.publish ?? { when: world.settings.publish },
      companions: {
        thumbnail: video.thumbnail,
        subtitles: video.subtitles.map(({ locale, file }) => ({ locale: locale ?? "da", file })),
      },
      added_at: world.at(),
      details,
    });
    world.add(made);
    result.added.push(made.id);
  });
  return result;
}

function edited(one: DemoRow, edit: Edit, n: number): Partial<DemoRow> {
  const tags = edit.tags ?? one.details.tags;
  return {
    publish: edit.publish ?? one.publish,
    details: {
      ...one.details,
      title:
        edit.title ??
        (edit.title_pattern === null
          ? one.details.title
          : named(edit.title_pattern, one.file, one.folder.split("/").pop() ?? "", n)),
      description: edit.description ?? one.details.description,
      tags: [...new Set([...tags, ...(edit.add_tags ?? [])])],
      categories: edit.categories ?? one.details.categories,
    },
  };
}

/** Puts items before another one, or behind all, and numbers what waits anew. */
function move(world: World, ids: readonly ItemId[], before: ItemId | null): void {
  const all = [...world.rows.values()].toSorted((one, other) => one.position - other.position);
  const moved = all.filter(({ id }) => ids.includes(id));
  const rest = all.filter(({ id }) => !ids.includes(id));
  const at = before === null ? rest.length : rest.findIndex(({ id }) => id === before);
  rest.splice(at < 0 ? rest.length : at, 0, ...moved);
  rest.forEach((one, index) => {
    if (one.position !== index + 1) world.set(one, { position: index + 1 });
  });
}

function settle(world: World, { id, answer }: Request<"settle">): null {
  for (const one of those(world, [id])) {
    if (answer === "send_again") {
      world.set(one, { stage: "queued", failure: null, unsettled: false, sent: 0, stored: 0 });
    } else if (answer === "keep_looking") {
      world.set(one, { stage: "confirming", failure: null, confirming: 0 });
    } else {
      // Small numbers are videos of long ago, and one of them is nowhere.
      if (answer.arrived === 404) refuse(world, { code: "video_unknown", detail: "404" });
      if (!one.replaces && answer.arrived < 1_000_000)
        refuse(world, olderVideo(world, answer.arrived));
      world.set(one, {
        stage: "done",
        failure: null,
        unsettled: false,
        video_id: answer.arrived,
        admin_url: `https://${one.workspace}/manage/video/${answer.arrived}`,
        ended_at: world.at(),
      });
    }
  }
  return null;
}

const olderVideo = (world: World, video: number): Fault => ({
  code: "details_invalid",
  detail: String(video),
  causes: [why(world.language, "older_video")],
});

function bundle(world: World): BundlePart[] {
  return [
    {
      name: "about.txt",
      about: "Versions and platform",
      text: `Slipway ${world.version}\nlinux x86_64\n`,
    },
    {
      name: "checks.txt",
      about: "What is well and what is not",
      text: "ok  data folder\nok  keychain\nok  workspace nordlys\n",
    },
    {
      name: "queue.txt",
      about: "The queue",
      text: [...world.rows.values()].map((one) => one.file).join("\n"),
    },
  ];
}

/** What is chosen in a dialog of the system needs one. */
function needDialogs(world: World): void {
  if (world.dialogs) refuse(world, world.dialogs);
}

export const answers: Answers = {
  ...libraryAnswers,
  ...folderAnswers,
  snapshot: (world) => world.snapshot(),
  more: () => ({ rows: [], rest: null }),
  connect_token: connectToken,
  connect_keys: connectKeys,
  ask_permission: askPermission,
  give_verifier: giveVerifier,
  open_sandbox: openSandbox,
  sign_out: signOut,
  check_workspace: checkWorkspace,
  check_keychain: (world) => {
    world.keychain = null;
    world.tell({ keychain: { told: null } });
    for (const one of world.rows.values()) {
      if (one.waiting?.code.startsWith("keychain_")) world.set(one, { waiting: null });
    }
    return null;
  },
  choose_files: (world) => {
    needDialogs(world);
    return world.offer(looseOffer("files"));
  },
  choose_folder: (world) => {
    needDialogs(world);
    return world.offer(folderOffer("folder"));
  },
  paste: (world) => world.offer(looseOffer("paste")),
  add,
  forget_offer: (world, { offer }) => {
    world.offers.delete(offer);
    return null;
  },
  set_intent: (world, { ids, intent }) => {
    for (const one of those(world, ids)) if (!ended(one)) world.set(one, { intent });
    return null;
  },
  retry: (world, { ids }) => {
    for (const one of those(world, ids)) {
      if (one.stage === "failed")
        world.set(one, { stage: "queued", failure: null, ended_at: null });
      else if (one.waiting) world.set(one, { waiting: null });
    }
    return null;
  },
  clear: (world, { ids }) => {
    for (const one of those(world, ids)) if (ended(one) && !one.unsettled) world.remove(one.id);
    return null;
  },
  send_next: (world, { ids }) => {
    const first = [...world.rows.values()]
      .filter((one) => one.stage === "queued" && !ids.includes(one.id))
      .toSorted((one, other) => one.position - other.position)[0];
    move(world, ids, first?.id ?? null);
    return null;
  },
  move_before: (world, { ids, before }) => {
    move(world, ids, before);
    return null;
  },
  edit: (world, { ids, edit }) => {
    those(world, ids).forEach((one, index) => world.set(one, edited(one, edit, index + 1)));
    return null;
  },
  settle,
  log: (world, { id }) => {
    const file = world.rows.get(id)?.file ?? id;
    return [
      { at: world.at(340_000), text: `taken in: ${file}` },
      { at: world.at(339_000), text: "token for one upload, valid for 24 hours" },
      { at: world.at(338_400), text: "plan: 132 chunks of 64 MiB" },
      { at: world.at(331_000), text: "chunk 1 acknowledged" },
      { at: world.at(210_000), text: "chunk 57: 503, trying again in 4 s" },
      { at: world.at(205_000), text: "chunk 57 acknowledged" },
    ];
  },
  categories: (world) => world.categories,
  gather_bundle: bundle,
  save_bundle: (world) => {
    needDialogs(world);
    return "slipway-support.zip";
  },
  open_video: () => null,
  open_page: () => null,
  copy_links: (world, { ids }) => those(world, ids).filter((one) => one.public_url !== null).length,
  reveal: () => null,
  change_settings: (world, { settings, proxy_password }) => {
    const { proxy } = settings;
    if (proxy.kind === "manual" && !/^(https?|socks5h?):\/\/[^@]+$/.test(proxy.address)) {
      refuse(world, { code: "proxy_invalid", detail: proxy.address });
    }
    world.settings = {
      ...settings,
      proxy: proxy.kind === "manual" && proxy_password ? { ...proxy, has_password: true } : proxy,
    };
    world.tell({ settings: world.settings });
    return world.settings;
  },
  set_start_at_login: (world, { wanted }) => {
    world.startsAtLogin = wanted;
    return wanted;
  },
  quit: () => null,
  news_seen: (world) => {
    world.updatedFrom = null;
    return null;
  },
  set_speed: (world, set) => world.throttle.set(set),
  full_speed: (world, { on }) => world.throttle.full(on),
  choose_ca_file: (world) => {
    needDialogs(world);
    world.settings = { ...world.settings, ca_file: "/etc/ssl/certs/nordlys-ca.pem" };
    return world.settings;
  },
};
