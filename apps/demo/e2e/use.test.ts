/** "Use it" in a real browser: what was drawn is there after reloads, crashes and in other tabs; undo, time travel. */
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Demo, sticksOut, whyNot } from "./support/demo.ts";

/** A figure under the board. */
async function fact(page: Page, name: string): Promise<number> {
  const text = await page.locator(".facts .figure", { hasText: name }).locator("dd").innerText();
  return Number(text.replaceAll(/[^\d]/gu, ""));
}

async function waitFor(page: Page, name: string, value: number): Promise<void> {
  await page.waitForFunction(
    ([wanted, figure]) => {
      const all = [...document.querySelectorAll(".facts .figure")];
      const found = all.find((one) => one.textContent?.includes(figure));
      return found?.querySelector("dd")?.textContent === wanted;
    },
    [String(value), name] as const,
  );
}

async function opened(page: Page): Promise<string> {
  const restored = page.getByText(/^Opened in/u);
  await restored.waitFor();
  return restored.innerText();
}

/** Moves the pen along a line from left to right at height `y`; `lift` leaves it down or not. */
async function draw(
  page: Page,
  y: number,
  options: { lift?: boolean; steps?: number } = {},
): Promise<void> {
  const { lift = true, steps = 10 } = options;
  const board = page.getByRole("application");
  await board.evaluate((element) => element.scrollIntoView({ block: "end" }));
  const box = await board.boundingBox();
  if (box === null) throw new Error("there is no board");
  const place = (step: number): [number, number] => [
    box.x + 40 + ((box.width - 80) * step) / steps,
    box.y + box.height * (y + 0.05 * Math.sin(step)),
  ];
  await page.mouse.move(...place(0));
  await page.mouse.down();
  for (let step = 1; step <= steps; step++) await page.mouse.move(...place(step));
  if (lift) await page.mouse.up();
}

const lines = "lines to be seen";

describe.skipIf(whyNot() !== undefined)("use it", () => {
  let demo: Demo;
  let page: Page;
  beforeAll(async () => {
    demo = await Demo.start();
    page = await demo.visit("use");
  });
  afterAll(() => demo.close());

  test("lines are there after a reload", async () => {
    expect(await opened(page)).toContain("a new board");
    for (const [at, ink] of ["blue", "green", "amber", "ink"].entries()) {
      await page.getByRole("radio", { name: ink, exact: true }).check();
      await draw(page, 0.2 + 0.2 * at);
      await waitFor(page, lines, at + 1);
    }
    await page.getByText(/^on the disk after/u).waitFor();
    const records = await fact(page, "records");
    await page.reload();
    expect(await opened(page)).toContain(`${records} events replayed from the beginning`);
    await waitFor(page, lines, 4);
  });

  test("undo, redo and wipe, across a reload, by button and by key", async () => {
    await page.getByRole("button", { name: "Undo" }).click();
    await waitFor(page, lines, 3);
    await page.keyboard.press("Control+z");
    await waitFor(page, lines, 2);
    await page.reload();
    await opened(page);
    await page.getByRole("button", { name: "Redo" }).click();
    await waitFor(page, lines, 3);
    await page.keyboard.press("Control+Shift+Z");
    await waitFor(page, lines, 4);
    await page.getByRole("button", { name: "Wipe" }).click();
    await waitFor(page, lines, 0);
    await page.getByRole("button", { name: "Undo" }).click();
    await waitFor(page, lines, 4);
  });

  test("the past can be visited, and the present is as it was", async () => {
    await page.getByRole("slider", { name: "Moment" }).fill("1");
    await waitFor(page, lines, 1);
    await page.getByText(/^LSN 1,/u).waitFor();
    await page.getByRole("button", { name: "Now" }).click();
    await waitFor(page, lines, 4);
    await page.getByRole("button", { name: "Play" }).click();
    await page.getByText(/^now, LSN/u).waitFor();
    await waitFor(page, lines, 4);
    await demo.pictures(page, "use");
  });

  test("a second tab draws along, and the first sees it", async () => {
    const other = await demo.visit("use");
    await opened(other);
    await waitFor(other, lines, 4);
    await draw(other, 0.5);
    await waitFor(page, lines, 5);
    await other.close();
  });

  test("the tab closed in the middle of a line: what was acknowledged is there", async () => {
    const before = await fact(page, "records");
    await draw(page, 0.7, { lift: false });
    await waitFor(page, lines, 6);
    const during = await fact(page, "records");
    expect(during).toBeGreaterThan(before);
    await page.close();
    page = await demo.visit("use");
    await opened(page);
    expect(await fact(page, "records")).toBeGreaterThanOrEqual(during);
    await waitFor(page, lines, 6);
  });

  test("lines can be drawn by keys", async () => {
    await page.getByRole("application").focus();
    await page.keyboard.press(" ");
    for (let step = 0; step < 5; step++) await page.keyboard.press("ArrowRight");
    await page.keyboard.press(" ");
    await waitFor(page, lines, 7);
  });

  test("replay starts at a snapshot; a checkpoint lets go of what was before", async () => {
    const records = 210;
    const pairs = Math.ceil((records - (await fact(page, "records"))) / 2);
    // Undone and done again: the same picture, so many events later.
    await page.evaluate((times) => {
      for (let pair = 0; pair < times; pair++) {
        for (const shiftKey of [false, true]) {
          dispatchEvent(new KeyboardEvent("keydown", { key: "z", ctrlKey: true, shiftKey }));
        }
      }
    }, pairs);
    await page.waitForFunction((least) => {
      const found = [...document.querySelectorAll(".facts .figure")].find((one) =>
        one.textContent?.includes("records"),
      );
      return Number(found?.querySelector("dd")?.textContent) >= least;
    }, records);
    await page.reload();
    expect(await opened(page)).toMatch(/the snapshot of LSN \d+, and \d+ events? after it/u);
    await waitFor(page, lines, 7);
    await page.getByRole("button", { name: /^Checkpoint/u }).click();
    await page.waitForFunction(() => {
      const found = [...document.querySelectorAll(".facts .figure")].find((one) =>
        one.textContent?.includes("oldest"),
      );
      return found?.querySelector("dd")?.textContent !== "LSN 1";
    });
    // The oldest moment there is left shows the picture, not an empty sheet.
    await page.getByRole("button", { name: "Play" }).click();
    await page.getByText(/^now, LSN/u).waitFor();
    await page.getByRole("slider", { name: "Moment" }).press("Home");
    await page.locator(".sheet.past").waitFor();
    // Between undoing and doing again one line is missing.
    expect(await fact(page, lines)).toBeGreaterThanOrEqual(6);
    await page.reload();
    await opened(page);
    await waitFor(page, lines, 7);
  });

  test("fits a phone and complains about nothing", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await sticksOut(page)).toBe(false);
    expect(demo.complaints()).toEqual([]);
  });
});
