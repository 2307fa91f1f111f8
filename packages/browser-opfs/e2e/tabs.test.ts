/** Several tabs and one log: who gets it, who uses it, and what happens when the tab that has it goes. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright";
import { type Acknowledged, expectKept, loadIn, openIn, recordsIn } from "./support/load.ts";
import { loaded, Site, whyNot } from "./support/site.ts";

const append = (tab: Page, text: string): Promise<number> =>
  tab.evaluate((given) => wal.append(new TextEncoder().encode(given)), text);

/** Starts a reader that follows; its records gather on the page. */
async function follow(tab: Page): Promise<void> {
  await tab.evaluate(() => {
    const seen: string[] = [];
    Object.assign(globalThis, { seen });
    void (async () => {
      for await (const { payload } of wal.read({ from: 1, follow: true })) {
        seen.push(new TextDecoder().decode(payload));
      }
    })();
  });
}

async function seenIn(tab: Page, count: number): Promise<string[]> {
  await tab.waitForFunction(
    (wanted) => (globalThis as unknown as { seen: string[] }).seen.length >= wanted,
    count,
  );
  return tab.evaluate(() => (globalThis as unknown as { seen: string[] }).seen);
}

async function crash(tab: Page): Promise<void> {
  const crashed = new Promise((resolve) => tab.once("crash", resolve));
  const session = await tab.context().newCDPSession(tab);
  // It never answers: the page is gone.
  session.send("Page.crash").catch((error: unknown) => error);
  await crashed;
}

