import { expect, test } from "vitest";
import { row, told } from "../testing/rows";
import { Herald } from "./herald";
import { Queue } from "./queue.svelte";

/** A herald of these rows, what it said at once and when nothing else was being said, and a way to change a row. */
function heralding(...rows: ReturnType<typeof row>[]): {
  alerts: string[];
  announced: string[];
  becomes: (...[change]: Parameters<typeof row>) => void;
} {
  const [alerts, announced]: [string[], string[]] = [[], []];
  const herald = new Herald({
    announce: (text) => announced.push(text),
    alert: (text) => alerts.push(text),
  });
  const queue = new Queue();
  queue.reset(rows, [], 0);
  const becomes = (...[change]: Parameters<typeof row>): void => {
    const news = queue.change({ rows: [row(change)], removed: [], progress: null }, 0);
    herald.tell(news, queue.counts);
  };
  return { alerts, announced, becomes };
}

test("whatever comes to want somebody is announced once, failed or not", () => {
  const { alerts, becomes } = heralding(row());

  becomes({ waiting: told("wait_for_network") });
  expect(alerts).toEqual([]);
  becomes({ waiting: told("sign_in") });
  expect(alerts).toEqual(["Talk needs you. It stopped."]);
  becomes({ waiting: told("sign_in"), stored: 5 });
  expect(alerts).toHaveLength(1);
  becomes({ stage: "failed", failure: told("retry_now") });
  expect(alerts).toHaveLength(2);
});

test("the end of a batch is announced even where something of it did not arrive", () => {
  const { announced, becomes } = heralding(
    row({ id: "a", stage: "uploading" }),
    row({ id: "b", stage: "uploading" }),
  );

  becomes({ id: "a", stage: "uploading", stored: 1 });
  becomes({ id: "a", stage: "failed", failure: told("give_up") });
  becomes({ id: "b", stage: "done", stored: 1_000_000_000 });
  expect(announced.at(-1)).toBe("1 sent, 1 needs you");
  const before = announced.length;
  becomes({ id: "b", stage: "done", stored: 1_000_000_000, playable: true });
  expect(announced).toHaveLength(before);
});
