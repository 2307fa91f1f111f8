/** "Break it" in a real browser: every accident, what is said of it, and that the words are true. */
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Demo, sticksOut, whyNot } from "./support/demo.ts";

async function cause(page: Page, accident: string): Promise<string> {
  await page.getByRole("button", { name: accident }).click();
  await reopenButton(page).waitFor();
  return page.getByRole("region", { name: "What happened" }).innerText();
}

function reopenButton(page: Page): ReturnType<Page["locator"]> {
  return page.getByRole("button", { name: "Reopen the log", disabled: false });
}

async function reopen(page: Page): Promise<string> {
  await reopenButton(page).click();
  await reopenButton(page).waitFor();
  return page.getByRole("region", { name: "Recovery report" }).innerText();
}

/** "found of promised", as the report says it. */
function audit(report: string): [kept: number, promised: number] {
  const [, kept = "", promised = ""] = /([\d,]+) of ([\d,]+)/u.exec(report) ?? [];
  return [Number(kept.replaceAll(",", "")), Number(promised.replaceAll(",", ""))];
}

describe.skipIf(whyNot() !== undefined)("break it", () => {
  let demo: Demo;
  let page: Page;
  beforeAll(async () => {
    demo = await Demo.start();
    page = await demo.visit("break");
  });
  afterAll(() => demo.close());

  test("killed in mid-group: all that was acknowledged is there, the group is carried over", async () => {
    expect(await cause(page, "Kill the worker")).toMatch(
      /terminated between .* never got an answer/su,
    );
    const report = await reopen(page);
    const [kept, promised] = audit(report);
    expect(promised).toBeGreaterThanOrEqual(240);
    expect(kept).toBe(promised);
    expect(report).toMatch(/survived that nobody had been promised/u);
    expect(report).toMatch(/nothing behind them vouched for their sync/u);
  });

  test("cut: the torn group is named and was promised to nobody", async () => {
    expect(await cause(page, "Cut the last bytes")).toMatch(/zeroed in slot-\d{3}/u);
    const report = await reopen(page);
    const [kept, promised] = audit(report);
    expect(kept).toBe(promised);
    expect(report).toMatch(/torn, [\d,]+ B/u);
    expect(report).toMatch(/never got an answer and left nothing behind/u);
    await demo.pictures(page, "break-cut");
  });

  test("a flipped bit: refused at its place, and the rest can be salvaged", async () => {
    const told = await cause(page, "Flip a bit");
    const lsn = /belongs to LSN ([\d,]+)/u.exec(told)?.[1]?.replaceAll(",", "");
    const report = await reopen(page);
    expect(report).toContain("WAL_CORRUPT");
    expect(report).toContain(`LSN ${lsn}`);
    await demo.pictures(page, "break-flip");
    await page.getByRole("button", { name: "Salvage" }).click();
    await page.getByText("What can still be read").waitFor();
    const [kept, promised] = audit(
      await page.getByRole("region", { name: "Recovery report" }).innerText(),
    );
    expect(kept).toBeGreaterThan(promised / 2);
    expect(kept).toBeLessThan(promised);
  });

  test("a wrong key: refused, and with its own key everything is there", async () => {
    expect(await cause(page, "Open with a wrong key")).toContain("WAL_UNKNOWN_KEY");
    const [kept, promised] = audit(await reopen(page));
    expect(promised).toBeGreaterThanOrEqual(200);
    expect(kept).toBe(promised);
  });

  test("full: refused, nothing acknowledged is lost, a checkpoint makes room", async () => {
    expect(await cause(page, "Fill it up")).toContain("WAL_NO_SPACE");
    const report = await reopen(page);
    const [kept, promised] = audit(report);
    expect(kept).toBe(promised);
    expect(report).toMatch(/A checkpoint let the old segments go/u);
  });

  test("a second tab: refused there, told here", async () => {
    const opened = demo.context.waitForEvent("page");
    const told = cause(page, "Open a second tab");
    const tab = await opened;
    await tab.getByText("One log, one writer").waitFor();
    expect(await told).toContain("WAL_LOCKED");
    await tab.close();
    const [kept, promised] = audit(await reopen(page));
    expect(kept).toBe(promised);
  });

  test("fits a phone and complains about nothing", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await sticksOut(page)).toBe(false);
    expect(demo.complaints()).toEqual([]);
  });
});
