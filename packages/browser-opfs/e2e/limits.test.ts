/** What a page is told when something is in the way, and what stays usable: quota, workers, options, many lives. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright";
import { openIn, recordsIn } from "./support/load.ts";
import { Site, whyNot } from "./support/site.ts";

const cycles = Number(process.env["STRIA_CYCLES"] ?? 30);

/** What opening says on this page. */
function refusal(
  tab: Page,
  options: { name: string; worker?: string; tabs?: "exclusive" | "shared" },
): Promise<string> {
  return tab.evaluate(async ({ name, worker, tabs = "exclusive" }) => {
    try {
      const source =
        worker === undefined ? {} : { worker: () => new Worker(worker, { type: "module" }) };
      await (await stria.openWal({ name, tabs, ...source })).close();
      return "opened";
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      return `${code ?? "no code"}: ${message}`;
    }
  }, options);
}

describe.skipIf(whyNot() !== undefined)("limits", () => {
  let site: Site;
  let tab: Page;
  beforeAll(async () => {
    site = await Site.start();
    tab = await site.tab();
  });
  afterAll(() => site.close());

  test("a worker file that is not there", async () => {
    expect(await refusal(tab, { name: "w", worker: "/nowhere.js" })).toMatch(
      /^WAL_UNSUPPORTED: .*the worker does not start: its file could not be loaded/u,
    );
  });

  test("a page whose policy forbids workers", async () => {
    const strict = await site.tab("/no-workers");
    expect(await refusal(strict, { name: "w" })).toMatch(
      /^WAL_UNSUPPORTED: .*Content-Security-Policy/u,
    );
    await strict.close();
  });

  test.each(["page", "worker"])("a part of the %s that cannot be loaded", async (where) => {
    const file = where === "page" ? "stria-shared-home.js" : "worker-guests.js";
    site.lose(`/${file}`);
    const fresh = await site.tab();
    const shared = { name: `part-${where}`, tabs: "shared" } as const;
    expect(await refusal(fresh, shared)).toMatch(
      new RegExp(`^WAL_UNSUPPORTED: .*serve all files of the bundle.*${file}`, "u"),
    );
    // What does not need it works, and so does everything once the file is there again.
    expect(await refusal(fresh, { name: `part-${where}` })).toBe("opened");
    await fresh.close();
    site.restore(`/${file}`);
    const later = await site.tab();
    expect(await refusal(later, shared)).toBe("opened");
    await later.close();
  });

  test("bad options are refused on the page, before anything is started", async () => {
    const outcomes = await tab.evaluate(async () => {
      const wrong = [
        { name: "No" },
        { name: "a", tabs: "some" },
        { name: "a", storage: { slotBytes: 1 } },
      ];
      const said: string[] = [];
      for (const options of wrong) {
        await stria.openWal(options as never).catch((error: Error) => said.push(error.name));
      }
      await stria
        .openWal({ name: "a", durability: { mode: "sometimes" } as never })
        .catch((error: Error) => said.push(error.message));
      return said;
    });
    expect(outcomes.slice(0, 3)).toEqual(["RangeError", "TypeError", "RangeError"]);
    expect(outcomes[3]).toContain("durability.mode must be");
  });

  test("opening can be given up while another tab has the log", async () => {
    await openIn(tab, { name: "given-up" });
    const other = await site.tab();
    const code = await other.evaluate(async () => {
      const controller = new AbortController();
      const opening = stria.openWal({ name: "given-up", signal: controller.signal });
      setTimeout(() => controller.abort(), 20);
      return opening.catch((error: { code: string }) => error.code);
    });
    expect(code).toBe("WAL_ABORTED");
    await tab.evaluate(() => wal.close());
    await openIn(other, { name: "given-up" });
    await other.close();
  });

  test("no quota for a new log, and no quota in the middle of one", async () => {
    const session = await tab.context().newCDPSession(tab);
    const quota = (quotaSize?: number): Promise<unknown> =>
      session.send("Storage.overrideQuotaForOrigin", {
        origin: site.address,
        ...(quotaSize === undefined ? {} : { quotaSize }),
      });
    await quota(100_000);
    expect(await refusal(tab, { name: "no-room" })).toMatch(/^WAL_NO_SPACE: /u);
    await quota();
    await openIn(tab, {
      name: "filling",
      storage: { slotBytes: 262_144, initialSlots: 2, spareSlots: 0 },
    });
    const { usageBytes } = await tab.evaluate(() => wal.storageReport());
    await quota((usageBytes ?? 0) + 300_000);
    const outcome = await tab.evaluate(async () => {
      const acknowledged: number[] = [];
      const codes: string[] = [];
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          try {
            for (;;) acknowledged.push(await wal.append(new Uint8Array(5000)));
          } catch (error) {
            codes.push((error as { code: string }).code);
          }
        }),
      );
      const late = await wal.append(new Uint8Array(1)).catch((error: unknown) => error);
      const readable: number[] = [];
      for await (const { lsn } of wal.read()) readable.push(lsn);
      const { ok } = wal.health;
      const durable = wal.durableLsn;
      await wal.close();
      return {
        codes: [...new Set(codes)],
        late: (late as { code: string }).code,
        newest: Math.max(...acknowledged),
        readable: readable.length,
        durable,
        ok,
      };
    });
    // Whose group met the end of the quota, and whose came after it.
    expect(outcome.codes.toSorted()).toEqual(["WAL_NO_SPACE", "WAL_POISONED"]);
    expect(outcome).toMatchObject({ late: "WAL_POISONED", ok: false, readable: outcome.durable });
    expect(outcome.durable).toBeGreaterThanOrEqual(outcome.newest);
    await quota();
    await openIn(tab, { name: "filling", storage: { slotBytes: 262_144 } });
    expect((await recordsIn(tab)).size).toBeGreaterThanOrEqual(outcome.newest);
    expect(await tab.evaluate(() => wal.append(new Uint8Array(5000)))).toBeGreaterThan(
      outcome.newest,
    );
    await tab.evaluate(() => wal.close());
  });

  test("a log whose slots are all in use is freed by a checkpoint, and takes records again", async () => {
    const outcome = await tab.evaluate(async () => {
      const options = {
        name: "full",
        keepSegments: 0,
        storage: { slotBytes: 262_144, maxSlots: 4 },
      };
      const full = await stria.openWal(options);
      let newest = 0;
      let code = "";
      while (code === "") {
        await full.append(new Uint8Array(20_000)).then(
          (lsn) => (newest = lsn),
          (error: { code: string }) => (code = error.code),
        );
      }
      await full.close();
      const log = await stria.openWal(options);
      const kept = log.durableLsn >= newest;
      await log.checkpoint(log.durableLsn);
      const { slots } = await log.storageReport();
      const next = await log.append(new Uint8Array(20_000));
      await log.close();
      return { code, kept, used: slots?.used, wentOn: next > newest };
    });
    expect(outcome).toMatchObject({ code: "WAL_NO_SPACE", kept: true, wentOn: true });
    expect(outcome.used).toBeLessThan(4);
  });

  test("the report says what the log would survive, and what the browser grants", async () => {
    await openIn(tab, { name: "young" });
    const young = await tab.evaluate(() => wal.storageReport());
    expect(young).toMatchObject({ powerLossDurable: false, persisted: false });
    expect(young.concerns.join()).toContain("a power cut within about a minute may lose");
    expect(young.quotaBytes).toBeGreaterThan(0);
    expect(typeof (await tab.evaluate(() => wal.persist()))).toBe("boolean");
    await tab.evaluate(() => wal.close());
    await openIn(tab, { name: "old", storage: { namesSettleMs: 0 } });
    expect(await tab.evaluate(() => wal.storageReport())).toMatchObject({ powerLossDurable: true });
    await tab.evaluate(() => wal.close());
  });

  test("a destroyed log is gone, and cannot be destroyed while it is open", async () => {
    await openIn(tab, { name: "doomed" });
    await tab.evaluate(() => wal.append(new Uint8Array(10)));
    const code = await tab.evaluate(() =>
      stria
        .destroyWal("doomed", { lockTimeoutMs: 20 })
        .then(() => "destroyed")
        .catch((error: { code: string }) => error.code),
    );
    expect(code).toBe("WAL_LOCKED");
    await tab.evaluate(() => wal.close());
    await tab.evaluate(() => stria.destroyWal("doomed"));
    await openIn(tab, { name: "doomed" });
    expect((await recordsIn(tab)).size).toBe(0);
    await tab.evaluate(() => wal.close());
  });

  test(
    `${cycles} short lives fill neither the pool nor the disk`,
    { timeout: 20_000 + cycles * 400 },
    async () => {
      const report = await tab.evaluate(async (lives) => {
        const options = { name: "lives", keepSegments: 0, storage: { slotBytes: 1_048_576 } };
        for (let life = 0; life < lives; life++) {
          const log = await stria.openWal(options);
          const lsn = await log.append(new TextEncoder().encode(`${life}`));
          if (lsn !== life + 1) throw new Error(`life ${life} got LSN ${lsn}`);
          await log.close();
        }
        globalThis.wal = await stria.openWal(options);
        return wal.storageReport();
      }, cycles);
      expect((await recordsIn(tab)).size).toBe(cycles);
      expect(report.slots?.total).toBeLessThan(12);
      await tab.evaluate(() => wal.close());
    },
  );
});
