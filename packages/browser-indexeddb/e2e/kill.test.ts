/**
 * Whatever dies under load, every acknowledgement that reached the outside is there afterwards. The
 * number of deaths is STRIA_KILLS, 3 if it is not set.
 */
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type * as page from "./page.ts";
import { Site, whyNot } from "./site.ts";

const deaths = Number(process.env["STRIA_KILLS"] ?? 3);

/** What the page has loaded. */
declare const stria: typeof page;

describe.skipIf(whyNot() !== undefined)("acknowledged records outlive", () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.start();
  });
  afterAll(() => site.close());

  /** Starts the load in a tab and resolves when `enough` acknowledgements of this life are outside. */
  async function loaded(
    tab: Page,
    kept: Map<number, string>,
    { log, life, enough }: { log: string; life: number; enough: number },
  ): Promise<void> {
    let count = 0;
    const reached = new Promise<void>((resolve) => {
      void tab.exposeFunction("acknowledged", (lsn: number, text: string) => {
        kept.set(lsn, text);
        if (++count === enough) resolve();
      });
    });
    await tab.waitForFunction(() => "acknowledged" in globalThis);
    const work = tab.evaluate(([name, n]) => stria.load(name, n, 20), [log, life] as const);
    // It ends with the tab; before that, an error is the test's.
    const failed = work.then(
      () => {
        throw new Error("the load ended by itself");
      },
      (error: unknown) => {
        if (count < enough) throw error;
      },
    );
    await Promise.race([reached, failed]);
  }

  async function expectKept(tab: Page, log: string, kept: Map<number, string>): Promise<void> {
    const found = await tab.evaluate((name) => stria.records(name), log);
    expect(found.map(([lsn]) => lsn)).toEqual(found.map((_, i) => i + 1));
    const byLsn = new Map(found);
    const lost = [...kept].filter(([lsn, text]) => byLsn.get(lsn) !== text);
    expect(lost).toEqual([]);
  }

  test("tabs closed under load", { timeout: 60_000 + deaths * 10_000 }, async () => {
    const kept = new Map<number, string>();
    for (let life = 0; life < deaths; life++) {
      const tab = await site.tab();
      await loaded(tab, kept, { log: "tabs", life, enough: 200 });
      await tab.close();
      const next = await site.tab();
      await expectKept(next, "tabs", kept);
      await next.close();
    }
    expect(kept.size).toBeGreaterThanOrEqual(200 * deaths);
  });

  test("browsers killed under load", { timeout: 60_000 + deaths * 10_000 }, async () => {
    const kept = new Map<number, string>();
    for (let life = 0; life < deaths; life++) {
      await loaded(await site.tab(), kept, { log: "browsers", life, enough: 200 });
      await site.killBrowser();
      const next = await site.tab();
      await expectKept(next, "browsers", kept);
      await next.close();
    }
    expect(kept.size).toBeGreaterThanOrEqual(200 * deaths);
  });

  test("a service worker, where no file can be opened", async () => {
    const tab = await site.tab();
    await tab.evaluate(() => stria.serviceWorker());
    const kept = new Map<number, string>();
    for (const text of ["first", "second"]) {
      kept.set(await tab.evaluate((t) => stria.appendInServiceWorker(t), text), text);
    }
    await site.killBrowser();
    const next = await site.tab();
    kept.set(await next.evaluate(() => stria.appendInServiceWorker("third")), "third");
    await expectKept(next, "outbox", kept);
    expect([...kept]).toEqual([
      [1, "first"],
      [2, "second"],
      [3, "third"],
    ]);
  });
});
