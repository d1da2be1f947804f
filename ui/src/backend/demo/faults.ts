/** What goes wrong in the demonstration, in the real catalogue's words. */
import danish from "../../../../messages/da.json";
import english from "../../../../messages/en.json";
import type { Language } from "../../words/languages";
import type { Remedy, Told } from "..";

/** The failures that the demonstration knows, each with what helps (docs/cli.md has them all). */
const REMEDIES = {
  behind_question: "settle",
  category_unknown: "fix_settings",
  certificate_unknown_issuer: "fix_settings",
  data_folder_unwritable: "fix_settings",
  details_invalid: "fix_settings",
  dialog_missing: "fix_settings",
  file_kind_mismatch: "fix_settings",
  file_refused: "give_up",
  folder_invalid: "fix_settings",
  folder_overlaps: "fix_settings",
  folder_unknown: "fix_settings",
  keychain_locked: "sign_in",
  keychain_missing: "sign_in",
  network_portal: "wait_for_network",
  offer_gone: "retry_now",
  outcome_unknown: "settle",
  permission_denied: "sign_in",
  piece_taken_as_whole: "settle",
  probably_replaced: "settle",
  proxy_invalid: "fix_settings",
  proxy_sign_in_needed: "fix_settings",
  server_failed: "retry_after",
  settings_invalid: "fix_settings",
  sign_in_needed: "sign_in",
  source_away: "wait_for_file",
  source_changed: "retry_now",
  source_missing: "wait_for_file",
  video_unknown: "give_up",
  watch_limit_reached: "fix_settings",
  workspace_busy: "retry_after",
  workspace_invalid: "fix_settings",
  workspace_name_unknown: "wait_for_network",
  workspace_unreachable: "wait_for_network",
} as const satisfies Record<string, Remedy>;

export interface Fault {
  code: keyof typeof REMEDIES;
  /** What the words speak of: `{host}` and the like. */
  facts?: Record<string, string>;
  detail?: string;
  /** What is wrong with that, in words (`why`). */
  reason?: string;
  causes?: string[];
}

const TEXTS: Record<Language, Record<string, string>> = { en: english, da: danish };

export function told(language: Language, fault: Fault): Told {
  const text = (part: "message" | "hint"): string => {
    const key = `failure.${fault.code}.${part}`;
    // The window says a few things in its own way: without commands that only a terminal has.
    const pattern = TEXTS[language][`window.${key}`] ?? TEXTS[language][key] ?? fault.code;
    return pattern.replace(/\{(\w+)\}/g, (whole, name: string) => fault.facts?.[name] ?? whole);
  };
  return {
    code: fault.code,
    remedy: REMEDIES[fault.code],
    message: fault.reason
      ? `${text("message")} (${fault.detail}: ${fault.reason})`
      : text("message"),
    hint: text("hint"),
    command: TEXTS[language][`window.failure.${fault.code}.command`] ?? null,
    detail: fault.detail ?? null,
    causes: fault.causes ?? [],
  };
}

/** Answers with a failure. */
export function refuse({ language }: { language: Language }, fault: Fault): never {
  throw told(language, fault);
}

/** Why a file was left out, as the real catalogue says it. */
export const skipped = (language: Language, reason: string): string =>
  TEXTS[language][`skip.${reason}`] ?? reason;

/** A reason that a failure gives. */
export const why = (language: Language, reason: string): string =>
  TEXTS[language][`why.${reason}`] ?? reason;
