/** A moment of a film as people type it and read it: "4:12", "1:02:09.5". */

/** Seconds, or nothing where that is no time. A comma is as good as a point. */
export function secondsOf(typed: string): number | null {
  const parts = typed.trim().replace(",", ".").split(":");
  if (parts.length > 3 || !parts.every((part) => /^\d+(\.\d+)?$/.test(part))) return null;
  if (parts.slice(0, -1).some((part) => part.includes("."))) return null;
  const [seconds = 0, ...larger] = parts.map(Number).toReversed();
  if (larger.length > 0 && seconds >= 60) return null;
  return larger.reduce((sum, value, index) => sum + value * 60 ** (index + 1), seconds);
}

const two = (value: number): string => String(value).padStart(2, "0");

/** A moment to a tenth of a second, where there is one. */
export function shown(seconds: number): string {
  const tenths = Math.round(seconds * 10);
  const [whole, rest] = [Math.floor(tenths / 10), tenths % 10];
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const end = `${two(whole % 60)}${rest > 0 ? `.${rest}` : ""}`;
  return hours > 0 ? `${hours}:${two(minutes)}:${end}` : `${minutes}:${end}`;
}
