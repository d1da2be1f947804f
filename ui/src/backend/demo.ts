/**
 * A scripted backend: the same pages in a plain browser and in tests, with a world behind them that only plays.
 *
 * `?scene=` chooses where it begins (`demo/scenes.ts`), `theme` and `lang` what the settings say, and `clock=still` stops time.
 */
import type { App } from "../state/app.svelte";
import { systemClock, type Clock } from "../state/clock";
import type { Backend, Command, Reply, Request, Settings, Update, Updates } from "./index";
import { answers } from "./demo/answers";
import { HandClock } from "./demo/clock";
import { picture } from "./demo/pictures";
import { isScene, scene, type SceneName } from "./demo/scenes";
import { World } from "./demo/world";

export { HandClock } from "./demo/clock";
export { SCENES, type SceneName } from "./demo/scenes";

export interface Demo {
  backend: Backend;
  world: World;
  clock: Clock;
  /** Opens in the window what the scene has open, once everything is there. */
  show(app: Pick<App, "go" | "lookInto" | "dialogs">): void;
}

export interface DemoOptions {
  scene?: SceneName;
  settings?: Partial<Settings>;
  clock?: Clock;
  version?: string;
}

/** A backend that answers from its script alone. */
export function demo(options: DemoOptions = {}): Demo {
  const clock = options.clock ?? systemClock;
  const { opening, show, ...begin } = scene(options.scene ?? "busy", clock.now());
  const settings = { ...begin.settings, ...options.settings };
  const world = new World(clock, { ...begin, settings }, options.version ?? "0.1.0");
  let opened = false;
  let open: (() => void) | undefined;
  const there = new Promise<void>((resolve) => (open = resolve));
  const backend: Backend = {
    host: "demo",
    async call<C extends Command>(command: C, request: Request<C>): Promise<Reply<C>> {
      const reply = answers[command](world, request);
      if (command === "snapshot" && !opened) {
        opened = true;
        queueMicrotask(() =>
          queueMicrotask(() => {
            opening?.(world);
            open?.();
          }),
        );
      }
      return reply;
    },
    listen: async <U extends Update>(update: U, hear: (payload: Updates[U]) => void) =>
      world.listen(update, hear),
    picture,
    videoPicture: ({ id, picture: version }) =>
      version === null ? null : picture(`${id} ${version}`),
    framePicture: ({ id }, at) => picture(`${id} at ${at.toFixed(1)}`),
    offeredPicture: (offer, file) => picture(`offered ${offer} ${file}`),
  };
  return {
    backend,
    world,
    clock,
    show(app) {
      if (show?.route) app.go(show.route);
      if (show?.ledger !== undefined) app.lookInto(show.ledger);
      const dialog = show?.dialog?.(world);
      if (dialog) void there.then(() => app.dialogs.open(dialog.name, dialog.props));
    },
  };
}

/** The demonstration that a page's address asks for. */
export function demoOf(address: URLSearchParams): Demo {
  const name = address.get("scene");
  const theme = address.get("theme");
  const language = address.get("lang");
  return demo({
    ...(isScene(name) ? { scene: name } : {}),
    settings: {
      ...(theme === "light" || theme === "dark" ? { theme } : {}),
      ...(language === "en" || language === "da" ? { language } : {}),
    },
    ...(address.get("clock") === "still" ? { clock: new HandClock() } : {}),
  });
}
