/** The app's side of `Backend`: the only module that imports `@tauri-apps` (tests/it/tidy.rs holds that). */
import { getVersion } from "@tauri-apps/api/app";
import { isTauri } from "@tauri-apps/api/core";
import type { Backend } from "./index";

/** The window's own backend, or nothing where the pages run in a plain browser. */
export function tauriBackend(): Backend | undefined {
  return isTauri() ? { host: "desktop", version: getVersion } : undefined;
}
