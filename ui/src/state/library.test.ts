import { describe, expect, test } from "vitest";
import type { Backend, LibraryPage, Request } from "../backend";
import { HandClock } from "../backend/demo";
import { thousands } from "../backend/demo/library/videos";
import { NORDLYS } from "../backend/demo/rows";
import { Library } from "./library.svelte";

const VIDEOS = thousands(0).slice(0, 250);
const SIZE = 50;
type Asked = Request<"library_page">;

/** A workspace whose answers come when the test lets them. */
function opened() {
  const clock = new HandClock();
  const asked: Asked[] = [];
  const answers: (() => void)[] = [];
  const thrown: unknown[] = [];
  let wrong: unknown;
  const page = ({ search, page: number }: Asked): LibraryPage => {
    const found = VIDEOS.filter(({ title }) => title.toLowerCase().includes(search));
    return {
      videos: found.slice((number - 1) * SIZE, number * SIZE),
      total: found.length,
      page: number,
      size: SIZE,
      as_of: 1,
      trouble: null,
    };
  };
  const backend = {
    call: (_: string, request: Asked) => {
      asked.push(request);
      const failure = wrong;
      return new Promise((resolve, reject) =>
        answers.push(() => (failure === undefined ? resolve(page(request)) : reject(failure))),
      );
    },
  } as unknown as Backend;
  const library = new Library(backend, clock, (error) => thrown.push(error));
  /** The oldest question is answered. */
  const answer = async (): Promise<void> => {
    answers.shift()?.();
    await new Promise((heard) => setTimeout(heard));
  };
  library.open(NORDLYS);
  return { library, clock, asked, answer, thrown, fail: (error: unknown) => (wrong = error) };
}

test("pages are asked for as their places are drawn, the one that is looked at first", async () => {
  const { library, asked, answer } = opened();
  await answer();

  expect([library.total, library.at(49)?.title, library.at(50)]).toEqual([
    250,
    VIDEOS[49]?.title,
    undefined,
  ]);

  // Scrolled past, and left before it was asked for.
  const left = library.need(60);
  left();
  library.need(210);
  await answer();
  await answer();

  expect(asked.map(({ page }) => page)).toEqual([1, 5]);
  expect(library.at(210)?.title).toBe(VIDEOS[210]?.title);
});

describe("a search", () => {
  test("is asked when somebody stops typing, once", async () => {
    const { library, clock, asked, answer } = opened();
    await answer();
    for (const text of ["e", "ep", "epi"]) {
      library.type(text);
      clock.advance(100);
    }

    expect(asked).toHaveLength(1);
    clock.advance(200);
    await answer();

    expect(asked.map(({ search }) => search)).toEqual(["", "epi"]);
    expect(library.at(0)?.title).toMatch(/^Episode/);
  });

  test("does not wait for an older one, and is not overtaken by it", async () => {
    const { library, asked, answer } = opened();
    library.ask({ search: "lecture" });

    expect(asked).toHaveLength(2);
    await answer();

    expect(library.asOf).toBeNull();
    await answer();

    expect(library.at(0)?.title).toMatch(/^Lecture/);
  });
});

test("what was there stays until the new answer is", async () => {
  const { library, answer } = opened();
  await answer();
  library.ask({ search: "interview" });

  expect(library.at(0)?.title).toBe(VIDEOS[0]?.title);
  await answer();

  expect(library.at(0)?.title).toMatch(/^Interview/);
});

test("another workspace begins with nothing", async () => {
  const { library, asked, answer } = opened();
  await answer();
  library.type("abc");
  library.open("fjord.example");

  expect([library.total, library.search, asked.at(-1)?.workspace]).toEqual([
    0,
    "",
    "fjord.example",
  ]);
});

test("where nothing is known, that is what is said; a later page that fails leaves the others", async () => {
  const { library, answer, thrown, fail } = opened();
  await answer();
  fail("away");
  library.need(120);
  await answer();
  await answer();

  expect([library.total, library.failed, thrown]).toEqual([250, null, ["away"]]);

  library.again();
  await answer();

  expect([library.total, library.failed]).toEqual([0, "away"]);
});

test("a list that is looked at again soon is not asked for again", async () => {
  const { library, clock, asked, answer } = opened();
  await answer();
  clock.advance(5_000);
  library.open(NORDLYS);

  expect(asked).toHaveLength(1);
  clock.advance(20_000);
  library.open(NORDLYS);

  expect(asked).toHaveLength(2);
});
