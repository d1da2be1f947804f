/** Setting things: at once, and back to what is in force where that was refused. */
import type { Settings } from "../../backend";
import type { App } from "../../state/app.svelte";

export class Setting {
  /** Counts refusals, so that a control that shows something else reads again what is in force. */
  #refused = $state(0);

  constructor(private readonly app: App) {}

  /** The settings in force: after a refusal anew, so that what shows them notices. */
  get now(): Settings {
    void this.#refused;
    return { ...this.app.world.settings };
  }

  async change(settings: Partial<Settings>): Promise<void> {
    if (!(await this.app.attempt(() => this.app.world.change(settings)))) this.#refused += 1;
  }
}
