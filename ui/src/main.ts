/** Mounts the window's content: the first language that the person and we speak, and the backend that is there. */
import { mount } from "svelte";
import App from "./App.svelte";
import { demoBackend } from "./backend/demo";
import { tauriBackend } from "./backend/tauri";
import { chooseLanguage } from "./i18n";
import "./styles/tokens.css";
import "./styles/base.css";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no element #app");

const language = chooseLanguage(navigator.languages);
document.documentElement.lang = language;

export default mount(App, {
  target,
  props: { backend: tauriBackend() ?? demoBackend(), language },
});
