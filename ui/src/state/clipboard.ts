/** Puts a text on the clipboard: by the platform's own way where the page may use it, else by the older one. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    byHand(text);
  }
}

/** A selection that is copied. It stands where the focus is, since a modal dialog lets nothing else be selected. */
function byHand(text: string): void {
  const origin = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  (origin?.closest("dialog") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (origin instanceof HTMLElement) origin.focus();
  if (!done) throw new Error("clipboard");
}
