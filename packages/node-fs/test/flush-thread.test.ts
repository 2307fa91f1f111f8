/** A log in a thread of its own: the same promises, and what its death means for everybody. */
import { execFile } from "node:child_process";
import { EventEmitter } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type HostThread, type Storage, Wal, memoryStorage } from "@stria/core";
import { expect, describe, test } from "vitest";
import { nodeStorage } from "../src/index.ts";
import { missing, otherRuntimes, thisNode } from "./support/runtimes.ts";
import { temporaryDirectory } from "./support/temporary.ts";

const fixture = fileURLToPath(new URL("fixtures/threads/flusher-exits.mjs", import.meta.url));
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

async function texts(directory: string): Promise<string[]> {
  const wal = await Wal.open({ storage: nodeStorage(directory) });
  const found: string[] = [];
  for await (const { payload } of wal.read()) found.push(new TextDecoder().decode(payload));
  await wal.close();
  return found;
}

/** A storage whose thread the test can kill. */
function mortal(directory: string): { storage: Storage; kill: () => Promise<void> } {
  const storage = nodeStorage(directory);
  let thread: HostThread | undefined;
  const host = (): HostThread => {
    thread = storage.host!();
    return thread;
  };
  return {
    storage: Object.assign(Object.create(storage) as Storage, { host }),
    kill: async () => thread?.end(),
  };
}

