/** What is said about many videos at once, as it stands in a form. What is not touched stays as it is with each. */

export const KEEP = "keep";
export const NONE = "none";

export interface ManyDraft<Way extends string> {
  description: string;
  tags: readonly string[];
  tagging: "add" | "replace";
  /** By its key in the list of categories, or `KEEP`, or `NONE`. */
  category: string;
  publish: Way | typeof KEEP;
}

export const untouched = <Way extends string>(): ManyDraft<Way> => ({
  description: "",
  tags: [],
  tagging: "add",
  category: KEEP,
  publish: KEEP,
});

/** What is touched; null for what is not. */
export function touchedOf<Way extends string>(draft: ManyDraft<Way>) {
  const { tags, tagging, category, publish } = draft;
  const description = draft.description.trim();
  const tagged = tags.length > 0 ? [...tags] : null;
  return {
    description: description === "" ? null : description,
    tags: tagging === "replace" ? tagged : null,
    add_tags: tagging === "add" ? tagged : null,
    categories: category === KEEP ? null : category === NONE ? [] : [category],
    publish: publish === KEEP ? null : (publish as Way),
  };
}
