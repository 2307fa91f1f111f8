/**
 * Whatever dies under load, every acknowledgement that reached the outside is there afterwards. The
 * number of deaths of each kind is STRIA_KILLS, 2 if it is not set.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  browsersKilled,
  deathsTimeoutMs,
  renderersKilled,
  tabsClosed,
  workersTerminated,
} from "./support/deaths.ts";
import { openIn, recordsIn } from "./support/load.ts";
import { loaded, Site, whyNot } from "./support/site.ts";

describe.skipIf(whyNot() !== undefined).each([
  { way: "messages", isolated: false },
  { way: "shared memory", isolated: true },
])("over $way, acknowledged records outlive", ({ isolated }) => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.start({ isolated });
  });
  afterAll(() => site.close());

  test("a reload", async () => {
    const tab = await site.tab();
    await openIn(tab, { name: "reload" });
    await tab.evaluate(() => wal.append(new TextEncoder().encode("kept")));
    await tab.reload();
    await loaded(tab);
    await openIn(tab, { name: "reload" });
    expect(await recordsIn(tab)).toEqual(new Map([[1, "kept"]]));
    await tab.close();
  });

  test.each([
    ["tabs closed", tabsClosed],
    ["renderers killed", renderersKilled],
    ["browsers killed", browsersKilled],
    ["workers terminated", workersTerminated],
  ])("%s under load", { timeout: deathsTimeoutMs }, (_what, die) => die({ site }));

  test("a worker terminated under load, whose callers all get an answer", async () => {
    const tab = await site.tab();
    const outcome = await tab.evaluate(async () => {
      const workers: Worker[] = [];
      const worker = (): Worker => {
        workers.push(new Worker("/worker.js", { type: "module" }));
        return workers.at(-1)!;
      };
      const log = await stria.openWal({ name: "workers", worker });
      const acknowledged: number[] = [];
      const codes = new Set<unknown>();
      const callers = Array.from({ length: 50 }, async () => {
        try {
          for (;;) acknowledged.push(await log.append(new Uint8Array(100)));
        } catch (error) {
          codes.add((error as { code?: string }).code);
        }
      });
      const reader = (async () => {
        try {
          for await (const record of log.read({ follow: true })) void record;
          return "ended";
        } catch (error) {
          return (error as { code?: string }).code;
        }
      })();
      while (acknowledged.length < 1000) await new Promise((resolve) => setTimeout(resolve));
      workers[0]!.terminate();
      await Promise.all(callers);
      const read = await reader;
      const late = await log.append(new Uint8Array(1)).catch((error: unknown) => error);
      await log.close();
      const again = await stria.openWal({ name: "workers" });
      const { lastLsn } = again.recovery;
      await again.close();
      return {
        codes: [...codes],
        read,
        late: (late as { code?: string }).code,
        newest: Math.max(...acknowledged),
        lastLsn,
      };
    });
    expect(outcome.codes).toEqual(["WAL_OUTCOME_UNKNOWN"]);
    expect(outcome.read).toBe("WAL_CLOSED");
    expect(outcome.late).toBe("WAL_CLOSED");
    expect(outcome.lastLsn).toBeGreaterThanOrEqual(outcome.newest);
    await tab.close();
  });
});
