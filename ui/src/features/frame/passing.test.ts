import { screen, within } from "@testing-library/svelte";
import { tick } from "svelte";
import { expect, test } from "vitest";
import { demo, HandClock } from "../../backend/demo";
import { videoOffer } from "../../backend/demo/offers";
import { App } from "../../state/app.svelte";
import { openWindow } from "../../testing/window";

test("what is said in passing is said inside the dialog that is open, since all else is out of reach", async () => {
  const { app } = await openWindow("empty");
  app.dialogs.open("shortcuts", {});
  await tick();

  app.notices.toast("It cannot be done.", { tone: "bad" });
  await tick();

  const dialog = within(screen.getByRole("dialog"));
  expect(dialog.getByRole("alert")).toHaveTextContent("It cannot be done.");
  expect(dialog.getByRole("group", { name: "It cannot be done." })).toBeVisible();

  app.dialogs.close();
  await tick();
  expect(screen.getByRole("group", { name: "It cannot be done." })).toBeVisible();
});

test("what is dropped while a dialog is open waits until that is closed", async () => {
  const { app, asked, world, pass } = await openWindow("empty");
  const added = (): number => asked.filter(([command]) => command === "add").length;
  app.dialogs.open("shortcuts", {});
  for (const name of ["one.mp4", "two.mp4"])
    world.send("offer", world.offer(videoOffer("drop", name)));
  await pass(0);

  expect(app.dialogs.current?.name).toBe("shortcuts");
  expect(added()).toBe(0);

  app.dialogs.close();
  await pass(0);
  expect(added()).toBe(2);
});

test("what came before the shell has answered waits for that, though a dialog closes meanwhile", async () => {
  const clock = new HandClock();
  const { backend, world } = demo({ scene: "empty", clock });
  const app = new App(backend, clock);
  app.offers.take(world.offer(videoOffer("drop", "early.mp4")));
  app.dialogs.open("shortcuts", {});
  app.dialogs.close();
  await tick();
  expect(world.rows.size).toBe(0);

  const stop = await app.start();
  await tick();
  expect(world.rows.size).toBe(1);
  stop();
});
