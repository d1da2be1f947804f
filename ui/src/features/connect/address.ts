/** The address of a workspace as people have it at hand: its domain, or any of its pages copied from a browser. */

/** `host[:port]`, with `http://` before it only where somebody wrote so. What is no address stays as it was typed. */
export function workspaceOf(typed: string): string {
  const text = typed.trim();
  if (text === "") return "";
  const spoken = /^https?:\/\//i.test(text);
  try {
    const url = new URL(spoken ? text : `https://${text}`);
    if (url.host === "" || url.username !== "") return text;
    return url.protocol === "http:" ? `http://${url.host}` : url.host;
  } catch {
    return text;
  }
}

/** Whether it is this computer: the sandbox, which has no token to type. */
export function onThisComputer(workspace: string): boolean {
  const host = workspace.replace(/^https?:\/\//, "").replace(/:\d+$/, "");
  return host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}
