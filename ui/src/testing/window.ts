/** The whole window on the demonstration, with a clock that the test moves. */
import { render, screen } from "@testing-library/svelte";
import { userEvent, type UserEvent } from "@testing-library/user-event";
import { tick } from "svelte";
import type { Command, Settings } from "../backend";
import { demo, HandClock, type Demo, type SceneName } from "../backend/demo";
import Window from "../features/frame/Window.svelte";
import { App } from "../state/app.svelte";
import type { Language } from "../words/index.svelte";

export interface OpenWindow extends Demo {
  app: App;
  user: UserEvent;
  /** What the pages asked for, in order. */
  asked: [Command, unknown][];
  /** Lets time pass, and the window draw what came of it. */
  pass: (milliseconds: number) => Promise<void>;
}

export async function openWindow(
  scene: SceneName,
  language: Language = "en",
  settings: Partial<Settings> = {},
): Promise<OpenWindow> {
  const clock = new HandClock();
  const made = demo({ scene, clock, settings: { language, ...settings } });
  const asked: [Command, unknown][] = [];
  const backend: Demo["backend"] = {
    ...made.backend,
    call: (command, request) => {
      asked.push([command, request]);
      return made.backend.call(command, request);
    },
  };
  const app = new App(backend, clock);
  made.show(app);
  render(Window, { app });
  await screen.findByRole("main");
  const pass = async (milliseconds: number): Promise<void> => {
    clock.advance(milliseconds);
    await tick();
    await new Promise((drawn) => setTimeout(drawn));
  };
  await pass(0);
  return { ...made, backend, app, user: userEvent.setup(), asked, pass };
}
