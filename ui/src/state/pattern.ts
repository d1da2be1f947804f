/** Title patterns, as the engine fills them: `{name}` of the file without its extension, `{folder}` it lies in, `{n}` its number. */

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

/** A file's name without its extension. */
export function stem(file: string): string {
  const dot = file.lastIndexOf(".");
  return dot > 0 ? file.slice(0, dot) : file;
}

/** The last folder of a path, however its platform writes it. */
export function lastFolder(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== "") ?? "";
}
