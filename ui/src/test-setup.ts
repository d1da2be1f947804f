/** What jsdom lacks and the pages need: a size for everything, modal dialogs, a system's theme. */
import "@testing-library/jest-dom/vitest";
import { vi } from "vitest";

/** A line of a list, and what shows a list, in pixels. */
const LINE = 64;
const VIEW = 960;

const heightOf = (element: Element): number =>
  "scroller" in (element as HTMLElement).dataset ? VIEW : LINE;

class Sizes implements ResizeObserver {
  constructor(private readonly hear: ResizeObserverCallback) {}

  observe(target: Element): void {
    const contentRect = { width: 900, height: heightOf(target) } as DOMRectReadOnly;
    queueMicrotask(() => this.hear([{ target, contentRect } as ResizeObserverEntry], this));
  }

  unobserve(): void {}
  disconnect(): void {}
}

vi.stubGlobal("ResizeObserver", Sizes);
vi.stubGlobal("matchMedia", (query: string) => ({
  matches: false,
  media: query,
  addEventListener: () => {},
  removeEventListener: () => {},
}));
if (!("CSS" in globalThis)) {
  vi.stubGlobal("CSS", { escape: (text: string) => text.replaceAll('"', String.raw`\"`) });
}

Object.defineProperty(HTMLElement.prototype, "offsetParent", {
  get(this: HTMLElement) {
    return this.parentElement;
  },
});
Object.defineProperty(HTMLElement.prototype, "clientWidth", { get: () => 900 });
Object.defineProperty(HTMLElement.prototype, "clientHeight", {
  get(this: HTMLElement) {
    return heightOf(this);
  },
});

HTMLDialogElement.prototype.showModal = function showModal() {
  this.setAttribute("open", "");
};
HTMLDialogElement.prototype.close = function close() {
  this.removeAttribute("open");
  this.dispatchEvent(new Event("close"));
};
Element.prototype.scrollIntoView ??= () => {};
Element.prototype.scrollTo ??= () => {};
document.elementFromPoint ??= () => null;
HTMLCanvasElement.prototype.getContext = () => null;
