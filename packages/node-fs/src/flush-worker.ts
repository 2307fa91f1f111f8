/** The program of the flush thread: opens the log it is asked for with blocking writes, and serves it. */
import process from "node:process";
import { workerData } from "node:worker_threads";
import { type Cipher, Wal, WalError } from "@stria/core";
import type { CipherDescription } from "@stria/core";
import { type Port, type ThreadRequest, hostWal, withProducers } from "@stria/core/remote";
import type { FlushThreadData } from "./flush-thread.ts";
import { NodeStorage } from "./node-storage.ts";

const { port, directory, options } = workerData as FlushThreadData;

hostWal(port as Port, async (asked, onEvent) => {
  const { wal, cipher } = asked as ThreadRequest;
  const storage = new NodeStorage(directory, options);
  const made = cipher === undefined ? {} : { cipher: await makeCipher(cipher) };
  const hosted = withProducers(
    await Wal.open({ ...wal, ...made, storage, blockingWrites: true, onEvent }),
  );
  // An application that blocks in appendSync hears of no event: it is told by the dying thread itself.
  process.once("exit", () => hosted.lastWords());
  return hosted;
});

/** Imports the module and calls its export with the remaining properties. */
async function makeCipher(description: CipherDescription): Promise<Cipher> {
  const { module, export: name = "encryption", ...rest } = description;
  const url = typeof module === "string" ? module : module.href;
  let exports: Record<string, unknown>;
  try {
    exports = (await import(url)) as Record<string, unknown>;
  } catch (cause) {
    throw new WalError("WAL_UNSUPPORTED", `the flush thread cannot import cipher.module ${url}`, {
      cause,
    });
  }
  const make = exports[name];
  if (typeof make !== "function") {
    throw new TypeError(`cipher.module ${url} has no function named ${name}`);
  }
  return (make as (given: unknown) => Cipher)(rest);
}
