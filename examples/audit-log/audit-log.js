/**
 * An audit log: who did what, encrypted, and nobody can change, remove or roll back an entry unseen.
 * Every group is sealed under the key and bound to those before it; the head of the log, kept
 * elsewhere, tells when entries at the end are missing.
 */
import { readFile, writeFile } from "node:fs/promises";
import { Wal } from "@stria/core";
import { verifyLog } from "@stria/core/inspect";
import { encryption, generateKey } from "@stria/encryption";
import { nodeStorage } from "@stria/node-fs";

export class AuditLog {
  #wal;
  #headFile;

  /** `headFile` belongs on another machine than the log: whoever has both, and the key, can forge it. */
  static async open({ directory, keys, headFile }) {
    const log = new AuditLog();
    log.#headFile = headFile;
    const minHead = await readHead(headFile);
    log.#wal = await Wal.open({
      storage: nodeStorage(directory),
      cipher: encryption({ keys }),
      // WAL_ROLLBACK if the log no longer has the entry it is known to have had.
      ...(minHead === undefined ? {} : { minHead }),
    });
    return log;
  }

  /** Resolves to the entry's number when it is on disk. */
  async record(who, what) {
    return await this.#wal.append(new TextEncoder().encode(JSON.stringify({ who, what })));
  }

  async *entries() {
    for await (const { lsn, timestamp, payload } of this.#wal.read()) {
      yield { lsn, time: new Date(timestamp), ...JSON.parse(new TextDecoder().decode(payload)) };
    }
  }

  /** Notes how far the log reaches. What was recorded after the last note can be cut off unseen. */
  async noteHead() {
    await this.#wal.commit();
    await writeFile(this.#headFile, JSON.stringify(this.#wal.head()), { flush: true });
  }

  async close() {
    await this.noteHead();
    await this.#wal.close();
  }
}

/** Reads every byte and checks every seal; then opens the log, which compares it with its head. */
export async function verify(options) {
  const cipher = encryption({ keys: options.keys });
  const found = await verifyLog(nodeStorage(options.directory), { cipher });
  if (!found.sound) {
    const { segment, message } = found.findings.find(({ severity }) => severity === "damage");
    throw new Error(`${segment}: ${message}`);
  }
  const log = await AuditLog.open(options);
  await log.close();
  return found.records;
}

/**
 * The key in the file, which is made if it is not there. Without it the log is gone: back it up. To keep
 * it under a passphrase see `createEnvelope`; to fetch it from elsewhere, `encryption({ provider })`.
 */
export async function unlock(path) {
  try {
    return [new Uint8Array(await readFile(path))];
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  const key = generateKey();
  await writeFile(path, key, { mode: 0o600, flag: "wx", flush: true });
  return [key];
}

async function readHead(path) {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}
