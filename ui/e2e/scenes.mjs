/** The scenes of the demonstration, as their sources name them. */
import { readFileSync } from "node:fs";

function names(file, table) {
  const source = readFileSync(new URL(`../src/backend/demo/${file}`, import.meta.url), "utf8");
  const text = source.slice(source.indexOf(`const ${table} = {`), source.indexOf("} satisfies"));
  return [...text.matchAll(/^ {2}"?([a-z-]+)"?: \(/gm)].map((match) => match[1]);
}

export const SCENES = [
  ...names("scenes.ts", "MAKE"),
  ...names("places.ts", "PLACES"),
  ...names("library/scenes.ts", "LIBRARY"),
  ...names("folders/scenes.ts", "FOLDERS"),
];
