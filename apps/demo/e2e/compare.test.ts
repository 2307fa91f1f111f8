/** "Compare" in a real browser: every store takes the appends, none loses one, SQLite is loaded only when asked for. */
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Demo, sticksOut, whyNot } from "./support/demo.ts";

async function run(page: Page): Promise<string[]> {
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByRole("button", { name: "Run", exact: true, disabled: false }).waitFor();
  return page.locator(".contest li").allInnerTexts();
}

describe.skipIf(whyNot() !== undefined)("compare", () => {
  let demo: Demo;
  let page: Page;
  const asked: string[] = [];
  beforeAll(async () => {
    demo = await Demo.start();
    demo.context.on("request", (request) => asked.push(request.url()));
    page = await demo.visit("compare");
  });
  afterAll(() => demo.close());

  test("Stria and IndexedDB, and nothing of SQLite is downloaded", async () => {
    await page.getByRole("radio", { name: "batches of 100" }).check();
    const results = await run(page);
    expect(results.map((text) => text.split("\n")[0])).toEqual([
      "Stria",
      "IndexedDB strict",
      "IndexedDB relaxed",
    ]);
    for (const text of results) expect(text).toMatch(/[1-9][\d.,]*( k| M)?\/s/u);
    expect(asked.filter((url) => url.endsWith(".wasm"))).toEqual([]);
  });

  test("SQLite, too, when it is asked for", async () => {
    await page.getByRole("radio", { name: "64 callers at once" }).check();
    await page.getByRole("checkbox").check();
    const results = await run(page);
    expect(results).toHaveLength(4);
    expect(results[3]).toMatch(/^SQLite[^]*[1-9][\d.,]*( k| M)?\/s/u);
    expect(asked.filter((url) => url.endsWith(".wasm"))).toHaveLength(1);
    await demo.pictures(page, "compare");
  });

  test("fits a phone and complains about nothing", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await sticksOut(page)).toBe(false);
    expect(demo.complaints()).toEqual([]);
  });
});
