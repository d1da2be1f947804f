/**
 * Title patterns, as the shell fills them: `{name}` is the title that the file's name makes, `{folder}` it lies in, `{n}` its
 * number; of a watched folder `{date}` is its day.
 */

export interface Named {
  name: string;
  folder: string;
  n?: number;
  date?: string;
}

/** The title that a pattern makes. */
export function titled(pattern: string, named: Named): string {
  const values: Partial<Record<string, string | number>> = { ...named };
  return pattern.replace(/\{(name|folder|n|date)\}/g, (whole, key: string) =>
    String(values[key] ?? whole),
  );
}

/** The title that a file's name makes by itself. */
export function cleaned(file: string): string {
  return stem(file).replaceAll("_", " ").split(/\s+/).filter(Boolean).join(" ");
}

/** A file's name without its extension. */
function stem(file: string): string {
  const dot = file.lastIndexOf(".");
  return dot > 0 ? file.slice(0, dot) : file;
}

/** The last folder of a path, however its platform writes it. */
export function lastFolder(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== "") ?? "";
}
