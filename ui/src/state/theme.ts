/** The theme on the page's root. "auto" is the system's, and follows it while the window is open. */
import type { Settings } from "../backend";

/** Shows a theme; the returned function ends following the system. */
export function followTheme(theme: Settings["theme"]): () => void {
  const root = document.documentElement;
  if (theme !== "auto") {
    root.dataset["theme"] = theme;
    return () => {};
  }
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const show = (): void => {
    root.dataset["theme"] = dark.matches ? "dark" : "light";
  };
  show();
  dark.addEventListener("change", show);
  return () => dark.removeEventListener("change", show);
}