describe.skipIf(whyNot() !== undefined).each([
  { way: "messages", isolated: false },
  { way: "shared memory where it can be", isolated: true },
])("tabs, over $way", ({ isolated }) => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.start({ isolated, keepsPages: true });
  });
  afterAll(() => site.close());

  test("exclusive: the second gets WAL_LOCKED and who has it; when the first is gone it gets the log", async () => {
    const [first, second] = [await site.tab(), await site.tab()];
    await openIn(first, { name: "one" });
    const refused = await second.evaluate(async () => {
      const opening = stria.openWal({ name: "one", storage: { lockTimeoutMs: 50 } });
      return opening.catch((error: { code: string; details: object }) => ({
        code: error.code,
        details: error.details,
      }));
    });
    expect(refused).toMatchObject({ code: "WAL_LOCKED", details: { holder: /^client / } });
    await append(first, "a");
    await first.close();
    await openIn(second, { name: "one" });
    expect([...(await recordsIn(second)).values()]).toEqual(["a"]);
    await second.close();
  });

  test("exclusive: two logs of different names do not disturb each other", async () => {
    const [first, second] = [await site.tab(), await site.tab()];
    await openIn(first, { name: "left" });
    await openIn(second, { name: "right" });
    expect([await append(first, "a"), await append(second, "b")]).toEqual([1, 1]);
    await Promise.all([first.close(), second.close()]);
  });

  test("shared: two tabs write and read one log; the second takes over when the first closes", async () => {
    const [first, second] = [await site.tab(), await site.tab()];
    await openIn(first, { name: "pair", tabs: "shared" });
    await openIn(second, { name: "pair", tabs: "shared" });
    expect(await append(first, "a")).toBe(1);
    expect(await append(second, "b")).toBe(2);
    await follow(second);
    expect(await append(first, "c")).toBe(3);
    expect(await seenIn(second, 3)).toEqual(["a", "b", "c"]);
    await first.evaluate(() => wal.close());
    expect(await append(second, "d")).toBe(4);
    expect(await seenIn(second, 4)).toEqual(["a", "b", "c", "d"]);
    await openIn(first, { name: "pair", tabs: "shared" });
    expect(await append(first, "e")).toBe(5);
    expect(await seenIn(second, 5)).toEqual(["a", "b", "c", "d", "e"]);
    await first.close();
    await second.close();
  });

  test(
    "shared: closing in good order loses nothing, not even an acknowledgement",
    { timeout: 90_000 },
    async () => {
      const [first, second] = [await site.tab(), await site.tab()];
      await openIn(first, { name: "orderly", tabs: "shared" });
      await openIn(second, { name: "orderly", tabs: "shared" });
      const acknowledged: Acknowledged = new Map();
      await loadIn(second, acknowledged, { label: "guest", callers: 20, enough: 300 });
      await first.evaluate(() => wal.close());
      const before = acknowledged.size;
      await expect.poll(() => acknowledged.size, { timeout: 50_000 }).toBeGreaterThan(before + 300);
      const error = await second.evaluate(() =>
        String((globalThis as { loadError?: Error }).loadError),
      );
      expect(error).toBe("undefined");
      // The callers go on while the log is read.
      const soFar = new Map(acknowledged);
      expectKept(await recordsIn(second), soFar);
      await Promise.all([first.close(), second.close()]);
    },
  );

  test("shared: when the leader crashes, guests learn that they cannot know, and go on", async () => {
    const [first, second] = [await site.tab(), await site.tab()];
    await openIn(first, { name: "crash", tabs: "shared" });
    await openIn(second, { name: "crash", tabs: "shared" });
    await append(second, "before");
    await follow(second);
    await second.evaluate(() => {
      const codes: string[] = [];
      Object.assign(globalThis, { codes });
      for (let caller = 0; caller < 20; caller++) {
        void (async () => {
          for (;;) {
            try {
              await wal.append(new TextEncoder().encode("x"));
            } catch (error) {
              codes.push((error as { code: string }).code);
              return;
            }
          }
        })();
      }
    });
    await seenIn(second, 200);
    await crash(first);
    await second.waitForFunction(
      () => (globalThis as unknown as { codes: string[] }).codes.length === 20,
    );
    const codes = await second.evaluate(() => (globalThis as unknown as { codes: string[] }).codes);
    expect(new Set(codes)).toEqual(new Set(["WAL_OUTCOME_UNKNOWN"]));
    const lsn = await append(second, "after");
    const seen = await seenIn(second, lsn);
    expect([seen[0], seen[lsn - 1]]).toEqual(["before", "after"]);
    await second.close();
    await first.close();
  });

  test(
    "shared: five tabs under load; leaders close and crash one after the other",
    { timeout: 90_000 },
    async () => {
      const acknowledged: Acknowledged = new Map();
      const tabs: Page[] = [];
      for (let i = 0; i < 5; i++) {
        const tab = await site.tab();
        await openIn(tab, { name: "five", tabs: "shared" });
        tabs.push(tab);
      }
      const last = tabs[4]!;
      await follow(last);
      for (const [i, tab] of tabs.slice(0, 4).entries()) {
        await loadIn(tab, acknowledged, { label: `tab ${i}`, callers: 5, enough: 100 });
        if (i % 2 === 0) await tab.close();
        else await crash(tab);
        // The first try may be in the dead leader's hands; nobody can say whether it was kept.
        const [meanwhile] = await Promise.allSettled([append(last, "in the meantime")]);
        const said = meanwhile.status === "fulfilled" ? "kept" : String(meanwhile.reason);
        expect(said).toMatch(/^kept$|the log's host ended/u);
        await append(last, `leader ${i} is gone`);
      }
      const found = await recordsIn(last);
      expectKept(found, acknowledged);
      const seen = await seenIn(last, found.size);
      expect(seen.slice(0, found.size)).toEqual([...found.values()]);
      await last.close();
      for (const tab of tabs) await tab.close();
    },
  );

  test("a page that is hidden lets the log go, and takes it up again when it comes back", async () => {
    const [first, second] = [await site.tab(), await site.tab()];
    await openIn(first, { name: "hidden" });
    await append(first, "a");
    await first.evaluate(() => {
      dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
    });
    await openIn(second, { name: "hidden" });
    expect(await append(second, "b")).toBe(2);
    await second.evaluate(() => wal.close());
    await first.evaluate(() => {
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    });
    expect(await append(first, "c")).toBe(3);
    expect([...(await recordsIn(first)).values()]).toEqual(["a", "b", "c"]);
    await Promise.all([first.close(), second.close()]);
  });

  test("a page the browser keeps while it shows another (bfcache) lets the log go and goes on with it", async () => {
    const tab = await site.tab();
    await openIn(tab, { name: "kept" });
    await tab.evaluate(() => {
      addEventListener("pageshow", ({ persisted }: PageTransitionEvent) =>
        Object.assign(globalThis, { persisted }),
      );
    });
    const acknowledged: Acknowledged = new Map();
    await loadIn(tab, acknowledged, { label: "before", callers: 20, enough: 200 });
    await tab.goto(`${site.address}/elsewhere`);
    await loaded(tab);
    await openIn(tab, { name: "kept" });
    acknowledged.set(await append(tab, "elsewhere"), "elsewhere");
    await tab.goBack({ waitUntil: "commit" });
    await tab.waitForFunction(() => (globalThis as { persisted?: boolean }).persisted === true);
    acknowledged.set(await append(tab, "after"), "after");
    // Callers that were not in the middle of it go on while the log is read.
    const soFar = new Map(acknowledged);
    expectKept(await recordsIn(tab), soFar);
    const failure = await tab.evaluate(
      () => (globalThis as { loadError?: { code?: string } }).loadError?.code,
    );
    expect([undefined, "WAL_OUTCOME_UNKNOWN"]).toContain(failure);
    await tab.close();
  });
});
