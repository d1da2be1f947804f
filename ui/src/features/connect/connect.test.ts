import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import type { SceneName } from "../../backend/demo";
import { openWindow } from "../../testing/window";
import { say } from "../../words/index.svelte";

const NORDLYS = "nordlys.videomarketingplatform.co";
const dialog = (): HTMLElement => screen.getByRole("dialog");
const address = (): HTMLElement => screen.getByRole("textbox", { name: say("connect.workspace") });
const token = (): HTMLInputElement => screen.getByLabelText(say("connect.token"));
const connect = (): HTMLElement => screen.getByRole("button", { name: say("connect.connect") });

describe.each(["en", "da"] as const)("in %s", (language) => {
  const open = (scene: SceneName) => openWindow(scene, language);

  test("from the first start to a connected workspace with the keyboard alone", async () => {
    const { user, app, pass } = await open("first-run");

    expect(address()).toHaveFocus();
    await user.keyboard(NORDLYS);
    await user.tab();
    expect(token()).toHaveFocus();
    await user.keyboard("secret-token{Enter}");
    await screen.findByRole("dialog", { name: say("signed_in.title") });
    const fjord = within(dialog()).getByRole("radio", { name: "Fjord Studio" });
    expect(within(dialog()).getByRole("radio", { name: "Nordlys Media" })).toHaveFocus();
    await user.keyboard("{ArrowDown}");
    expect(fjord).toBeChecked();
    await user.keyboard("{Enter}");

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await pass(200);
    expect(app.world.workspace?.name).toBe("Fjord Studio");
    expect(screen.getByRole("heading", { level: 1, name: say("queue.title") })).toBeVisible();
  });

  test("workspaces that are for looking only are named", async () => {
    await open("signed-in-several");

    expect(dialog()).toHaveTextContent("arkiv.videomarketingplatform.co");
  });

  test("a sign-in that is not kept says so, and why", async () => {
    await open("signed-in-not-kept");

    expect(
      within(dialog()).getByRole("group", { name: say("signed_in.not_kept") }),
    ).toHaveTextContent(say("signed_in.not_kept_hint"));
  });

  test("nothing is asked for while something is missing, and the focus goes there", async () => {
    const { user, asked } = await open("first-run");
    await user.type(address(), NORDLYS);
    await user.click(connect());

    await waitFor(() => expect(token()).toHaveFocus());
    expect(token()).toBeInvalid();
    expect(token()).toHaveAccessibleDescription(say("connect.missing"));
    expect(asked.map(([name]) => name)).not.toContain("connect_token");
  });

  test("a refused token is said beside it and does not stay in the field", async () => {
    const { user } = await open("first-run");
    await user.type(address(), NORDLYS);
    await user.type(token(), "no");
    await user.click(connect());

    await waitFor(() => expect(token()).toHaveAccessibleDescription(say("connect.token_refused")));
    expect(token()).toHaveValue("");
    expect(token()).toHaveFocus();
  });

  test("a mistyped address is said beside it, and the token need not be typed again", async () => {
    const { user } = await open("first-run");
    await user.type(address(), "nobody.example.com");
    await user.type(token(), "secret-token");
    await user.click(connect());

    await waitFor(() => expect(address()).toBeInvalid());
    expect(address()).toHaveFocus();
    expect(token()).toHaveValue("secret-token");
    expect(token()).not.toBeInvalid();
  });

  test("what is in the way otherwise is said at once, with its cause behind Details", async () => {
    const { user } = await open("first-run");
    await user.type(address(), "away.example.com");
    await user.type(token(), "secret-token");
    await user.click(connect());
    const alert = await waitFor(() => within(screen.getByRole("main")).getByRole("alert"));

    expect(alert).not.toHaveTextContent("connection refused");
    await user.click(within(alert).getByRole("button", { name: say("details") }));
    expect(alert).toHaveTextContent("connection refused");
  });

  test("keys without a token lead through the browser, and its code signs in", async () => {
    const { user, asked } = await open("first-run");
    await user.click(screen.getByRole("button", { name: say("connect.other_ways") }));
    await user.type(address(), NORDLYS);
    await user.type(screen.getByLabelText(say("connect.consumer_key")), "key");
    await user.type(screen.getByLabelText(say("connect.consumer_secret")), "consumer-secret");
    await user.click(connect());

    const code = await screen.findByLabelText(say("connect.code"));
    expect(code).toHaveFocus();
    expect(screen.getByText(/oauth_token=/)).toBeVisible();
    await user.type(code, "123456{Enter}");

    await screen.findByRole("dialog", { name: say("signed_in.title") });
    expect(asked).toContainEqual(["give_verifier", { ask: 1, verifier: "123456", api: "auto" }]);
  });

  test("all four keys sign in at once; a token needs its secret", async () => {
    const { user, asked } = await open("first-run");
    await user.click(screen.getByRole("button", { name: say("connect.other_ways") }));
    await user.type(address(), `https://${NORDLYS}/manage`);
    await user.type(screen.getByLabelText(say("connect.consumer_key")), "key");
    await user.type(screen.getByLabelText(say("connect.consumer_secret")), "consumer-secret");
    await user.type(screen.getByLabelText(say("connect.access_token")), "access");
    await user.selectOptions(screen.getByLabelText(say("connect.api")), "1");
    await user.click(connect());

    const secret = screen.getByLabelText(say("connect.access_secret"));
    await waitFor(() => expect(secret).toHaveFocus());
    await user.type(secret, "access-secret{Enter}");

    await screen.findByRole("dialog", { name: say("signed_in.title") });
    expect(asked).toContainEqual([
      "connect_keys",
      {
        workspace: NORDLYS,
        consumer_key: "key",
        consumer_secret: "consumer-secret",
        token: "access",
        token_secret: "access-secret",
        api: "1",
      },
    ]);
  });

  test("the sandbox is one press away", async () => {
    const { user, app, pass } = await open("first-run");
    await user.click(screen.getByRole("button", { name: say("sandbox.try") }));
    await pass(200);

    await screen.findByRole("heading", { level: 1, name: say("queue.title") });
    expect(app.world.workspace?.sandbox).toBe(true);
    expect(screen.getByRole("button", { name: say("sandbox.look_inside") })).toBeVisible();
  });

  test("a locked keychain is explained, and looked at again when asked", async () => {
    const { user, asked } = await open("first-run-locked");
    const note = screen.getByRole("note");

    expect(note).toHaveTextContent(say("keychain.locked"));
    await user.click(within(note).getByRole("button", { name: say("keychain.look_again") }));
    await waitFor(() => expect(note).toHaveTextContent(say("keychain.ready")));
    expect(asked.map(([name]) => name)).toContain("check_keychain");
  });

  test("without a keychain it is said how long a sign-in lasts", async () => {
    await open("first-run-no-keychain");

    expect(screen.getByRole("note")).toHaveTextContent(say("keychain.none"));
  });

  test("signing in again from a row needs the token alone, and the row goes on", async () => {
    const { user, app, pass } = await open("busy");
    const [again] = screen.getAllByRole("button", { name: say("act.sign_in_again") });
    if (again) await user.click(again);

    const field = within(dialog()).getByRole("textbox", { name: say("connect.workspace") });
    expect(field).toHaveValue("fjord.videomarketingplatform.co");
    expect(field).toHaveAttribute("readonly");
    expect(token()).toHaveFocus();
    await user.keyboard("secret-token{Enter}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await pass(500);

    expect(app.queue.counts.groups.needs_you).toBe(0);
    expect(
      screen.getByRole("group", { name: say("connect.again_done", { workspace: "Fjord Studio" }) }),
    ).toBeVisible();
  });

  test("the sandbox needs no token when it is signed in to again", async () => {
    const { user, asked } = await open("connect-sandbox");

    expect(within(dialog()).queryByRole("textbox")).toBeNull();
    await user.click(within(dialog()).getByRole("button", { name: say("sandbox.start") }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(asked.map(([name]) => name)).toContain("open_sandbox");
  });
});

test("no secret is offered to be filled in, remembered or corrected, and none is shown unasked", async () => {
  const { user } = await openWindow("first-run");

  expect(token()).toHaveAttribute("type", "password");
  expect(token()).toHaveAttribute("autocomplete", "off");
  expect(token()).toHaveAttribute("spellcheck", "false");
  await user.click(screen.getByRole("button", { name: say("secret.show") }));
  expect(token()).toHaveAttribute("type", "text");
});

test("the page with the token is opened for the workspace that is typed", async () => {
  const { user, asked } = await openWindow("first-run");
  const help = screen.getByRole("button", { name: say("connect.token_help") });
  await user.click(help);

  expect(address()).toHaveFocus();
  expect(address()).toHaveAccessibleDescription(say("connect.address_first"));
  await user.type(address(), `https://${NORDLYS}/`);
  await user.click(help);

  expect(asked).toContainEqual(["open_page", { page: "token_help", workspace: NORDLYS }]);
});
