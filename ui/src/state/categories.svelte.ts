/** The categories of each workspace, asked for once it is looked at and kept while the window is open. */
import { SvelteMap } from "svelte/reactivity";
import type { Backend, Category } from "../backend";

export class Categories {
  readonly #known = new SvelteMap<string, readonly Category[]>();
  readonly #asked = new Map<string, Promise<readonly Category[]>>();

  constructor(private readonly backend: Backend) {}

  /** Those that are known; none before they were asked for. */
  of(workspace: string): readonly Category[] {
    return this.#known.get(workspace) ?? [];
  }

  /** The name of a category as a person knows it. */
  name(workspace: string, category: number | string): string {
    if (typeof category === "string") return category;
    return this.of(workspace).find(({ id }) => id === category)?.name ?? `#${category}`;
  }

  /** Asks for them, once; what failed is asked again the next time. */
  ask(workspace: string): Promise<readonly Category[]> {
    const asked = this.#asked.get(workspace);
    if (asked) return asked;
    const asking = this.backend.call("categories", { workspace }).then(
      (categories) => {
        this.#known.set(workspace, categories);
        return categories;
      },
      (error: unknown) => {
        this.#asked.delete(workspace);
        throw error;
      },
    );
    this.#asked.set(workspace, asking);
    return asking;
  }
}
