import { expect, test } from "vitest";
import type { Backend, Changes, Snapshot } from "../backend";
import { demo, HandClock } from "../backend/demo";
import { row } from "../testing/rows";
import { World } from "./world.svelte";

const changes = (seq: number, change: Partial<Changes> = {}): Changes => ({
  seq,
  rows: [],
  removed: [],
  progress: null,
  workspaces: null,
  folders: null,
  settings: null,
  speed: null,
  keychain: null,
  trouble: null,
  ...change,
});

/** A backend whose snapshots and changes the test hands out itself. */
function scripted(): {
  backend: Backend;
  asked: () => number;
  tell: (changes: Changes) => void;
  seq: (to: number) => void;
} {
  const base: Snapshot = demo({ scene: "empty", clock: new HandClock() }).world.snapshot();
  let seq = 5;
  let asked = 0;
  let hear: ((changes: Changes) => void) | undefined;
  const backend: Backend = {
    host: "demo",
    call: async (command) => {
      if (command !== "snapshot") throw new Error(command);
      asked += 1;
      return { ...base, seq } as never;
    },
    listen: async (update, ear) => {
      if (update === "changes") hear = ear as typeof hear;
      return () => {};
    },
    picture: () => "",
    videoPicture: () => null,
    framePicture: () => "",
    offeredPicture: () => "",
  };
  return { backend, asked: () => asked, tell: (one) => hear?.(one), seq: (to) => (seq = to) };
}

test("changes in their order are taken as they come", async () => {
  const { backend, asked, tell } = scripted();
  const world = new World(backend, new HandClock());
  await world.start();
  tell(changes(6, { rows: [row({ id: "a" })] }));
  tell(changes(7, { removed: ["a"], rows: [row({ id: "b" })] }));

  expect(asked()).toBe(1);
  expect(world.queue.rows(["a", "b"]).map(({ id }) => id)).toEqual(["b"]);
});

test("after a gap everything is asked for again", async () => {
  const { backend, asked, tell, seq } = scripted();
  const world = new World(backend, new HandClock());
  await world.start();
  seq(8);
  tell(changes(8, { rows: [row({ id: "lost" })] }));
  await Promise.resolve();
  tell(changes(9, { rows: [row({ id: "next" })] }));
  await new Promise((done) => setTimeout(done));

  expect(asked()).toBe(2);
  expect(world.queue.rows(["next"])).toHaveLength(1);
});

test("what a snapshot holds already is not taken twice", async () => {
  const { backend, asked, tell } = scripted();
  const world = new World(backend, new HandClock());
  await world.start();
  tell(changes(5, { rows: [row({ id: "old" })] }));

  expect(asked()).toBe(1);
  expect(world.queue.rows(["old"])).toHaveLength(0);
});

test("of a long queue the beginning is shown, and what is told meanwhile goes over what is asked for", async () => {
  const { backend, tell } = scripted();
  const parts = [
    { rows: [row({ id: "b" }), row({ id: "c", stored: 1 })], rest: { over: false, position: 3 } },
    { rows: [row({ id: "d" })], rest: null },
  ];
  const call = backend.call;
  const answers: Array<() => void> = [];
  backend.call = (async (command: string, request: unknown) => {
    if (command === "snapshot") {
      const snapshot = await (call as (name: string, request: unknown) => Promise<Snapshot>)(
        command,
        request,
      );
      return { ...snapshot, rows: [row({ id: "a" })], rest: { over: false, position: 1 } };
    }
    const part = parts.shift();
    await new Promise<void>((answer) => answers.push(answer));
    return part;
  }) as Backend["call"];
  const world = new World(backend, new HandClock());
  await world.start();
  expect([world.ready, world.queue.size]).toEqual([true, 1]);

  tell(changes(6, { rows: [row({ id: "c", stored: 9 })] }));
  tell(changes(7, { removed: ["a"] }));
  answers.shift()?.();
  await new Promise((done) => setTimeout(done));
  expect(world.queue.rows(["a", "b", "c"]).map(({ id, stored }) => [id, stored])).toEqual([
    ["b", 0],
    ["c", 9],
  ]);

  answers.shift()?.();
  await new Promise((done) => setTimeout(done));
  expect(world.queue.rows(["d"])).toHaveLength(1);
  expect(parts).toEqual([]);
});
