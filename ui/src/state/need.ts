/** What a row needs next: the one button that it shows, chosen by where it stands and by its failure's remedy. */
import type { Row, Told } from "../backend";
import type { Standing } from "./standing";

export type Act =
  | "sign_in"
  | "unlock"
  | "settings"
  | "settle"
  | "retry"
  | "edit"
  | "pause"
  | "resume"
  | "send_next"
  | "copy_link"
  | "open"
  | "remove";

/** The act that brings a row on, or nothing where all there is to do is wait. */
export function need(row: Row, at: Standing): Act | null {
  switch (at.is) {
    case "needs_you":
      return cure(at.told);
    case "paused":
      return "resume";
    case "uploading":
    case "held_up":
      return "pause";
    case "held":
      return "pause";
    case "waiting":
      return "send_next";
    case "processing":
      return row.public_url || row.admin_url ? "copy_link" : null;
    case "done":
      return row.admin_url || row.public_url ? "open" : null;
    case "cancelled":
      return "remove";
    case "confirming":
    case "leaving":
      return null;
  }
}

/** What a person can do about a failure. */
export function cure(told: Told): Act {
  switch (told.remedy) {
    case "sign_in":
      return told.code.startsWith("keychain_") ? "unlock" : "sign_in";
    case "fix_settings":
      return CURES[told.code] ?? "settings";
    case "settle":
      return "settle";
    case "retry_now":
    case "retry_after":
    case "wait_for_network":
    case "wait_for_file":
      return "retry";
    case "give_up":
      return "remove";
  }
}

/** Failures whose setting is the item's own: its details can be mended here, its files only where they lie. */
const CURES: Record<string, Act> = {
  category_unknown: "edit",
  category_ambiguous: "edit",
  details_invalid: "edit",
  not_with_api_1: "edit",
  metadata_invalid: "retry",
  companion_invalid: "retry",
  video_unknown: "remove",
};
