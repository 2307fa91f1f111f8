/** Other workers of a page append to its log: over shared memory where the page is isolated, else by message. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright";
import { expectKept, openIn, recordsIn } from "./support/load.ts";
import { workersUnderFire } from "./support/producers.ts";
import { Site, whyNot } from "./support/site.ts";

const ROUNDS = 6;

describe.skipIf(whyNot() !== undefined).each([
  { isolated: true, path: "shared-memory" },
  { isolated: false, path: "messages" },
])("isolated: $isolated", ({ isolated, path }) => {
  let site: Site;
  let tab: Page;
  beforeAll(async () => {
    site = await Site.start({ isolated });
    await site.serve("/producer-worker.js", new URL("support/producer-worker.ts", import.meta.url));
    tab = await site.tab();
  });
  afterAll(() => site.close());

  test(
    "eight workers, terminated at random: acknowledged records stay, in each worker's order",
    { timeout: 120_000 },
    async () => {
      expect(await tab.evaluate(() => crossOriginIsolated)).toBe(isolated);
      await openIn(tab, { name: "workers" });
      const outcome = await workersUnderFire(tab, ROUNDS);
      expect(outcome.failures).toEqual([]);
      expect(outcome).toMatchObject({ path, terminated: ROUNDS * 4 });
      await tab.evaluate(() => wal.close());
      await openIn(tab, { name: "workers" });
      const found = await recordsIn(tab);
      expectKept(found, new Map(outcome.acknowledged));
      const next = new Map<string, number>();
      for (const text of found.values()) {
        const [worker = "", count = ""] = text.split("/");
        expect(`${worker} ${count}`).toBe(`${worker} ${next.get(worker) ?? 0}`);
        next.set(worker, Number(count) + 1);
      }
      await tab.evaluate(() => wal.close());
    },
  );

  test("the page's own appends keep their order, whatever the call; tickets become durable", async () => {
    await openIn(tab, { name: "own" });
    const outcome = await tab.evaluate(async () => {
      const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
      const first = wal.append(bytes("a"));
      const ticket = wal.appendAsync(bytes("b"));
      const batch = wal.appendBatch([bytes("c"), bytes("d")]);
      await wal.durable(ticket);
      const lsns = [await first, ...(await batch)];
      wal.appendAsync(bytes("e"));
      await wal.commit();
      return { lsns, durable: wal.durableLsn, path: wal.stats().producers };
    });
    expect(outcome).toEqual({ lsns: [1, 3, 4], durable: expect.any(Number), path });
    expect(outcome.durable).toBeGreaterThanOrEqual(4);
    expect([...(await recordsIn(tab)).values()]).toEqual(["a", "b", "c", "d", "e"]);
    await tab.evaluate(() => wal.close());
  });

  test("when the log's worker is terminated, its producers and the page hear of it", async () => {
    const answers = await tab.evaluate(async () => {
      const hosts: Worker[] = [];
      const log = await stria.openWal({
        name: "deaths",
        worker() {
          const host = new Worker("/worker.js", { type: "module" });
          hosts.push(host);
          return host;
        },
      });
      const ticket = log.appendAsync(new Uint8Array([1]));
      await log.durable(ticket);
      const handle = await log.producerHandle();
      const producer = new Worker("/producer-worker.js", { type: "module" });
      const failed = new Promise<string>((resolve) => {
        producer.addEventListener("message", ({ data }) => {
          if (data.kind === "acknowledged") hosts[0]?.terminate();
          if (data.kind === "failed") resolve(data.error);
        });
      });
      const moved = [...handle.transfer] as Transferable[];
      producer.postMessage({ kind: "start", handle, label: "x" }, moved);
      const errors = [await failed];
      for (;;) {
        try {
          await log.append(new Uint8Array([2]));
        } catch (error) {
          errors.push((error as { code: string }).code);
          break;
        }
      }
      const known = await log.durable(ticket).then(
        () => "durable",
        (error: { code: string }) => error.code,
      );
      return { errors, known };
    });
    expect(answers.errors[0]).toMatch(/outcome|unknown|died|ended/iu);
    expect(answers.errors[1]).toMatch(/^WAL_(OUTCOME_UNKNOWN|CLOSED)$/u);
    expect(answers.known).toMatch(/^(durable|WAL_CLOSED)$/u);
  });
});
