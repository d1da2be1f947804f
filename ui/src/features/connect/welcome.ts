/** What follows a sign-in: what it opened is shown, or only said where there is nothing to choose and nothing to warn of. */
import type { SignedIn } from "../../backend";
import type { App } from "../../state/app.svelte";
import { say } from "../../words/index.svelte";

/** `again` is a sign-in to a workspace that was known before. */
export function welcome(app: App, signed: SignedIn, again: boolean): void {
  const [first] = signed.workspaces;
  const plain = signed.read_only.length === 0 && signed.not_kept === null;
  if (again && plain && first) {
    app.dialogs.close();
    app.notices.toast(say("connect.again_done", { workspace: first.name }));
  } else {
    app.dialogs.open("signed_in", { signed });
  }
}

/** Starts the pretend workspace on this computer and signs in to it. */
export async function trySandbox(app: App): Promise<boolean> {
  return app.attempt(async () => {
    const signed = await app.backend.call("open_sandbox", {});
    app.dialogs.close();
    app.go("queue");
    app.notices.toast(say("sandbox.ready"), {
      actions: [
        {
          label: say("sandbox.look_inside"),
          act: () => void lookInside(app, signed.workspaces[0]?.host ?? null),
        },
      ],
    });
  });
}

/** Opens the pretend workspace's own page. */
export function lookInside(app: App, workspace: string | null): Promise<boolean> {
  return app.attempt(() => app.backend.call("open_page", { page: "sandbox", workspace }));
}
