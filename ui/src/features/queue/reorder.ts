/** Where a row goes when it is moved among those that wait. Pure: it says which item to stand before. */
import type { ItemId } from "../../backend";

/** One step up or down for a block of items; nothing where it is at the end already. `null` is the end of the queue. */
export function step(
  order: readonly ItemId[],
  moved: ReadonlySet<ItemId>,
  by: -1 | 1,
): { before: ItemId | null } | undefined {
  const places = order.flatMap((id, index) => (moved.has(id) ? [index] : []));
  const first = places[0];
  const last = places.at(-1);
  if (first === undefined || last === undefined) return undefined;
  if (by < 0) {
    const above = order[first - 1];
    return above === undefined ? undefined : { before: above };
  }
  if (last === order.length - 1) return undefined;
  const rest = order.slice(last + 2).find((id) => !moved.has(id));
  return { before: rest ?? null };
}

/** Before or after the row that the pointer is over. Over a row that is itself moved nothing changes. */
export function drop(
  order: readonly ItemId[],
  moved: ReadonlySet<ItemId>,
  over: ItemId,
  below: boolean,
): { before: ItemId | null } | undefined {
  const at = order.indexOf(over);
  if (at < 0) return undefined;
  const rest = order.slice(below ? at + 1 : at).find((id) => !moved.has(id));
  const target = { before: rest ?? null };
  return moved.has(over) ? undefined : target;
}
