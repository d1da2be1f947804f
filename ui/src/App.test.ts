import { render, screen } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import App from "./App.svelte";
import { demoBackend } from "./backend/demo";
import { languages, type Language } from "./i18n";

describe.each(Object.keys(languages) as Language[])("in %s", (language) => {
  const words = languages[language];

  test("an empty queue says so and names the way that works today", async () => {
    render(App, { backend: demoBackend("1.2.3"), language });

    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent(words.queue.title);
    expect(screen.getByRole("region", { name: words.queue.empty.title })).toHaveTextContent(
      words.queue.empty.command,
    );
    expect(await screen.findByText(words.status.version("1.2.3"))).toBeVisible();
  });

  test("nothing pretends to be a button", () => {
    render(App, { backend: demoBackend(), language });

    expect(screen.queryByRole("button")).toBeNull();
    expect(screen.queryByRole("link")).toBeNull();
  });
});

test("a plain browser is told that nothing is sent from it", () => {
  render(App, { backend: demoBackend(), language: "da" });

  expect(screen.getByText(languages.da.status.demo)).toBeVisible();
});
