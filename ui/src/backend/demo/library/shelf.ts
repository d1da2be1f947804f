/** The workspaces' videos, as the demonstration's shell answers about them. */
import type { EditedVideo, LibraryPage, LibraryVideo, Request, VideoEdit } from "../..";
import { refuse, told, type Fault } from "../faults";
import type { World } from "../world";

/** Videos in one answer. */
const PAGE = 60;

/** What a scene says of the library. */
export interface Library {
  videos: LibraryVideo[];
  /** Why the workspace cannot be asked. */
  away?: Fault;
  /** Nothing is known of it from before. */
  unknown?: boolean;
}

export class Shelf {
  readonly videos: Map<number, LibraryVideo>;
  away: Fault | null;
  readonly #unknown: boolean;

  constructor({ videos, away, unknown = false }: Library) {
    this.videos = new Map(videos.map((video) => [video.id, video]));
    this.away = away ?? null;
    this.#unknown = unknown;
  }

  page(
    world: World,
    { workspace, search, show, category, page }: Request<"library_page">,
  ): LibraryPage {
    if (this.away && this.#unknown) refuse(world, this.away);
    const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const found = [...this.videos.values()].filter((video) => {
      const text =
        `${video.title}\n${video.description}\n${video.tags.join("\n")}`.toLocaleLowerCase();
      return (
        video.workspace === workspace &&
        words.every((word) => text.includes(word)) &&
        (show === "all" ||
          (show === "mine" ? video.id % 2 === 0 : video.published === (show === "published"))) &&
        (category === null || video.categories.includes(category))
      );
    });
    return {
      videos: found.slice((page - 1) * PAGE, page * PAGE).map((one) => this.#told(world, one)),
      total: found.length,
      page,
      size: PAGE,
      as_of: Math.floor(world.clock.now() / 1000) - (this.away ? 7_500 : 0),
      trouble: this.away ? told(world.language, this.away) : null,
    };
  }

  get(world: World, id: number): LibraryVideo {
    if (this.away) refuse(world, this.away);
    const video = this.videos.get(id);
    return video
      ? this.#told(world, video)
      : refuse(world, { code: "video_unknown", detail: String(id) });
  }

  /** The item of the queue that is to replace it. */
  #told(world: World, video: LibraryVideo): LibraryVideo {
    const by = [...world.rows.values()].find(
      ({ replaces, stage }) =>
        replaces?.video === video.id && !["done", "failed", "cancelled"].includes(stage),
    );
    return { ...video, replacing: by?.id ?? null };
  }

  /** Its file or its picture is another one. */
  replaced(id: number): void {
    const video = this.videos.get(id);
    if (video) this.videos.set(id, { ...video, picture: String(Number(video.picture ?? 0) + 1) });
  }

  /** What is said about a title in capitals is not taken, so that there is something that is not. */
  edit(world: World, id: number, edit: VideoEdit): EditedVideo {
    if (this.away)
      return { id, video: null, refused: [], trouble: told(world.language, this.away) };
    const before = this.videos.get(id);
    if (!before) {
      const fault: Fault = { code: "video_unknown", detail: String(id) };
      return { id, video: null, refused: [], trouble: told(world.language, fault) };
    }
    const refused: EditedVideo["refused"] = [];
    let title = edit.title ?? before.title;
    if (/<\w+>/.test(title)) {
      const has = title.replaceAll(/<[^>]*>/g, "");
      refused.push({ field: "title", asked: title, has });
      title = has;
    }
    let tags = [...new Set([...(edit.tags ?? before.tags), ...edit.add_tags])];
    if (tags.includes("locked")) {
      refused.push({ field: "tags", asked: tags.join(", "), has: before.tags.join(", ") });
      tags = before.tags;
    }
    const now = Math.floor(world.clock.now() / 1000);
    const { publish } = edit;
    const video: LibraryVideo = {
      ...before,
      title,
      tags,
      description: edit.description ?? before.description,
      categories: edit.categories ?? before.categories,
      published: publish ? publish === "now" : before.published,
      publish_at: publish
        ? typeof publish === "object"
          ? Math.max(publish.at, now)
          : null
        : before.publish_at,
    };
    this.videos.set(id, video);
    return { id, video: this.#told(world, video), refused, trouble: null };
  }
}
