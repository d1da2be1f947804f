import { expect, test } from "vitest";
import { ordinary } from "../backend/demo/library/videos";
import type { LibraryVideo } from "../backend";
import { aimOf, type Carried } from "./aim";

const [film] = ordinary(0) as [LibraryVideo];
const image: LibraryVideo = { ...film, kind: "image" };
const sound: LibraryVideo = { ...film, kind: "audio" };
const carried = (some: Partial<Carried>): Carried => ({
  videos: 0,
  images: 0,
  folders: 0,
  others: 0,
  ...some,
});

test.each([
  ["an image on a video", { images: 1 }, film, "thumbnail"],
  ["an image on a recording", { images: 1 }, sound, "thumbnail"],
  ["an image on an image", { images: 1 }, image, "replace"],
  ["a video on a video", { videos: 1 }, film, "replace"],
  ["a sound file on a recording", { others: 1 }, sound, "replace"],
  ["images beside all videos", { images: 3 }, null, "match"],
  ["videos beside all videos", { videos: 3 }, null, "add"],
  ["videos and images beside all", { videos: 1, images: 1 }, null, "add"],
  ["a folder beside all", { folders: 1 }, null, "add"],
] as const)("%s", (_, some, video, does) => {
  expect(aimOf(carried(some), video).does).toBe(does);
});

test.each([
  ["a video on an image", { videos: 1 }, image, "kind"],
  ["a text on a video", { others: 1 }, film, "kind"],
  ["two images on one video", { images: 2 }, film, "several"],
  ["a video and an image on one video", { videos: 1, images: 1 }, film, "several"],
  ["a folder on a video", { folders: 1, images: 1 }, film, "folder"],
  ["a text beside all", { others: 1 }, null, "nothing"],
] as const)("%s is refused", (_, some, video, because) => {
  expect(aimOf(carried(some), video)).toMatchObject({ does: "refuse", because });
});
