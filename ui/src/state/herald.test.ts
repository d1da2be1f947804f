import { expect, test } from "vitest";
import { row, told } from "../testing/rows";
import { Herald } from "./herald";
import { Queue } from "./queue.svelte";

test("whatever comes to want somebody is announced once, failed or not", () => {
  const said: string[] = [];
  const herald = new Herald({ announce: () => {}, alert: (text) => said.push(text) });
  const queue = new Queue();
  queue.reset([row()], [], 0);
  const becomes = (...[change]: Parameters<typeof row>): void => {
    const news = queue.change({ rows: [row(change)], removed: [], progress: null }, 0);
    herald.tell(news, queue.counts);
  };

  becomes({ waiting: told("wait_for_network") });
  expect(said).toEqual([]);
  becomes({ waiting: told("sign_in") });
  expect(said).toEqual(["Talk needs you. It stopped."]);
  becomes({ waiting: told("sign_in"), stored: 5 });
  expect(said).toHaveLength(1);
  becomes({ stage: "failed", failure: told("retry_now") });
  expect(said).toHaveLength(2);
});

test("the end of a batch is announced even where something of it did not arrive", () => {
  const said: string[] = [];
  const herald = new Herald({ announce: (text) => said.push(text), alert: () => {} });
  const queue = new Queue();
  queue.reset([row({ id: "a", stage: "uploading" }), row({ id: "b", stage: "uploading" })], [], 0);
  const becomes = (...[change]: Parameters<typeof row>): void => {
    const news = queue.change({ rows: [row(change)], removed: [], progress: null }, 0);
    herald.tell(news, queue.counts);
  };

  becomes({ id: "a", stage: "uploading", stored: 1 });
  becomes({ id: "a", stage: "failed", failure: told("give_up") });
  becomes({ id: "b", stage: "done", stored: 1_000_000_000 });
  expect(said.at(-1)).toBe("1 sent, 1 needs you");
  const before = said.length;
  becomes({ id: "b", stage: "done", stored: 1_000_000_000, playable: true });
  expect(said).toHaveLength(before);
});
