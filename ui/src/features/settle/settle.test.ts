import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import type { SceneName } from "../../backend/demo";
import { row, told } from "../../testing/rows";
import { openWindow } from "../../testing/window";
import { say } from "../../words/index.svelte";
import { ahead, questionOf } from "./question";
import { videoOf } from "./video";

const HOST = "nordlys.example";

test.each([
  ["91204412", { video: 91_204_412 }],
  [" #91204412 ", { video: 91_204_412 }],
  [`https://${HOST}/manage/video/91204412`, { video: 91_204_412 }],
  [`${HOST}/video/91204412/board-meeting`, { video: 91_204_412 }],
  [`https://${HOST}/manage?photo_id=91204412`, { video: 91_204_412 }],
  ["https://elsewhere.example/video/91204412", { wrong: "workspace" }],
  [`https://${HOST}/video/`, { wrong: "number" }],
  ["0", { wrong: "number" }],
  ["99999999999999999999", { wrong: "number" }],
  ["board meeting", { wrong: "number" }],
  ["", { wrong: "number" }],
])("%j points at %j", (typed, pointed) => {
  expect(videoOf(typed, HOST)).toEqual(pointed);
});

const asking = (code: string, change: Parameters<typeof row>[0] = {}) =>
  questionOf(row({ stage: "failed", failure: told("settle", code), ...change }));

describe("what is asked", () => {
  test("an upload that may be on its way can be looked for, and that is what is safe", () => {
    expect(asking("outcome_unknown", { unsettled: true })).toMatchObject({
      answers: ["keep_looking", "arrived", "send_again"],
      safe: "keep_looking",
    });
  });

  test("a piece that was taken for the whole can not, and its video is not the one", () => {
    const failure = {
      ...told("settle", "piece_taken_as_whole"),
      detail: `https://${HOST}/manage/video/7`,
    };
    const question = questionOf(row({ stage: "failed", failure }));

    expect(question?.answers).not.toContain("keep_looking");
    expect(question).toMatchObject({ candidate: 7, likely: false });
  });

  test("of a replacement it is known which video it is about", () => {
    const question = asking("probably_replaced", {
      replaces: { video: 12, kind: "video", moment_ms: null },
    });

    expect(question).toMatchObject({ replacing: true, candidate: 12 });
  });

  test("what waits behind a question asks none itself", () => {
    const behind = row({ waiting: { ...told("settle", "behind_question"), detail: "b" } });

    expect(questionOf(behind)).toBeNull();
    expect(ahead(behind)).toBe("b");
  });

  test("any other failure is no question", () => {
    expect(questionOf(row({ stage: "failed", failure: told("retry_now") }))).toBeNull();
  });
});

const dialog = (): HTMLElement => screen.getByRole("dialog");
const press = (name: string): HTMLElement => within(dialog()).getByRole("button", { name });
const choose = (name: string): HTMLElement => within(dialog()).getByRole("radio", { name });

describe.each(["en", "da"] as const)("in %s", (language) => {
  const open = (scene: SceneName) => openWindow(scene, language);

  test("Enter gives the safe answer", async () => {
    const { user, asked } = await open("settle");

    expect(choose(say("settle.look"))).toHaveFocus();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(asked).toContainEqual(["settle", expect.objectContaining({ answer: "keep_looking" })]);
  });

  test("each answer says what it does", async () => {
    await open("settle");

    expect(choose(say("settle.look"))).toHaveAccessibleDescription(say("settle.look_hint"));
    expect(choose(say("settle.arrived"))).toHaveAccessibleDescription(say("settle.arrived_hint"));
    expect(choose(say("settle.again"))).toHaveAccessibleDescription(say("settle.again_hint"));
  });

  test("a wrong video is said beside the field, by us or by the workspace", async () => {
    const { user, asked } = await open("settle");
    await user.click(choose(say("settle.arrived")));
    await user.click(press(say("settle.arrived")));
    const field = within(dialog()).getByLabelText(say("settle.video"));

    expect(field).toHaveFocus();
    expect(field).toHaveAccessibleDescription(say("settle.video_missing"));
    await user.type(field, "https://elsewhere.example/video/12{Enter}");
    expect(field).toBeInvalid();
    expect(asked.map(([name]) => name)).not.toContain("settle");

    await user.clear(field);
    await user.type(field, "404{Enter}");
    await waitFor(() =>
      expect(asked).toContainEqual([
        "settle",
        expect.objectContaining({ answer: { arrived: 404 } }),
      ]),
    );
    await waitFor(() => expect(field).toBeInvalid());
    expect(field).toHaveFocus();

    await user.clear(field);
    await user.type(field, "91204412{Enter}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  test("a video that may be the one is a link, and stands in the field", async () => {
    const { user, asked } = await open("settle-candidate");
    await user.click(press(say("act.open_admin")));

    expect(asked.at(-1)).toMatchObject(["open_video", { public: false }]);
    await user.click(choose(say("settle.arrived")));
    expect(within(dialog()).getByLabelText(say("settle.video"))).toHaveValue("91204412");
  });

  test("without one, the workspace's videos are a link", async () => {
    const { user, asked } = await open("settle");
    await user.click(press(say("settle.open_videos")));

    expect(asked.at(-1)).toMatchObject(["open_page", { page: "videos" }]);
  });

  test("a replacement is settled without a number", async () => {
    const { user, asked } = await open("settle-replaced");
    await user.click(choose(say("settle.replaced")));
    await user.click(press(say("settle.replaced")));

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(asked).toContainEqual([
      "settle",
      expect.objectContaining({ answer: { arrived: 91_204_301 } }),
    ]);
  });

  test("from what waits behind a question one comes to the question", async () => {
    const { user, asked, world } = await open("settle-ahead");
    const first = [...world.rows.values()].find((one) => one.failure)?.id;

    expect(dialog()).toHaveTextContent("Webinar 14");
    await user.click(press(say("settle.look")));
    await waitFor(() =>
      expect(asked).toContainEqual(["settle", { id: first, answer: "keep_looking" }]),
    );
  });

  test("a question that is answered elsewhere closes", async () => {
    const { world, pass } = await open("settle");
    const [asked] = world.rows.values();
    if (asked) world.set(asked, { stage: "done", failure: null, unsettled: false });
    await pass(200);

    expect(screen.queryByRole("dialog")).toBeNull();
  });
});
