/** Mounts the window's content on the backend that is there: the app's own, or the demonstration's in a plain browser. */
import { mount } from "svelte";
import Window from "./features/frame/Window.svelte";
import { tauriBackend } from "./backend/tauri";
import { App } from "./state/app.svelte";
import { systemClock, type Clock } from "./state/clock";
import type { Backend } from "./backend";
import "./styles/tokens.css";
import "./styles/base.css";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no element #app");

let backend: Backend | undefined = tauriBackend();
let clock: Clock = systemClock;
let show: ((app: App) => void) | undefined;
if (!backend) {
  // Its own file, which the app never loads.
  const { demoOf } = await import("./backend/demo");
  const demo = demoOf(new URLSearchParams(location.search));
  ({ backend, clock, show } = demo);
  Object.assign(globalThis, { demo });
}

const app = new App(backend, clock);
show?.(app);
// For whoever drives the demonstration from outside: tests, and the browser's console.
if (backend.host === "demo") Object.assign(globalThis, { app });

export default mount(Window, { target, props: { app } });
