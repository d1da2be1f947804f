import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import type { SceneName } from "../../backend/demo";
import { openWindow } from "../../testing/window";
import { say } from "../../words/index.svelte";

const section = () => within(screen.getByRole("region", { name: say("settings.speed") }));

const notice = () => within(screen.getByRole("region", { name: say("speed.title") }));

describe.each(["en", "da"] as const)("in %s", (language) => {
  const open = (scene: SceneName) => openWindow(scene, language);

  test("limits are given in megabits, count at once, and go with an empty field", async () => {
    const { user, app } = await open("settings");
    const field = section().getByLabelText(say("speed.limit"));
    await user.type(field, "fast");
    await user.tab();

    expect(field).toBeInvalid();
    await user.clear(field);
    await user.type(field, "20");
    await user.tab();

    await waitFor(() => expect(app.world.speed?.limit).toBe(2_500_000));
    expect(field).toHaveValue("20");
    expect(field).not.toBeInvalid();
    await user.clear(field);
    await user.tab();
    await waitFor(() => expect(app.world.speed?.limit).toBeNull());

    await user.type(section().getByLabelText(say("speed.limit_folders")), "2,5");
    await user.tab();
    await waitFor(() => expect(app.world.speed?.set.limit_folders).toBe(312_500));
  });

  test("the week is painted by keyboard, and each hour says what it allows", async () => {
    const { user, app } = await open("settings");
    const grid = within(section().getByRole("grid", { name: say("speed.timetable") }));
    const cell = (day: number, hour: number): HTMLElement => {
      const cells = within(grid.getAllByRole("row")[day + 1] as HTMLElement).getAllByRole(
        "gridcell",
      );
      return cells[hour] as HTMLElement;
    };
    await user.click(section().getByRole("radio", { name: say("speed.hour_nothing") }));
    cell(0, 0).focus();
    await user.keyboard("{ArrowRight}{ArrowRight}{ArrowDown}");
    expect(cell(1, 2)).toHaveFocus();
    await user.keyboard("{Shift>}{ArrowRight}{ArrowDown}{/Shift}");
    expect(cell(2, 3)).toHaveAttribute("aria-selected", "true");
    await user.keyboard(" ");

    await waitFor(() => {
      const painted = app.world.speed?.set.timetable.flatMap((day, n) =>
        day.flatMap((hour, at) => (hour === "nothing" ? [`${n} ${at}`] : [])),
      );
      expect(painted).toEqual(["1 2", "1 3", "2 2", "2 3"]);
    });
    expect(cell(1, 2).getAttribute("aria-label")).toContain(say("speed.hour_nothing"));
    expect(cell(2, 3)).toHaveFocus();
    await user.keyboard("{Shift>}{ArrowLeft}{/Shift}{Escape}");
    expect(cell(2, 2)).toHaveAttribute("aria-selected", "false");
  });

  test("days and hours can be said instead of painted", async () => {
    const { user, app } = await open("settings");
    const form = within(section().getByRole("form", { name: say("speed.form") }));
    await user.selectOptions(form.getByLabelText(say("speed.form_days")), "weekend");
    await user.selectOptions(form.getByLabelText(say("speed.form_from")), "22");
    await user.selectOptions(form.getByLabelText(say("speed.form_to")), "24");
    const set = form.getByRole("button");

    expect(set).toHaveTextContent(say("speed.form_set", { hour: say("speed.hour_full") }));
    await user.click(set);
    await waitFor(() =>
      expect(app.world.speed?.set.timetable[6]?.slice(21)).toEqual(["limited", "full", "full"]),
    );
    expect(app.world.speed?.set.timetable[4]).not.toContain("full");
    await user.selectOptions(form.getByLabelText(say("speed.form_to")), "23");
    await user.selectOptions(form.getByLabelText(say("speed.form_from")), "23");
    expect(form.getByLabelText(say("speed.form_to"))).toHaveValue("24");
  });

  test("full speed for an hour lifts the limit, says until when, and ends by itself", async () => {
    const { user, app, pass } = await open("limited");
    expect(notice().getByText(say("speed.now_limit", { rate: "20 Mbit/s" }))).toBeVisible();
    await user.click(notice().getByRole("button", { name: say("speed.full_begin") }));

    await waitFor(() => expect(app.world.speed?.full_speed).toBe(true));
    expect(notice().getByRole("button", { name: say("speed.full_end") })).toHaveFocus();
    expect(app.world.speed?.limit).toBeNull();
    await pass(3_600_000);
    await pass(200);
    await waitFor(() =>
      expect(app.world.speed).toMatchObject({ full_speed: false, limit: 2_500_000 }),
    );
  });

  test("what is sent stays within the limit that is shown beside it", async () => {
    const { pass } = await openWindow("limited", "en");
    await pass(20_000);
    const status = screen.getByRole("contentinfo", { name: say("status.label") });
    const shown = (): number => Number(/(\d+)\sMbit\/s/.exec(status.textContent ?? "")?.[1]);

    await waitFor(() => expect(shown()).toBeGreaterThan(15));
    expect(shown()).toBeLessThanOrEqual(20);
    expect(status).toHaveTextContent("(limit 20 Mbit/s)");
  });

  test("what the timetable holds waits, says so, and goes on at full speed", async () => {
    const { user, app } = await open("held");
    const held = screen.getAllByText(say("state.held_timetable"));
    expect(held.length).toBeGreaterThan(1);
    expect(screen.getByText(say("speed.now_nothing"))).toBeVisible();
    await user.click(screen.getByRole("button", { name: say("speed.full_begin") }));

    await waitFor(() => expect(screen.queryByText(say("state.held_timetable"))).toBeNull());
    expect(app.queue.counts.groups.uploading).toBeGreaterThan(0);
  });

  test("on a connection that costs only what folders bring waits, until somebody lets it", async () => {
    const { user, app } = await open("metered");
    expect(screen.getAllByText(say("state.held_metered")).length).toBeGreaterThan(0);
    expect(app.queue.counts.groups.uploading).toBe(2);
    await user.click(notice().getByRole("button", { name: say("act.settings") }));
    await user.click(section().getByRole("checkbox", { name: say("speed.hold_on_metered") }));

    await waitFor(() => expect(app.world.speed?.held_folders).toBeNull());
  });
});

test("a speed that was refused shows again what counts", async () => {
  const { user, app, backend } = await openWindow("settings-speed", "en");
  const call = backend.call.bind(backend);
  backend.call = (command, request) =>
    command === "set_speed"
      ? Promise.reject(new Error("settings.toml cannot be written"))
      : call(command, request);
  await user.click(section().getByRole("checkbox", { name: say("speed.hold_on_metered") }));

  await waitFor(() => expect(section().getByRole("checkbox")).toBeChecked());
  expect(app.world.speed?.set.hold_on_metered).toBe(true);
  expect(screen.getByText(/cannot be written/, { selector: ".toast p" })).toBeVisible();
});
