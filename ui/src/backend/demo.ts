/** A scripted backend: the same pages in a plain browser and in tests, with nothing behind them. */
import type { Backend } from "./index";

/** A backend that answers from its script alone. */
export function demoBackend(version = "0.0.0"): Backend {
  return { host: "demo", version: () => Promise.resolve(version) };
}
