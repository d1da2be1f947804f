/** Pictures for a world without films: two colours and a horizon, different for each item and always the same. */
import type { ItemId } from "..";

const PALETTES = [
  ["#8fa6c9", "#3f5478", "#dfe7f3"],
  ["#d0ab86", "#7d5a3c", "#f4e3cf"],
  ["#9bc4a0", "#43694d", "#e2f0e0"],
  ["#b6a0cf", "#594680", "#eae2f3"],
  ["#d19c98", "#7e4743", "#f5e0dc"],
  ["#8fbfc4", "#3b6a73", "#def0f0"],
] as const;

function number(id: ItemId): number {
  let sum = 7;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 9973;
  return sum;
}

export function picture(id: ItemId): string {
  const of = number(id);
  const [sky, ground, light] = PALETTES[of % PALETTES.length] ?? PALETTES[0];
  const hill = 40 + (of % 23);
  const sun = 24 + (of % 112);
  const drawn = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 90"><rect width="160" height="90" fill="${sky}"/><circle cx="${sun}" cy="${hill - 14}" r="11" fill="${light}"/><path d="M0 ${hill + 20} Q40 ${hill - 12} 82 ${hill + 12} T160 ${hill} V90 H0Z" fill="${ground}"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(drawn)}`;
}
