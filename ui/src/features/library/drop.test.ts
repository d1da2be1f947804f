import { screen, waitFor } from "@testing-library/svelte";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Hover } from "../../backend";
import { imagesOffer, videoOffer } from "../../backend/demo/offers";
import { card, dialog, inside, pictureIn } from "../../testing/library";
import { openWindow, type OpenWindow } from "../../testing/window";

/** Whatever is asked of the page, the pointer is over this card. */
function pointAt(name: RegExp): void {
  vi.spyOn(document, "elementFromPoint").mockReturnValue(card(name));
}

/** What hangs over the window. */
const over = (some: Partial<NonNullable<Hover>>): Hover => ({
  videos: 0,
  images: 0,
  folders: 0,
  others: 0,
  ...some,
});

async function drop(
  { world, pass }: OpenWindow,
  offer: ReturnType<typeof videoOffer>,
): Promise<void> {
  world.send("offer", world.offer({ ...offer, at: { x: 1, y: 1 } }));
  await pass(0);
}

afterEach(() => vi.restoreAllMocks());

describe("a drop on the library", () => {
  test("says over each video what will happen, or why nothing", async () => {
    const { world, pass } = await openWindow("library");
    pointAt(/^Spring keynote/);
    world.send("hover", over({ images: 1 }));
    world.send("over", { x: 1, y: 1 });
    await pass(0);

    expect(screen.getByText("Becomes the thumbnail of “Spring keynote”")).toBeVisible();
    expect(card(/^Spring keynote/)).toHaveTextContent("Set as thumbnail");
    world.send("hover", over({ videos: 2 }));
    await pass(0);

    expect(card(/^Spring keynote/)).toHaveTextContent("One video takes one file");
    vi.restoreAllMocks();
    world.send("over", { x: 2, y: 1 });
    await pass(0);

    expect(screen.getByText(/^New for Nordlys Media/)).toBeVisible();
    world.send("hover", null);
    await pass(0);

    expect(screen.queryByText(/^New for Nordlys Media/)).toBeNull();
  });

  test("asks about the video below it, and goes on to it", async () => {
    const window = await openWindow("library");
    const { user, pass, world } = window;
    pointAt(/^Spring keynote/);
    await drop(window, imagesOffer("drop", 1));
    await user.click(await inside().findByRole("button", { name: "Set as thumbnail" }));
    await pass(200);

    expect(card(/^Spring keynote/)).toHaveTextContent(/New thumbnail: /);
    const before = pictureIn(card(/^Spring keynote/));
    await pass(60_000);

    await waitFor(() => expect(card(/^Spring keynote/)).toHaveTextContent("Published"));
    expect(pictureIn(card(/^Spring keynote/))).not.toBe(before);
    expect([...world.rows.values()].map(({ stage }) => stage)).toEqual(["done"]);
  });

  test("belongs to the video that is being asked about, wherever it falls", async () => {
    const window = await openWindow("library-replace");
    await screen.findByText("keynote_final_v7.mp4");
    await drop(window, videoOffer("drop", "keynote_short.mp4"));

    expect(await screen.findByText("keynote_short.mp4")).toBeVisible();
    expect(dialog()).toHaveAccessibleName("Replace “Spring keynote”?");
    expect(window.asked.map(([name]) => name)).not.toContain("add");
  });

  test("of several on one video is refused and let go of", async () => {
    const window = await openWindow("library");
    pointAt(/^Spring keynote/);
    await drop(window, imagesOffer("drop", 3));

    expect(window.asked.at(-1)?.[0]).toBe("forget_offer");
    expect(window.app.notices.toasts.at(-1)?.text).toBe("One video takes one file");
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  test("of images beside all videos asks which is for which", async () => {
    const window = await openWindow("library");
    await drop(window, imagesOffer("drop", 5));

    expect(await screen.findByRole("dialog", { name: "Match 5 images to videos" })).toBeVisible();
  });

  test("of films beside all videos is a new upload", async () => {
    const window = await openWindow("library");
    await drop(window, videoOffer("drop"));

    expect(await screen.findByRole("heading", { name: "Queue" })).toBeVisible();
    expect(window.asked.at(-1)?.[0]).toBe("add");
  });

  test("may become a new video instead of replacing one", async () => {
    const { user, asked } = await openWindow("library-replace");
    await user.click(await inside().findByRole("button", { name: "Upload as a new video" }));

    expect(await screen.findByRole("heading", { name: "Queue" })).toBeVisible();
    expect(asked.at(-1)).toEqual(["add", expect.objectContaining({ only: [1] })]);
    expect(asked.map(([name]) => name)).not.toContain("forget_offer");
  });
});
