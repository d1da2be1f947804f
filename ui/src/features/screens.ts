/** Which component shows which screen. */
import type { Component } from "svelte";
import type { Route } from "../state/app.svelte";
import FirstRun from "./connect/FirstRun.svelte";
import Folders from "./folders/Folders.svelte";
import Library from "./library/Library.svelte";
import Queue from "./queue/Queue.svelte";
import Settings from "./settings/Settings.svelte";

export const screens: Record<Route, Component> = {
  queue: Queue,
  library: Library,
  folders: Folders,
  settings: Settings,
};

/** What stands in place of the queue while there is neither a workspace nor anything in it. */
export const firstRun: Component = FirstRun;
