/** What the demonstration answers about the library. */
import type { Command, Comparison, LibraryVideo, Offered, Pair, Reply, Request } from "../..";
import { refuse, told } from "../faults";
import { imagesOffer, videoOffer } from "../offers";
import { row } from "../rows";
import type { World } from "../world";

type LibraryCommand = Extract<Command, `library_${string}`>;
type Answers = { [C in LibraryCommand]: (world: World, request: Request<C>) => Reply<C> };

/** What is in the files that scenes speak of. */
const FACTS: Record<string, NonNullable<Comparison["file"]["facts"]>> = {
  "keynote_final_v7.mp4": { seconds: 258, width: 1920, height: 1080 },
  "keynote_short.mp4": { seconds: 61, width: 1280, height: 720 },
  "summit.png": { seconds: null, width: 2400, height: 1350 },
};

/** Beyond this a length is another one. */
const FAR = 0.2;

function offered(world: World, offer: number, file: number): Offered {
  const found = world.offers.get(offer)?.videos.find(({ n }) => n === file);
  return found ?? refuse(world, { code: "offer_gone" });
}

function compare(world: World, request: Request<"library_compare">): Comparison {
  const video = world.shelf.get(world, request.video);
  const { file: name, kind, size: bytes } = offered(world, request.offer, request.file);
  const file = { name, kind, bytes, facts: FACTS[name] ?? null };
  return {
    file,
    video,
    refused: wrong(video, kind) ? told(world.language, { code: "file_kind_mismatch" }) : null,
    differs: kind === "image" ? [] : differences(file, video),
  };
}

const wrong = (video: LibraryVideo, kind: Offered["kind"]): boolean =>
  kind === "other" || (kind === "video" && video.kind === "image");

function differences(file: Comparison["file"], video: LibraryVideo): Comparison["differs"] {
  const differs: Comparison["differs"] = [];
  const { length_s, width, height } = video;
  const { facts } = file;
  if (facts?.seconds && length_s && Math.abs(facts.seconds - length_s) > FAR * length_s) {
    differs.push("length");
  }
  if (facts?.width && facts.height && width && height) {
    if (Math.abs(facts.width / facts.height - width / height) > 0.05) differs.push("shape");
    if (facts.width * facts.height < width * height) differs.push("smaller");
  }
  return differs;
}

function match(world: World, { offer }: Request<"library_match">): Pair[] {
  const files = world.offers.get(offer)?.videos ?? refuse(world, { code: "offer_gone" });
  const videos = [...world.shelf.videos.values()];
  return files.map(({ n, file: name, size: bytes, kind, title }) => {
    const [number] = /\d{5,}/.exec(name) ?? [];
    const byId = videos.find(({ id }) => String(id) === number);
    const start = title.toLocaleLowerCase();
    const like = videos.filter((one) => one.title.toLocaleLowerCase().startsWith(start));
    const byTitle = like.length === 1 ? like[0] : undefined;
    return {
      file: n,
      name,
      bytes,
      video: byId ?? byTitle ?? null,
      by: byId ? "id" : byTitle ? "title" : null,
      candidates: like,
      refused: kind === "image" ? null : told(world.language, { code: "file_kind_mismatch" }),
    };
  });
}

/** Puts a file, or a moment of the video itself, on its way to a video. */
function replace(
  world: World,
  target: number,
  file: string,
  bytes: number,
  kind: "image" | "video",
  moment_ms: number | null = null,
) {
  const video = world.shelf.get(world, target);
  const made = row(world.clock.now(), {
    file,
    total: bytes,
    workspace: video.workspace,
    replaces: { video: target, kind, moment_ms },
    video_id: target,
    rate: Math.max(bytes / 6, 2_000_000),
    added_at: world.at(),
    details: { title: video.title },
  });
  world.add(made);
  return made.id;
}

export const libraryAnswers: Answers = {
  library_page: (world, request) => world.shelf.page(world, request),
  library_video: (world, { video }) => world.shelf.get(world, video),
  library_edit: (world, { videos, edit }) => videos.map((id) => world.shelf.edit(world, id, edit)),
  library_open: () => null,
  library_copy_link: (world, { videos }) =>
    videos.filter((id) => world.shelf.videos.get(id)?.public_url).length,
  library_choose: (world, { want }) => {
    if (world.dialogs) refuse(world, world.dialogs);
    return world.offer(
      want === "video" ? videoOffer("files") : imagesOffer("files", want === "image" ? 1 : 5),
    );
  },
  library_compare: compare,
  library_match: match,
  library_replace: (world, { offer, pairs }) => {
    const items = pairs.map(({ file, video }) => {
      const { file: name, size, kind } = offered(world, offer, file);
      return replace(world, video, name, size, kind === "image" ? "image" : "video");
    });
    world.offers.delete(offer);
    return { items, failed: [] };
  },
  library_set_moment: (world, { video, at_s }) =>
    replace(world, video, "", 60_000, "image", Math.round(at_s * 1000)),
};
