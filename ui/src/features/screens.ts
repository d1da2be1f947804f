/** Which component shows which screen. A screen that is not here has no entry in the sidebar. */
import type { Component } from "svelte";
import type { Route } from "../state/app.svelte";
import Queue from "./queue/Queue.svelte";

export const screens: Partial<Record<Route, Component>> = {
  queue: Queue,
};

/** What stands in place of every screen while there is no workspace, once there is such a thing. */
export const firstRun: Component | null = null;
