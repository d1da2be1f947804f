/** Which lines of a ledger are selected, and where the keyboard stands. What has no number yet is in no selection. */
import type { LedgerRow } from "../../../backend";
import type { Ledger } from "../../../state/ledger.svelte";
import { Places } from "../../selection/places.svelte";

export class Selection extends Places {
  constructor(private readonly ledger: Ledger) {
    super((place) => ledger.at(place)?.line || undefined);
  }

  has({ line }: LedgerRow): boolean {
    return this.ids.has(line);
  }

  /** The lines that are selected, as far as they are known. */
  lines(): LedgerRow[] {
    return [...this.ids].flatMap((line) => {
      const place = this.ledger.placeOf(String(line));
      return (place === undefined ? undefined : this.ledger.at(place)) ?? [];
    });
  }

  /** What an act on this line is meant for: the selection if it is part of one, else it alone. */
  around(line: LedgerRow): LedgerRow[] {
    return this.has(line) && this.ids.size > 1 ? this.lines() : [line];
  }
}
