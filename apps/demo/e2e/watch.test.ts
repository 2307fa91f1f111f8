/** "Watch it work" in a real browser: it starts, changes while it runs, stops, and goes on after a reload. */
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Demo, sticksOut, whyNot } from "./support/demo.ts";

async function mark(page: Page, name: "appended" | "durable" | "checkpoint"): Promise<number> {
  return Number((await page.getByTestId(name).innerText()).replaceAll(",", ""));
}

/** Waits until the mark has passed `more` beyond where it was. */
async function passes(
  page: Page,
  name: "appended" | "durable" | "checkpoint",
  beyond: number,
): Promise<void> {
  await page.waitForFunction(
    ([id, least]) => {
      const text = document.querySelector(`[data-testid=${id}]`)?.textContent ?? "0";
      return Number(text.replaceAll(",", "")) > least;
    },
    [name, beyond] as const,
  );
}

async function running(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Stop" }).waitFor();
}

describe.skipIf(whyNot() !== undefined)("watch it work", () => {
  let demo: Demo;
  let page: Page;
  beforeAll(async () => {
    demo = await Demo.start();
    page = await demo.visit("watch");
  });
  afterAll(() => demo.close());

  test("starts, with its threads on shared stripes, and what is appended becomes durable", async () => {
    await page.getByRole("button", { name: "Start" }).click();
    await running(page);
    await passes(page, "durable", 200);
    expect(await page.getByText(/in shared memory/u).count()).toBe(1);
    expect(await page.locator(".stripe").count()).toBe(3);
    expect(await page.locator(".chart canvas").count()).toBe(3);
    await demo.pictures(page, "watch");
  });

  test("takes more producers and fewer, other rates and sizes, while it runs", async () => {
    await page.getByRole("slider").fill("5");
    await running(page);
    expect(await page.locator(".stripe").count()).toBe(5);
    await page.getByRole("slider").fill("2");
    await running(page);
    await page.getByRole("radio", { name: "5 k/s" }).check();
    await page.getByRole("radio", { name: "1 KiB" }).check();
    await passes(page, "durable", (await mark(page, "durable")) + 200);
    await page.getByRole("radio", { name: "50 /s", exact: true }).check();
    await page.getByRole("radio", { name: "64 B" }).check();
    await passes(page, "durable", (await mark(page, "durable")) + 20);
  });

  test.each(["group commit", "async", "async batched", "synchronous"])(
    "goes on in mode %s",
    async (mode) => {
      const before = await mark(page, "durable");
      await page.getByRole("radio", { name: mode, exact: true }).check();
      await running(page);
      await passes(page, "durable", before + 20);
    },
  );

  test("moves the checkpoint", async () => {
    const before = await mark(page, "checkpoint");
    await page.getByRole("button", { name: "Checkpoint" }).click();
    await passes(page, "checkpoint", before);
  });

  test("encrypts into a log of its own, and comes back", async () => {
    const plain = await mark(page, "durable");
    await page.getByLabel(/Encrypt/u).check();
    await running(page);
    await page.waitForFunction((before) => {
      const text = document.querySelector("[data-testid=durable]")?.textContent ?? "0";
      const durable = Number(text.replaceAll(",", ""));
      return durable > 10 && durable < before;
    }, plain);
    await page.getByLabel(/Encrypt/u).uncheck();
    await running(page);
    await passes(page, "durable", plain);
  });

  test("stops; after a reload the same log goes on where it was", async () => {
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByRole("button", { name: "Start" }).waitFor();
    const durable = await mark(page, "durable");
    await page.reload();
    await page.getByRole("button", { name: "Start" }).click();
    await running(page);
    await passes(page, "durable", durable);
  });

  test("survives a reload while it runs", async () => {
    const durable = await mark(page, "durable");
    await page.reload();
    await page.getByRole("button", { name: "Start" }).click();
    await running(page);
    await passes(page, "durable", durable);
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByRole("button", { name: "Start" }).waitFor();
  });

  test("fits a phone, works by keyboard, and complains about nothing", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await sticksOut(page)).toBe(false);
    await page.getByRole("button", { name: "Start" }).focus();
    await page.keyboard.press("Enter");
    await running(page);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Start" }).waitFor();
    expect(demo.complaints()).toEqual([]);
  });
});

describe.skipIf(whyNot() !== undefined)("watch it work, without shared memory", () => {
  test("producers send messages instead, and the page says so", async () => {
    const demo = await Demo.start({ "Cross-Origin-Opener-Policy": "unsafe-none" });
    try {
      const page = await demo.visit("watch");
      await page.getByRole("button", { name: "Start" }).click();
      await running(page);
      await passes(page, "durable", 100);
      expect(await page.getByText(/not cross-origin isolated/u).count()).toBe(1);
      await page.getByRole("button", { name: "Stop" }).click();
      await page.getByRole("button", { name: "Start" }).waitFor();
      expect(demo.complaints()).toEqual([]);
    } finally {
      await demo.close();
    }
  });
});
