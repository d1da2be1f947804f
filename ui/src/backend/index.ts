/**
 * What the pages may ask of the world outside them.
 *
 * Two things implement it: `tauri.ts` inside the app, `demo.ts` in a plain browser and in tests. Everything that
 * reaches beyond the page goes through here, so that no component knows which of the two it runs on.
 */
export interface Backend {
  /** The app's window, or a browser that only shows the pages. */
  readonly host: "desktop" | "demo";
  /** The app's version, as its own package says it. */
  version(): Promise<string>;
}
