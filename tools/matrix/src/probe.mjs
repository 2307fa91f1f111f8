/**
 * Runs under one runtime and says what the built packages do there, as one line of JSON: the storage
 * contract, simulated crashes, and each thing a runtime may have or not. Whatever fails, throws.
 *   probe.mjs <seeds of the crash explorer> <what starts this runtime …>
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { Wal, isWalError } from "@stria/core";
import { encryption, generateKey } from "@stria/encryption";
import { nodeStorage } from "@stria/node-fs";
import { crashExplorer, storageContract } from "@stria/testkit";

/** @typedef {import("./results.mjs").Seen} Seen */

const [seeds = "1", ...runtime] = process.argv.slice(2);
const place = mkdtempSync(join(tmpdir(), "stria-matrix-"));
let directories = 0;
const fresh = () => join(place, String(++directories));
const reservedAtOnce = "preallocate: a storage that claims it reserves the space at once";
const bytes = (/** @type {string} */ text) => new TextEncoder().encode(text);

try {
  /** @type {Seen} */
  const seen = {
    version: process.versions["bun"] ?? process.versions["deno"] ?? process.versions["node"],
    contract: await contract(),
    crashes: await crashes(),
    features: {
      lock: await lock(),
      producers: await producers(),
      flusherThread: await flusherThread(),
      blocking: await blocking(),
      crc32: nodeStorage(fresh()).crc32 === undefined ? "JavaScript" : "native",
      chacha: await cipher("chacha20-poly1305"),
      aes: await cipher("aes-256-gcm"),
    },
  };
  console.log(JSON.stringify(seen));
} finally {
  rmSync(place, { recursive: true, force: true });
}
// A runtime whose worker or child is slow to go must not keep the parent waiting.
process.exit(0);

/** The contract suite on real files, with a runner of three lines. */
async function contract() {
  /** @type {[string, () => Promise<void>][]} */
  const tests = [];
  const counts = { passed: 0, skipped: 0 };
  storageContract({
    test(name, run) {
      // Space is written while the file is, not by create: packages/node-fs/test/storage-contract.test.ts.
      if (name === reservedAtOnce) counts.skipped += 1;
      tests.push([name, name === reservedAtOnce ? async () => undefined : run]);
    },
    onSkip: () => (counts.skipped += 1),
    factory() {
      const directory = fresh();
      mkdirSync(directory);
      const open = () => nodeStorage(directory);
      const cleanup = () => rmSync(directory, { recursive: true, force: true });
      return { storage: open(), reopen: async () => open(), cleanup };
    },
  });
  for (const [name, run] of tests) {
    try {
      await run();
    } catch (cause) {
      throw new Error(`storage contract: ${name}`, { cause });
    }
  }
  counts.passed = tests.length - counts.skipped;
  return counts;
}

/** Recoveries after simulated crashes; a broken promise is an error. */
async function crashes() {
  const { cycles, findings } = await crashExplorer({
    open: ({ storage, clock, random }) =>
      Wal.open({ storage, clock, random, segmentBytes: 16 * 1024 }),
    seeds: Number(seeds),
    points: 12,
  });
  for (const { violation, message, replay } of findings) {
    throw new Error(`${violation}: ${message}, replay ${replay}`);
  }
  return cycles;
}

/** A second writer is refused, in this process and from another; a killed one holds nothing. */
async function lock() {
  const directory = fresh();
  const wal = await Wal.open({ storage: nodeStorage(directory) });
  await refused(directory);
  await wal.close();
  const [command = "", ...args] = runtime;
  const program = fileURLToPath(new URL("holder.mjs", import.meta.url));
  const holder = spawn(command, [...args, program, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = new Promise((resolve) => holder.once("close", resolve));
  await new Promise((resolve, reject) => {
    holder.stdout.once("data", resolve);
    void gone.then(() => reject(new Error("the holder ended by itself")));
  });
  await refused(directory);
  holder.kill("SIGKILL");
  await gone;
  await (await Wal.open({ storage: nodeStorage(directory) })).close();
  return "yes";
}

/** @param {string} directory */
async function refused(directory) {
  try {
    await (await Wal.open({ storage: nodeStorage(directory) })).close();
  } catch (error) {
    if (isWalError(error, "WAL_LOCKED")) return;
    throw error;
  }
  throw new Error("a second writer was let in");
}

/** Two worker threads append beside this one, and all of it is there. */
async function producers() {
  const directory = fresh();
  const wal = await Wal.open({ storage: nodeStorage(directory) });
  const path = wal.stats().producers;
  const ends = [1, 2].map(() => {
    const handle = wal.producerHandle();
    const worker = new Worker(new URL("producer.mjs", import.meta.url), {
      workerData: { handle, records: 50 },
      transferList: /** @type {import("node:worker_threads").MessagePort[]} */ (
        /** @type {unknown[]} */ ([...handle.transfer])
      ),
    });
    return new Promise((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
  });
  for (let i = 0; i < 50; i++) await wal.append(bytes("own"));
  await Promise.all(ends);
  await wal.close();
  await mustHold(directory, 150);
  return path === "shared-memory" ? "shared memory" : "messages";
}

/** The flusher in a thread of its own, with blocking writes. */
async function flusherThread() {
  const directory = fresh();
  const wal = await Wal.open({ storage: nodeStorage(directory), flusher: "worker" });
  await Promise.all(Array.from({ length: 50 }, (_, i) => wal.append(bytes(String(i)))));
  await wal.close();
  await mustHold(directory, 50);
  return "yes";
}

async function blocking() {
  const directory = fresh();
  const wal = await Wal.open({ storage: nodeStorage(directory) });
  for (let i = 0; i < 10; i++) wal.appendSync(bytes(String(i)));
  if (wal.durableLsn !== 10) throw new Error("appendSync returned before it was durable");
  await wal.close();
  await mustHold(directory, 10);
  return "yes";
}

/**
 * An encrypted log, written with what `auto` chooses and read with the JavaScript implementation.
 * @param {import("@stria/encryption").SuiteName} suite
 */
async function cipher(suite) {
  const directory = fresh();
  const keys = [generateKey()];
  const chosen = encryption({ keys, suite });
  const wal = await Wal.open({ storage: nodeStorage(directory), cipher: chosen });
  for (let i = 0; i < 10; i++) await wal.append(bytes(String(i)));
  await wal.close();
  await mustHold(directory, 10, encryption({ keys, suite, implementation: "noble" }));
  return chosen.implementation === "native" ? "native" : "JavaScript";
}

/**
 * @param {string} directory
 * @param {number} records
 * @param {import("@stria/core").Cipher} [decipher]
 */
async function mustHold(directory, records, decipher) {
  const storage = nodeStorage(directory);
  const options = decipher === undefined ? { storage } : { storage, cipher: decipher };
  const wal = await Wal.open(options);
  let found = 0;
  for await (const { lsn } of wal.read()) {
    if (lsn !== ++found) throw new Error(`LSN ${lsn} stands where ${found} should`);
  }
  await wal.close();
  if (found !== records) throw new Error(`${found} of ${records} records are there`);
}
