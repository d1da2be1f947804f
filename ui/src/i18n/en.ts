/** English: the language that says which messages there are. */
export const en = {
  app: "Slipway",
  /** The parts of the window, for people who hear it rather than see it. */
  parts: { navigation: "Parts of Slipway", status: "Status" },
  workspace: { none: "No workspace yet" },
  queue: {
    title: "Queue",
    empty: {
      title: "Nothing is waiting here",
      notYet: "This window does not send files yet. The command line does:",
      command: "slipway upload FILE",
      safe: "A video arrives as a draft. Publishing it is a step of its own.",
    },
  },
  status: {
    version: (version: string) => `Version ${version}`,
    demo: "Demonstration in a browser: nothing is sent from here",
  },
};

/** Every message, with its arguments. A language that lacks one, or has one too many, does not compile. */
export type Messages = typeof en;
