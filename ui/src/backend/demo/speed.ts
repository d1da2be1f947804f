/** How fast, and when, in the demonstration: as the engine would say it, on the demonstration's clock. */
import type { Clock } from "../../state/clock";
import type { Hour, SetSpeed, Speed } from "..";

/** What a scene begins with. */
export type Draft = Partial<SetSpeed> & { metered?: Speed["metered"]; full_speed?: boolean };

const AN_HOUR = 3_600_000;

export class Throttle {
  #set: SetSpeed;
  #fullUntil: number | null;
  readonly #metered: Speed["metered"];
  #told: string;

  constructor(
    private readonly clock: Clock,
    { metered = "unknown", full_speed = false, ...set }: Draft,
  ) {
    this.#set = {
      limit: null,
      limit_folders: null,
      timetable: Array.from({ length: 7 }, () => Array<Hour>(24).fill("limited")),
      hold_on_metered: true,
      ...set,
    };
    this.#metered = metered;
    this.#fullUntil = full_speed ? clock.now() + AN_HOUR : null;
    this.#told = JSON.stringify(this.speed());
  }

  set(set: SetSpeed): Speed {
    this.#set = set;
    return this.speed();
  }

  full(on: boolean): Speed {
    this.#fullUntil = on ? this.clock.now() + AN_HOUR : null;
    return this.speed();
  }

  speed(): Speed {
    const now = this.clock.now();
    const full = this.#fullUntil !== null && this.#fullUntil > now;
    const hour = full ? "full" : this.#hour(now);
    const limited = hour === "limited";
    const held = hour === "nothing" ? "timetable" : null;
    const metered = this.#metered === "yes" && this.#set.hold_on_metered ? "metered" : null;
    return {
      set: this.#set,
      held,
      held_folders: held ?? metered,
      limit: limited ? this.#set.limit : null,
      limit_folders: limited ? this.#set.limit_folders : null,
      full_speed: full,
      until: full ? new Date(this.#fullUntil ?? now).toISOString() : this.#change(now, hour),
      metered: this.#metered,
    };
  }

  /** Whether something counts that did not when this was asked last. */
  hasChanged(): boolean {
    const before = this.#told;
    this.#told = JSON.stringify(this.speed());
    return before !== this.#told;
  }

  #hour(at: number): Hour {
    const time = new Date(at);
    return this.#set.timetable[(time.getDay() + 6) % 7]?.[time.getHours()] ?? "limited";
  }

  #change(now: number, hour: Hour): string | null {
    for (let hours = 1; hours <= 7 * 24; hours += 1) {
      const at = new Date(now);
      at.setHours(at.getHours() + hours, 0, 0, 0);
      if (this.#hour(at.getTime()) !== hour) return at.toISOString();
    }
    return null;
  }
}
