/** What a drop would do where the pointer is, while files hang over the library. */
import { aimOf, type Aim } from "../../state/aim";
import type { App } from "../../state/app.svelte";

export function aimed(app: App): Aim | null {
  const { hover } = app.offers;
  if (!hover || app.route !== "library") return null;
  const { x = -1, y = -1 } = hover;
  return aimOf(hover, app.videoAt({ x, y }));
}
