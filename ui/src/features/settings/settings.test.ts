import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import type { SceneName } from "../../backend/demo";
import { openWindow } from "../../testing/window";
import { say } from "../../words/index.svelte";

const part = (name: string): HTMLElement => screen.getByRole("region", { name });
const dialog = (): HTMLElement => screen.getByRole("dialog");

describe.each(["en", "da"] as const)("in %s", (language) => {
  const open = (scene: SceneName) => openWindow(scene, language);

  test("a workspace is checked when asked, and what is wrong leads to signing in again", async () => {
    const { user } = await open("settings-signed-out");
    const nordlys = screen.getByRole("group", { name: "Nordlys Media" });
    const fjord = screen.getByRole("group", { name: "Fjord Studio" });
    await user.click(within(nordlys).getByRole("button", { name: say("settings.check") }));
    await user.click(within(fjord).getByRole("button", { name: say("settings.check") }));

    await waitFor(() =>
      expect(within(nordlys).getByRole("status")).toHaveTextContent(say("settings.works")),
    );
    const alert = await waitFor(() => within(fjord).getByRole("alert"));
    await user.click(within(alert).getByRole("button", { name: say("act.sign_in_again") }));
    expect(dialog()).toHaveAccessibleName(
      say("connect.title_again", { workspace: "Fjord Studio" }),
    );
  });

  test("signing out says what becomes of the queue, and begins with Cancel", async () => {
    const { user, app, pass } = await open("sign-out");

    expect(dialog()).toHaveTextContent(say("sign_out.queue", { count: 2 }));
    expect(within(dialog()).getByRole("button", { name: say("cancel") })).toHaveFocus();
    await user.click(within(dialog()).getByRole("button", { name: say("sign_out.go") }));
    await pass(500);

    expect(screen.queryByRole("dialog")).toBeNull();
    expect(app.world.workspaces.map(({ name }) => name)).toEqual(["Fjord Studio"]);
    expect(app.queue.counts.groups.needs_you).toBe(2);
  });

  test("what cannot be used of the settings is said at the start, and stands where settings are", async () => {
    const { user, app } = await open("settings-odd");
    const [toast] = app.notices.toasts;

    expect(toast?.text).toBe(say("settings.odd", { count: 2 }));
    app.go("queue");
    await user.click(await screen.findByRole("button", { name: say("act.settings") }));

    const odd = within(part(say("settings.odd", { count: 2 })));
    expect(odd.getAllByRole("group").map((one) => one.getAttribute("aria-label"))).toEqual([
      expect.stringMatching(/^window\.theme: /),
      expect.stringMatching(/^uploads\.sheet_from: /),
    ]);
  });

  test("a newer version stands in a quiet line, with a way to its page and nothing else", async () => {
    const { user, app, world, asked } = await open("newer");
    app.go("settings");
    const about = await waitFor(() => part(say("settings.about")));
    expect(about).toHaveTextContent(say("newer.there", { version: "0.2.0" }));
    await user.click(within(about).getByRole("button", { name: say("newer.open") }));
    expect(asked.at(-1)).toEqual(["open_page", { page: "newer", workspace: null }]);

    // Found while the window is open.
    world.send("newer", "0.3.0");
    await waitFor(() => expect(about).toHaveTextContent(say("newer.there", { version: "0.3.0" })));
  });

  test("a missing dialog is said when it is asked for, until there is one", async () => {
    const { user, app, world } = await openWindow("settings-no-dialogs", language);
    const choose = screen.getByRole("button", { name: say("network.ca_choose") });
    await user.click(choose);
    const why = app.world.dialogs?.message ?? "";

    expect(part(say("settings.network"))).toHaveTextContent(why);
    expect(app.notices.toasts.at(-1)?.text).toContain(why);

    world.dialogs = null;
    await user.click(choose);

    await waitFor(() => expect(part(say("settings.network"))).toHaveTextContent("nordlys-ca.pem"));
    expect(part(say("settings.network"))).not.toHaveTextContent(why);
  });

  test("what is dropped, and when a folder asks first, can be set", async () => {
    const { user, world } = await open("settings");
    const sending = within(part(say("settings.sending")));
    await user.selectOptions(sending.getByLabelText(say("sending.publish")), "when_playable");
    await user.selectOptions(sending.getByLabelText(say("sending.pieces")), "8");
    const folder = sending.getByLabelText(say("sending.folder"));
    await user.clear(folder);
    await user.type(folder, "0");
    await user.tab();

    expect(folder).toBeInvalid();
    await user.clear(folder);
    await user.type(folder, "12");
    await user.tab();

    await waitFor(() =>
      expect(world.settings).toMatchObject({
        publish: "when_playable",
        in_flight: 8,
        sheet_from: 12,
      }),
    );
    expect(folder).not.toBeInvalid();
    await user.selectOptions(sending.getByLabelText(say("sending.pieces")), "auto");
    await waitFor(() => expect(world.settings.in_flight).toBeNull());
  });

  test("how it goes with the desktop can be set, and that it ends", async () => {
    const { user, app, world, asked } = await open("settings");
    const behaviour = within(part(say("settings.behaviour")));
    await user.click(behaviour.getByLabelText(say("behaviour.keep_running")));
    await user.click(behaviour.getByLabelText(say("behaviour.notifications")));

    await waitFor(() =>
      expect(world.settings.behaviour).toEqual({
        keep_running: false,
        keep_awake: true,
        notifications: false,
      }),
    );
    await user.click(behaviour.getByLabelText(say("behaviour.start_at_login")));
    await waitFor(() => expect(app.world.startsAtLogin).toBe(true));
    await user.click(behaviour.getByRole("button", { name: say("quit.title") }));
    await waitFor(() => expect(asked.at(-1)).toEqual(["quit", {}]));
  });

  test("a proxy holds once it is saved; its password leaves the field and is not shown again", async () => {
    const { user, world, asked } = await open("settings");
    const network = within(part(say("settings.network")));
    await user.click(network.getByRole("radio", { name: say("network.proxy_manual") }));

    expect(world.settings.proxy.kind).toBe("system");
    const address = network.getByLabelText(say("network.address"));
    await user.type(address, "http://maja:geheim@proxy:3128");
    await user.click(network.getByRole("button", { name: say("network.save") }));
    await waitFor(() => expect(address).toBeInvalid());
    expect(address).toHaveFocus();

    await user.clear(address);
    await user.type(address, "http://proxy.example:3128");
    await user.type(network.getByLabelText(say("network.name")), "maja");
    const password = network.getByLabelText<HTMLInputElement>(say("network.password"));
    await user.type(password, "geheim");
    await user.click(network.getByRole("button", { name: say("network.save") }));

    await waitFor(() => expect(password).toHaveValue(""));
    expect(password).toHaveAttribute("placeholder", say("network.password_kept"));
    expect(asked.at(-1)).toMatchObject(["change_settings", { proxy_password: "geheim" }]);
    expect(JSON.stringify(world.settings)).not.toContain("geheim");

    await user.click(network.getByRole("radio", { name: say("network.proxy_none") }));
    await waitFor(() => expect(world.settings.proxy.kind).toBe("none"));
    expect(network.queryByLabelText(say("network.address"))).toBeNull();
  });

  test("a certificate authority is chosen by a dialog, and taken away", async () => {
    const { user, world } = await open("settings");
    const network = within(part(say("settings.network")));
    await user.click(network.getByRole("button", { name: say("network.ca_choose") }));

    expect(await network.findByText("/etc/ssl/certs/nordlys-ca.pem")).toBeVisible();
    await user.click(network.getByRole("button", { name: say("network.ca_remove") }));
    await waitFor(() => expect(world.settings.ca_file).toBeNull());
  });

  test("the support bundle is seen part by part before it is saved", async () => {
    const { user, asked } = await open("bundle");
    const parts = await screen.findByRole("list", { name: say("bundle.parts") });

    expect(within(parts).getAllByRole("button")[0]).toHaveFocus();
    await user.click(within(parts).getByRole("button", { name: /queue\.txt/ }));
    expect(dialog()).toHaveTextContent("webinar-14.mov");
    expect(asked.map(([name]) => name)).not.toContain("save_bundle");
    await user.click(within(dialog()).getByRole("button", { name: say("bundle.save") }));

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(
      screen.getByRole("group", { name: say("bundle.saved", { file: "slipway-support.zip" }) }),
    ).toBeVisible();
  });
});

