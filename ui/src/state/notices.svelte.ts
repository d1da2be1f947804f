/** What is said in passing: toasts, which can be read and acted upon, and announcements, which are only heard. */
import type { Clock } from "./clock";

export interface Offered {
  label: string;
  act: () => void;
}

export interface Toast {
  id: number;
  text: string;
  tone: "plain" | "bad";
  actions: readonly Offered[];
}

/** Long enough to be read and reached; something that offers to be undone stays longer. */
const STAY = 6_000;
const STAY_WITH_ACTIONS = 12_000;

/** How many are shown at once. */
const MOST = 3;

export class Notices {
  toasts: readonly Toast[] = $state.raw([]);
  /** What a screen reader says when it has finished, and what it says at once. */
  polite = $state("");
  assertive = $state("");

  #next = 1;
  readonly #timers = new Map<number, () => void>();

  constructor(private readonly clock: Clock) {}

  /**
   * Shows a toast. It goes by itself, but not while somebody points at it or is in it. What failed stays until it is
   * closed: whoever was away for a moment has to learn of it.
   */
  toast(
    text: string,
    options: { tone?: Toast["tone"]; actions?: readonly Offered[] } = {},
  ): number {
    const toast: Toast = { id: this.#next++, text, tone: "plain", actions: [], ...options };
    this.#makeRoom(toast);
    this.toasts = [...this.toasts, toast];
    if (toast.tone === "bad") this.alert(text);
    else this.announce(text);
    this.release(toast.id);
    return toast.id;
  }

  dismiss(id: number): void {
    this.hold(id);
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }

  /** It stays for as long as somebody is there. */
  hold(id: number): void {
    this.#timers.get(id)?.();
    this.#timers.delete(id);
  }

  /** It goes after a while. */
  release(id: number): void {
    this.hold(id);
    const toast = this.toasts.find((one) => one.id === id);
    if (!toast || toast.tone === "bad") return;
    const stay = toast.actions.length > 0 ? STAY_WITH_ACTIONS : STAY;
    this.#timers.set(
      id,
      this.clock.after(stay, () => this.dismiss(id)),
    );
  }

  /** The same once more is in the place of the one before; else the oldest goes, and what failed after all others. */
  #makeRoom({ text, tone }: Toast): void {
    const same = this.toasts.find((one) => one.text === text && one.tone === tone);
    if (same) return this.dismiss(same.id);
    if (this.toasts.length < MOST) return;
    const oldest = this.toasts.find((one) => one.tone !== "bad") ?? this.toasts[0];
    if (oldest) this.dismiss(oldest.id);
  }

  /** Said when nothing else is being said. */
  announce(text: string): void {
    this.polite = again(this.polite, text);
  }

  /** Said at once: something failed. */
  alert(text: string): void {
    this.assertive = again(this.assertive, text);
  }
}

/** The same words twice are only heard twice if they differ in something that nobody hears. */
const again = (before: string, text: string): string => (before === text ? `${text}\u200b` : text);
