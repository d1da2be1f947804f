import type { Messages } from "./en";

/** Danish. */
export const da: Messages = {
  app: "Slipway",
  parts: { navigation: "Dele af Slipway", status: "Status" },
  workspace: { none: "Intet workspace endnu" },
  queue: {
    title: "Kø",
    empty: {
      title: "Her er intet, der venter",
      notYet: "Vinduet kan endnu ikke sende filer. Det kan kommandolinjen:",
      command: "slipway upload FIL",
      safe: "En video ankommer som kladde. At udgive den er et skridt for sig.",
    },
  },
  status: {
    version: (version) => `Version ${version}`,
    demo: "Demonstration i en browser: herfra bliver intet sendt",
  },
};