test("the language changes at once, in everything that is there", async () => {
  const { user } = await openWindow("settings", "en");
  await user.selectOptions(screen.getByLabelText("Language"), "da");

  expect(await screen.findByRole("heading", { level: 1, name: "Indstillinger" })).toBeVisible();
  expect(document.documentElement).toHaveAttribute("lang", "da");
});

test("the theme changes at once", async () => {
  const { user } = await openWindow("settings", "en");
  await user.click(screen.getByRole("radio", { name: "Dark" }));

  await waitFor(() => expect(document.documentElement).toHaveAttribute("data-theme", "dark"));
});

test("a setting that was refused shows again what is in force", async () => {
  const { user, app, backend } = await openWindow("settings", "en");
  const call = backend.call.bind(backend);
  backend.call = (command, request) =>
    command === "change_settings"
      ? Promise.reject(new Error("settings.toml cannot be written"))
      : call(command, request);
  await user.click(screen.getByRole("radio", { name: "Dark" }));

  await waitFor(() => expect(screen.getByRole("radio", { name: "As the system" })).toBeChecked());
  expect(app.world.settings.theme).toBe("auto");
  expect(screen.getByText(/cannot be written/, { selector: ".toast p" })).toBeVisible();
});

test("the index leads to each part: its headline has the keyboard, and it is the one that is read", async () => {
  const { user, app } = await openWindow("settings");
  const index = screen.getByRole("navigation", { name: say("settings.index") });
  const names = within(index)
    .getAllByRole("link")
    .map((one) => one.textContent);

  expect(names).toEqual(
    within(screen.getByRole("main"))
      .getAllByRole("heading", { level: 2 })
      .map((one) => one.textContent),
  );
  const network = within(index).getByRole("link", { name: say("settings.network") });
  network.focus();
  await user.keyboard("{Enter}");

  expect(screen.getByRole("heading", { name: say("settings.network") })).toHaveFocus();
  expect(network).toHaveAttribute("aria-current", "true");
  await user.tab();
  expect(part(say("settings.network"))).toContainElement(document.activeElement as HTMLElement);
  await app.world.change({ language: "da" });
  await waitFor(() => expect(index).toHaveTextContent("Netværk"));
});
