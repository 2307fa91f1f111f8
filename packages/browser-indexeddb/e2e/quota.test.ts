/** A browser that gives no more room: who waits is refused by a code, and nothing acknowledged is lost. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type * as page from "./page.ts";
import { Site, whyNot } from "./site.ts";

/** What the page has loaded. */
declare const stria: typeof page;

describe.skipIf(whyNot() !== undefined)("a full quota", () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.start();
  });
  afterAll(() => site.close());

  test("refuses with WAL_NO_SPACE and costs no acknowledged record", async () => {
    const tab = await site.tab();
    // Set before the log is opened: Chromium asks for the room at once and again after half a minute only.
    const session = await tab.context().newCDPSession(tab);
    await session.send("Storage.overrideQuotaForOrigin", {
      origin: site.address,
      quotaSize: 3_000_000,
    });
    const { code, acknowledged } = await tab.evaluate(() => stria.fill("full"));
    expect(code).toBe("WAL_NO_SPACE");
    expect(acknowledged).toBeGreaterThan(0);
    await session.send("Storage.overrideQuotaForOrigin", { origin: site.address });
    await site.killBrowser();
    const found = await (await site.tab()).evaluate(() => stria.records("full"));
    expect(found.length).toBeGreaterThanOrEqual(acknowledged);
  });
});
