/** A browser freezes pages in the background: what they held comes free, and they go on when they come back. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright";
import { BareChromium } from "./support/bare-chromium.ts";
import { openIn, recordsIn } from "./support/load.ts";
import { inEarnest, Site, whyNot } from "./support/site.ts";

const append = (tab: Page, text: string): Promise<number> =>
  tab.evaluate((given) => wal.append(new TextEncoder().encode(given)), text);

/** What became of the appends of a page that never stopped asking. */
interface Outcome {
  readonly acknowledged: readonly number[];
  readonly codes: readonly string[];
}

/** Starts callers that append until they are refused; resolves when some hundred records are in. */
function load(tab: Page): Promise<void> {
  return tab.evaluate(async () => {
    const outcome: { acknowledged: number[]; codes: string[] } = { acknowledged: [], codes: [] };
    Object.assign(globalThis, { outcome });
    await new Promise<void>((resolve) => {
      const run = async (): Promise<void> => {
        for (;;) {
          outcome.acknowledged.push(await wal.append(new TextEncoder().encode("load")));
          if (outcome.acknowledged.length === 300) resolve();
        }
      };
      for (let caller = 0; caller < 20; caller++) {
        run().catch((error: { code: string }) => outcome.codes.push(error.code));
      }
    });
  });
}

function outcomeOf(tab: Page): Promise<Outcome> {
  return tab.evaluate(() => (globalThis as unknown as { outcome: Outcome }).outcome);
}

/** True if it has heard that it was frozen: a page that Chromium takes to be visible is not. */
async function hearFreeze(tab: Page): Promise<void> {
  await tab.evaluate(() => {
    document.addEventListener("freeze", () => Object.assign(globalThis, { wasFrozen: true }));
  });
}

async function expectFrozen(tab: Page): Promise<void> {
  expect(await tab.evaluate(() => "wasFrozen" in globalThis)).toBe(true);
}

const ways = [
  { way: "messages", isolated: false },
  { way: "shared memory where it can be", isolated: true },
].filter(({ isolated }) => inEarnest || !isolated);

describe.skipIf(whyNot() !== undefined).each(ways)("frozen pages, over $way", ({ isolated }) => {
  let site: Site;
  let browser: BareChromium;
  beforeAll(async () => {
    site = await Site.start({ isolated });
    browser = await BareChromium.start();
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
  });

  async function tabs(count: number, options: Parameters<typeof openIn>[1]): Promise<Page[]> {
    const made: Page[] = [];
    for (let i = 0; i < count; i++) {
      const tab = await browser.tab(site.address);
      await hearFreeze(tab);
      await openIn(tab, options);
      made.push(tab);
    }
    return made;
  }

  test("shared: a leader frozen under load is succeeded at once, and is a guest when it comes back", async () => {
    const [leader, guest] = await tabs(2, { name: "leader", tabs: "shared" });
    await load(leader!);
    await browser.freeze(leader!);
    const meanwhile = await append(guest!, "meanwhile");
    await browser.resume(leader!);
    await expectFrozen(leader!);
    const after = await append(leader!, "after");
    const { acknowledged, codes } = await outcomeOf(leader!);
    expect(codes.every((code) => code === "WAL_OUTCOME_UNKNOWN")).toBe(true);
    const found = await recordsIn(guest!);
    expect(acknowledged.filter((lsn) => found.get(lsn) !== "load")).toEqual([]);
    expect([found.get(meanwhile), found.get(after)]).toEqual(["meanwhile", "after"]);
    for (const tab of [leader!, guest!]) await tab.close();
  });

  test("shared: a frozen guest does not become the leader, and is a guest again when it comes back", async () => {
    const [leader, frozen, other] = await tabs(3, { name: "guest", tabs: "shared" });
    await append(frozen!, "first");
    await browser.freeze(frozen!);
    await leader!.evaluate(() => wal.close());
    expect(await append(other!, "second")).toBe(2);
    await browser.resume(frozen!);
    await expectFrozen(frozen!);
    expect(await append(frozen!, "third")).toBe(3);
    expect([...(await recordsIn(frozen!)).values()]).toEqual(["first", "second", "third"]);
    for (const tab of [leader!, frozen!, other!]) await tab.close();
  });

  test("exclusive: a frozen page lets the log go, and takes it up again", async () => {
    const [first] = await tabs(1, { name: "alone" });
    await append(first!, "a");
    await browser.freeze(first!);
    const [second] = await tabs(1, { name: "alone" });
    expect(await append(second!, "b")).toBe(2);
    await second!.evaluate(() => wal.close());
    await browser.resume(first!);
    await expectFrozen(first!);
    expect(await append(first!, "c")).toBe(3);
    for (const tab of [first!, second!]) await tab.close();
  });
});
