/** The app's side of `Backend`: the only module that imports `@tauri-apps` (tests/it/tidy.rs holds that). */
import { convertFileSrc, invoke, isTauri } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { Backend, Update, Updates } from "./index";

/** The window's own backend, or nothing where the pages run in a plain browser. */
export function tauriBackend(): Backend | undefined {
  if (!isTauri()) return undefined;
  return {
    host: "desktop",
    call: (name, request) => invoke("ipc", { name, request }),
    listen: <U extends Update>(update: U, hear: (payload: Updates[U]) => void) =>
      listen<Updates[U]>(update, (event) => hear(event.payload)),
    picture: (id) => convertFileSrc(id, "picture"),
    videoPicture: ({ workspace, id, picture }) =>
      picture === null ? null : path("video", workspace, id, picture),
    framePicture: ({ workspace, id }, at) => path("frame", workspace, id, Math.round(at * 1000)),
    offeredPicture: (offer, file) => path("offer", offer, file),
  };
}

/** The address of a picture, made of parts of which none may hold a slash. */
function path(...parts: (string | number)[]): string {
  const base = convertFileSrc("", "picture");
  return base + parts.map((part) => encodeURIComponent(part)).join("/");
}