describe("a log in a thread of its own", () => {
  test.each(["synchronous", "group-commit", "async", "async-batched"] as const)(
    "%s: every way to append, read and wait",
    async (mode) => {
      const directory = join(temporaryDirectory(), "log");
      const storage = nodeStorage(directory);
      const wal = await Wal.open({ storage, flusher: "worker", durability: { mode } });
      expect(await wal.append(bytes("a"))).toBe(1);
      expect(await wal.appendBatch([bytes("b"), bytes("c")])).toEqual([2, 3]);
      const ticket = wal.appendAsync(bytes("d"));
      await wal.durable(ticket);
      expect(wal.appendSync(bytes("e"))).toBe(5);
      expect(wal.durableLsn).toBe(5);
      expect(wal.nextLsn).toBe(6);
      wal.appendAsync(bytes("f"));
      await wal.commit();
      expect(wal.durableLsn).toBe(6);
      const found: number[] = [];
      for await (const { lsn } of wal.read({ from: 2 })) found.push(lsn);
      expect(found).toEqual([2, 3, 4, 5, 6]);
      await wal.checkpoint(3);
      await wal.append(bytes("g"), { durability: "synchronous" });
      void wal.append(bytes("h"));
      await wal.close();
      expect(await texts(directory)).toEqual("a b c d e f g h".split(" "));
    },
  );

  test("what its open refuses comes back, and the thread with it", async () => {
    const directory = join(temporaryDirectory(), "log");
    const wal = await Wal.open({ storage: nodeStorage(directory) });
    const second = Wal.open({ storage: nodeStorage(directory), flusher: "worker" });
    await expect(second).rejects.toMatchObject({ code: "WAL_LOCKED" });
    await wal.close();
    const third = await Wal.open({ storage: nodeStorage(directory), flusher: "worker" });
    await third.close();
  });

  test("what cannot be sent to a thread is refused before one is started", async () => {
    const storage = nodeStorage(join(temporaryDirectory(), "log"));
    const open = (more: object): Promise<unknown> =>
      Wal.open({ storage, flusher: "worker", ...more });
    await expect(open({ cipher: { prepare: () => undefined } })).rejects.toThrow(TypeError);
    await expect(open({ checksum: () => 0 })).rejects.toThrow(TypeError);
    await expect(open({ clock: {} })).rejects.toThrow(TypeError);
    const absent = { module: "file:///does/not/exist.mjs" };
    await expect(open({ cipher: absent })).rejects.toMatchObject({ code: "WAL_UNSUPPORTED" });
    const memory = Wal.open({ storage: memoryStorage(), flusher: "worker" });
    await expect(memory).rejects.toMatchObject({ code: "WAL_UNSUPPORTED" });
  });

  test("its death rejects everybody who waits, nothing is accepted after it, nothing acknowledged is lost", async () => {
    const directory = join(temporaryDirectory(), "log");
    const { storage, kill } = mortal(directory);
    const wal = await Wal.open({ storage, flusher: "worker", stripeBytes: 4096 });
    const acknowledged: number[] = [];
    const failed: { code: string; details: { outcome?: string } }[] = [];
    const lane = async (): Promise<void> => {
      for (let i = 0; ; i++) {
        try {
          acknowledged.push(await wal.append(bytes(`${i}`)));
        } catch (error) {
          failed.push(error as (typeof failed)[number]);
          return;
        }
        if (acknowledged.length === 2000) void kill();
      }
    };
    await Promise.all(Array.from({ length: 64 }, lane));
    expect(failed).toHaveLength(64);
    for (const { code, details } of failed) {
      expect(["WAL_OUTCOME_UNKNOWN", "WAL_POISONED"]).toContain(code);
      expect(details.outcome).toBeDefined();
    }
    await expect(wal.append(bytes("x"))).rejects.toMatchObject({ code: "WAL_POISONED" });
    expect(() => wal.appendAsync(bytes("x"))).toThrow("has died");
    expect(() => wal.appendSync(bytes("x"))).toThrow("has died");
    await expect(wal.commit()).rejects.toMatchObject({ code: "WAL_CLOSED" });
    expect(wal.health.ok).toBe(false);
    await wal.close();
    const recovered = await texts(directory);
    expect(recovered.length).toBeGreaterThanOrEqual(Math.max(...acknowledged));
  });

  test.for([thisNode, ...otherRuntimes])(
    "its exit ends blocked appends, of its application and of workers: $name",
    { timeout: 60_000 },
    async (runtime, { skip }) => {
      const reason = missing(runtime);
      skip(reason !== undefined, reason);
      const args = [...runtime.args, fixture, join(temporaryDirectory(), "log")];
      const { stdout } = await promisify(execFile)(runtime.command, args, { timeout: 30_000 });
      const { here, there, close } = JSON.parse(stdout) as Record<string, string>;
      // Its thread may not have said yet that it is gone when the close begins.
      expect(["closed", "WAL_OUTCOME_UNKNOWN"]).toContain(close);
      // The later of the two may find the log ended before it begins.
      for (const end of [here, there]) {
        expect([
          "WAL_OUTCOME_UNKNOWN unknown",
          "WAL_OUTCOME_UNKNOWN not-written",
          "WAL_POISONED not-written",
        ]).toContain(end);
      }
    },
  );

  test("a worker that exits after the close, or while its handle is made, disturbs nobody", async () => {
    const directory = join(temporaryDirectory(), "log");
    const wal = await Wal.open({
      storage: nodeStorage(directory),
      flusher: "worker",
      stripes: 2,
    });
    const [early, late] = [new EventEmitter(), new EventEmitter()];
    const making = wal.producerHandle({ worker: early });
    early.emit("exit");
    await making;
    // Its stripe is free again: there is one besides the application's own.
    await wal.commit();
    await wal.producerHandle({ worker: late });
    await expect(wal.producerHandle()).rejects.toMatchObject({ code: "WAL_BACKPRESSURE" });
    await expect(wal.producerHandle({ path: "messages" })).rejects.toMatchObject({
      code: "WAL_UNSUPPORTED",
    });
    await wal.close();
    late.emit("exit");
    await new Promise((resolve) => setImmediate(resolve));
  });

  test("its death while nobody waits: whoever comes next is told", async () => {
    const { storage, kill } = mortal(join(temporaryDirectory(), "log"));
    const wal = await Wal.open({
      storage,
      flusher: "worker",
      durability: { mode: "async", flushIntervalMs: 0x7fff_ffff },
    });
    const ready = wal.durable(wal.appendAsync(bytes("a")));
    await kill();
    await expect(ready.then(() => wal.append(bytes("b")))).rejects.toMatchObject({
      details: { outcome: expect.any(String) as string },
    });
    await wal.close();
  });
});
