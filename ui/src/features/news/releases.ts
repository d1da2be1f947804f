/** What each version brought for those who use it, the newest first. CHANGELOG.md says the same for those who build it. */
import type { Key } from "../../words/index.svelte";

export interface Release {
  version: string;
  lines: readonly Key[];
}

export const releases: readonly Release[] = [
  {
    version: "0.1.0",
    lines: [
      "news.v0_1_0.queue",
      "news.v0_1_0.library",
      "news.v0_1_0.folders",
      "news.v0_1_0.desktop",
      "news.v0_1_0.sandbox",
    ],
  },
];

/** What came after a version, or the last release where none is given or nothing is known of it. */
export function since(
  version: string | null,
  all: readonly Release[] = releases,
): readonly Release[] {
  const at = all.findIndex((release) => release.version === version);
  return at > 0 ? all.slice(0, at) : all.slice(0, 1);
}
