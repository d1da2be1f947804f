/** A video as people have it at hand: its number, or the address of one of its pages. */

export type Pointed = { video: number } | { wrong: "number" | "workspace" };

/** Which video is meant. An address has to be of the workspace that the upload went to. */
export function videoOf(typed: string, workspace: string): Pointed {
  const text = typed.trim().replace(/^#/, "");
  if (/^\d+$/.test(text)) return number(text);
  let url: URL;
  try {
    url = new URL(/^https?:\/\//i.test(text) ? text : `https://${text}`);
  } catch {
    return { wrong: "number" };
  }
  const found =
    /\/(?:video|photo|secret)\/(\d+)(?:\/|$)/.exec(url.pathname)?.[1] ??
    url.searchParams.get("photo_id") ??
    "";
  if (!/^\d+$/.test(found)) return { wrong: "number" };
  return url.host === workspace ? number(found) : { wrong: "workspace" };
}

function number(text: string): Pointed {
  const video = Number(text);
  return Number.isSafeInteger(video) && video > 0 ? { video } : { wrong: "number" };
}
