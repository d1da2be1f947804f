/**
 * Signing in to the demonstration, with every way that it can go. What is typed decides:
 *
 * an address without a dot is none, `nobody.…` does not exist, `away.…` cannot be reached; a token of fewer than four letters
 * is refused, `look` may only look; `nordlys.…` opens the login's other workspaces with it. Without a keychain nothing is kept.
 */
import type { Reply, Request, SignedIn, Workspace } from "..";
import { refuse, told } from "./faults";
import { ARCHIVE, FJORD, NORDLYS, SANDBOX } from "./rows";
import type { World } from "./world";

/** What there is to sign in to. */
export const NAMES: Record<string, string> = {
  [NORDLYS]: "Nordlys Media",
  [FJORD]: "Fjord Studio",
  [SANDBOX]: "Sandbox",
};

export const workspaceAt = (host: string): Workspace => ({
  host,
  name: NAMES[host] ?? host,
  sandbox: host === SANDBOX,
  login: host === FJORD ? NORDLYS : host,
});

function signIn(world: World, hosts: readonly string[], read_only: string[] = []): SignedIn {
  const workspaces = hosts.map(workspaceAt);
  const others = world.workspaces.filter(({ host }) => !hosts.includes(host));
  world.workspaces = [...others, ...workspaces];
  world.settings = { ...world.settings, workspace: hosts[0] ?? null };
  for (const one of world.rows.values()) {
    const waits = one.waiting?.code === "sign_in_needed" && hosts.includes(one.workspace);
    if (waits) world.set(one, { waiting: null });
  }
  world.tell({ workspaces: world.workspaces, settings: world.settings });
  return {
    workspaces,
    read_only,
    not_kept: world.keychain ? told(world.language, world.keychain) : null,
  };
}

/** The workspace that was typed, if there is one. */
function meant(world: World, typed: string): string {
  const host = typed.replace(/^https?:\/\//, "");
  if (!host.includes(".")) return refuse(world, { code: "workspace_invalid", detail: host });
  if (host.startsWith("nobody.")) {
    return refuse(world, { code: "workspace_name_unknown", facts: { host } });
  }
  if (host.startsWith("away.")) {
    const causes = [`error sending request for url (https://${host}/)`, "connection refused"];
    return refuse(world, { code: "workspace_unreachable", detail: host, causes });
  }
  return host;
}

function take(world: World, host: string, secret: string): SignedIn {
  if (secret.trim().length < 4) return refuse(world, { code: "sign_in_needed" });
  if (secret.trim() === "look") return refuse(world, { code: "permission_denied" });
  return host === NORDLYS ? signIn(world, [NORDLYS, FJORD], [ARCHIVE]) : signIn(world, [host]);
}

export const connectToken = (world: World, request: Request<"connect_token">): SignedIn =>
  take(world, meant(world, request.workspace), request.token);

export const connectKeys = (world: World, request: Request<"connect_keys">): SignedIn =>
  take(world, meant(world, request.workspace), request.consumer_secret);

export function askPermission(
  world: World,
  request: Request<"ask_permission">,
): Reply<"ask_permission"> {
  const host = meant(world, request.workspace);
  if (request.consumer_secret.length < 4) return refuse(world, { code: "sign_in_needed" });
  return {
    ask: 1,
    address: `https://${host}/oauth/authorize?oauth_token=b1946ac92492d2347c6235b4`,
  };
}

export const giveVerifier = (world: World, { verifier }: Request<"give_verifier">): SignedIn =>
  take(world, NORDLYS, verifier);

/** The sandbox keeps nothing in the keychain that anybody would miss. */
export const openSandbox = (world: World): SignedIn => ({
  ...signIn(world, [SANDBOX]),
  not_kept: null,
});

export function signOut(world: World, { workspace }: Request<"sign_out">): null {
  world.workspaces = world.workspaces.filter(({ host }) => host !== workspace);
  if (world.settings.workspace === workspace) {
    world.settings = { ...world.settings, workspace: world.workspaces[0]?.host ?? null };
  }
  for (const one of world.rows.values()) {
    if (one.workspace === workspace && ["queued", "uploading"].includes(one.stage)) {
      world.set(one, { waiting: { code: "sign_in_needed" } });
    }
  }
  world.tell({ workspaces: world.workspaces, settings: world.settings });
  return null;
}

/** A workspace is as well as what waits for it says. */
export function checkWorkspace(
  world: World,
  { workspace }: Request<"check_workspace">,
): Reply<"check_workspace"> {
  const waits = [...world.rows.values()].find((one) => one.workspace === workspace && one.waiting);
  return waits?.waiting ? told(world.language, waits.waiting) : null;
}
