/** The frame around the views: what the browser lacks is said, keyboards get everywhere, the theme stays chosen. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Demo, whyNot } from "./support/demo.ts";

describe.skipIf(whyNot() !== undefined)("the page", () => {
  let demo: Demo;
  beforeAll(async () => {
    demo = await Demo.start();
  });
  afterAll(() => demo.close());

  test.each([
    ["the private file system", "StorageManager", "getDirectory", /origin private file system/u],
    ["web locks", "Navigator", "locks", /Web Locks/u],
  ])("says what it needs where %s is missing", async (_what, owner, name, said) => {
    const page = await demo.context.newPage();
    await page.addInitScript(
      ([type, property]) => {
        const constructors = globalThis as unknown as Record<string, { prototype: object }>;
        Object.defineProperty(constructors[type]!.prototype, property, { value: undefined });
      },
      [owner, name] as const,
    );
    await page.goto(demo.address);
    await page.getByRole("heading", { name: "This browser cannot run the log" }).waitFor();
    await page.getByText(said).waitFor();
    await page.close();
  });

  test("says so where the browser refuses files, as in private windows", async () => {
    const page = await demo.context.newPage();
    await page.addInitScript(() => {
      StorageManager.prototype.getDirectory = () =>
        Promise.reject(new DOMException("private", "SecurityError"));
    });
    await page.goto(demo.address);
    await page.getByText("The browser refuses (SecurityError)").waitFor();
    await page.close();
  });

  test("keyboards reach every view", async () => {
    const page = await demo.visit("");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
    const headings: string[] = [];
    for (const view of ["Watch it work", "Break it", "Use it", "Compare", "Look inside"]) {
      await page.getByRole("link", { name: view, exact: true }).focus();
      await page.keyboard.press("Enter");
      await page.locator("a[aria-current=page]", { hasText: view }).waitFor();
      headings.push(await page.getByRole("heading", { level: 1 }).innerText());
    }
    expect(new Set(headings).size).toBe(5);
    await page.close();
  });

  test("the theme that was chosen stays after a reload", async () => {
    const page = await demo.visit("");
    const theme = (): Promise<string | null> => page.locator("html").getAttribute("data-theme");
    expect(await theme()).toBe("dark");
    await page.getByRole("button", { name: "Use light colours" }).click();
    await page.reload();
    expect(await theme()).toBe("light");
    await page.getByRole("button", { name: "Use dark colours" }).click();
    await page.close();
  });

  test("complains about nothing", () => {
    expect(demo.complaints()).toEqual([]);
  });
});
