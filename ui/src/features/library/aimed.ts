/** What a drop would do where the pointer is, while files hang over the library. */
import { aimOf, type Aim } from "../../state/aim";
import type { App } from "../../state/app.svelte";
import { below } from "../../state/onto";

export function aimed(app: App): Aim | null {
  const { hover, over } = app.offers;
  if (!hover || app.route !== "library") return null;
  return aimOf(hover, below(app, over));
}
