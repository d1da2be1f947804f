/** The scenes of the demonstration, as their source names them. */
import { readFileSync } from "node:fs";

const source = readFileSync(new URL("../src/backend/demo/scenes.ts", import.meta.url), "utf8");
const table = source.slice(source.indexOf("const MAKE = {"), source.indexOf("} satisfies"));

export const SCENES = [...table.matchAll(/^ {2}"?([a-z-]+)"?: \(/gm)].map((match) => match[1]);
