/** What is done with what is put into a folder, as it is being said in the form. */
import type { FolderPreset } from "../../../backend";
import { categoryOf, keyOf } from "../../details/changes";

export interface Draft {
  workspace: string;
  /** By their keys, see `keyOf`. */
  categories: readonly string[];
  perSubfolder: boolean;
  tags: readonly string[];
  title: string;
  publish: FolderPreset["publish"]["when"];
  /** Seconds, and empty for what is usual. */
  settle: string;
  after: FolderPreset["after"];
  onChange: FolderPreset["on_change"];
  byId: boolean;
  locale: string;
  /** A pattern on each line. */
  include: string;
  exclude: string;
  ignore: string;
}

export const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

export function draftOf(preset: FolderPreset): Draft {
  return {
    workspace: preset.workspace,
    categories: preset.categories.map(keyOf),
    perSubfolder: preset.category_per_subfolder,
    tags: preset.tags,
    title: preset.title ?? "",
    publish: preset.publish.when,
    settle: preset.settle_s === null ? "" : String(preset.settle_s),
    after: preset.after,
    onChange: preset.on_change,
    byId: preset.replace_by_id,
    locale: preset.subtitles_locale ?? "",
    include: preset.include.join("\n"),
    exclude: preset.exclude.join("\n"),
    ignore: preset.ignore.join("\n"),
  };
}

/** What the form says by now; `before` has the date that is kept where there was one. */
export function presetOf(draft: Draft, before: FolderPreset): FolderPreset {
  const { publish } = draft;
  return {
    workspace: draft.workspace,
    categories: draft.categories.map(categoryOf),
    category_per_subfolder: draft.perSubfolder,
    tags: [...draft.tags],
    title: draft.title.trim() || null,
    publish: publish === "on_date" ? before.publish : { when: publish },
    settle_s: draft.settle === "" ? null : Number(draft.settle),
    after: draft.after,
    on_change: draft.onChange,
    replace_by_id: draft.byId,
    subtitles_locale: draft.locale.trim() || null,
    include: linesOf(draft.include),
    exclude: linesOf(draft.exclude),
    ignore: linesOf(draft.ignore),
  };
}

/** Whether somebody has said something beyond what is asked at first. */
export const saysMore = (preset: FolderPreset): boolean =>
  preset.title !== null ||
  preset.category_per_subfolder ||
  preset.settle_s !== null ||
  preset.after !== "leave" ||
  preset.on_change !== "ignore" ||
  preset.replace_by_id ||
  preset.subtitles_locale !== null ||
  preset.include.length > 0 ||
  preset.exclude.length > 0;
