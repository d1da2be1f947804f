/** Title patterns, as the shell fills them: `{name}` is the title that the file's name makes, `{folder}` it lies in, `{n}` its number. */

export interface Named {
  name: string;
  folder: string;
  n: number;
}

/** The title that a pattern makes. */
export function titled(pattern: string, { name, folder, n }: Named): string {
  const values: Record<string, string> = { name, folder, n: String(n) };
  return pattern.replace(/\{(name|folder|n)\}/g, (whole, key: string) => values[key] ?? whole);
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
