/**
 * A sign-in while it is being filled in. Secrets are read from the form when it is submitted, handed to the shell and
 * emptied; they are never kept here.
 */
import { tick } from "svelte";
import { clearSecrets } from "../../components/secrets";
import type { App } from "../../state/app.svelte";
import { isTold, wordsOf } from "../../state/told";
import type { Request, SignedIn, Told } from "../../backend";
import { say, type Key } from "../../words/index.svelte";
import { workspaceOf } from "./address";

export type Way = "token" | "keys";
export type Api = Request<"connect_keys">["api"];

/** What can be typed, by its name in the form. */
export type FieldName =
  | "workspace"
  | "token"
  | "consumer_key"
  | "consumer_secret"
  | "access_token"
  | "access_secret"
  | "code";

/** Failures that are about the address that was typed. */
const ADDRESS = new Set([
  "answer_unreadable",
  "workspace_invalid",
  "workspace_name_unknown",
  "workspace_not_encrypted",
  "workspace_unknown",
]);

/** Failures that are about the secrets, and what they mean while one signs in. */
const SECRET: Record<string, { token: Key; keys: Key; code: Key }> = {
  sign_in_needed: {
    token: "connect.token_refused",
    keys: "connect.keys_refused",
    code: "connect.code_refused",
  },
  permission_denied: {
    token: "connect.read_only_token",
    keys: "connect.read_only_token",
    code: "connect.read_only_token",
  },
};

export class SignIn {
  way: Way = $state("token");
  workspace = $state("");
  api: Api = $state("auto");
  busy = $state(false);
  /** What is wrong with what was typed. */
  problems: Partial<Record<FieldName, string>> = $state.raw({});
  /** What is wrong beyond that. */
  told: Told | null = $state.raw(null);
  /** The workspace was asked to let us in, at this address; its code is what is missing. */
  permission: { ask: number; address: string } | null = $state.raw(null);

  constructor(
    private readonly app: App,
    private readonly done: (signed: SignedIn) => void,
    workspace: string | null = null,
  ) {
    this.workspace = workspace ?? "";
  }

  /** From the start, in this way. */
  turn(way: Way): void {
    this.way = way;
    this.forget();
  }

  forget(): void {
    this.permission = null;
    this.problems = {};
    this.told = null;
  }

  /** Signs in with what stands in the form. */
  async submit(form: HTMLFormElement): Promise<void> {
    if (this.busy) return;
    this.problems = {};
    this.told = null;
    if (this.#complete(form)) {
      this.busy = true;
      try {
        await this.#send(form);
      } catch (error) {
        this.#refused(error, form);
      }
      this.busy = false;
    }
    await tick();
    const wrong = form.querySelector<HTMLElement>("[aria-invalid=true]");
    (wrong ?? form.querySelector<HTMLElement>("[name=code]"))?.focus();
  }

  #complete(form: HTMLFormElement): boolean {
    const needed: FieldName[] = this.permission
      ? ["code"]
      : this.way === "token"
        ? ["workspace", "token"]
        : ["workspace", "consumer_key", "consumer_secret"];
    const missing = needed.filter((name) => read(form, name) === "");
    // A token without its secret, or the other way round, signs nothing.
    if (this.way === "keys" && !this.permission) {
      const [token, secret] = [read(form, "access_token"), read(form, "access_secret")];
      if (token !== "" && secret === "") missing.push("access_secret");
      if (secret !== "" && token === "") missing.push("access_token");
    }
    this.problems = Object.fromEntries(missing.map((name) => [name, say("connect.missing")]));
    return missing.length === 0;
  }

  async #send(form: HTMLFormElement): Promise<void> {
    const { backend } = this.app;
    if (this.permission) {
      const { ask } = this.permission;
      const verifier = read(form, "code");
      this.#finish(form, await backend.call("give_verifier", { ask, verifier, api: this.api }));
      return;
    }
    const workspace = workspaceOf(this.workspace);
    if (this.way === "token") {
      const token = read(form, "token");
      this.#finish(form, await backend.call("connect_token", { workspace, token }));
      return;
    }
    const consumer_key = read(form, "consumer_key");
    const consumer_secret = read(form, "consumer_secret");
    const token = read(form, "access_token") || null;
    const token_secret = read(form, "access_secret") || null;
    const consumer = { workspace, consumer_key, consumer_secret };
    if (token === null) {
      this.permission = await backend.call("ask_permission", consumer);
      clearSecrets(form);
      return;
    }
    const keys = { ...consumer, token, token_secret, api: this.api };
    this.#finish(form, await backend.call("connect_keys", keys));
  }

  #finish(form: HTMLFormElement, signed: SignedIn): void {
    clearSecrets(form);
    this.forget();
    this.done(signed);
  }

  #refused(error: unknown, form: HTMLFormElement): void {
    if (!isTold(error)) {
      this.app.complain(error);
      return;
    }
    const refusal = SECRET[error.code];
    if (refusal) {
      // It was used and it is no good; what stands in the field is not worth keeping.
      clearSecrets(form);
      const at = this.permission ? "code" : this.way;
      const name = at === "keys" ? "consumer_key" : at;
      this.problems = { [name]: say(refusal[at]) };
    } else if (ADDRESS.has(error.code) && !this.permission) {
      this.problems = { workspace: wordsOf(error) };
    } else {
      this.told = error;
    }
  }
}

function read(form: HTMLFormElement, name: FieldName): string {
  const value = new FormData(form).get(name);
  return typeof value === "string" ? value.trim() : "";
}
