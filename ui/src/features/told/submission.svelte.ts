/** What a sheet asks for when it is submitted: one at a time, and a refusal stays in the sheet, beside what was typed. */
import type { Told } from "../../backend";
import type { App } from "../../state/app.svelte";
import { isTold } from "../../state/told";

export class Submission {
  busy = $state(false);
  refused: Told | null = $state.raw(null);

  constructor(private readonly app: App) {}

  /** Nothing happens while it is still on its way. */
  async send(ask: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.refused = null;
    try {
      await ask();
    } catch (error) {
      if (isTold(error)) this.refused = error;
      else this.app.complain(error);
    }
    this.busy = false;
  }
}
