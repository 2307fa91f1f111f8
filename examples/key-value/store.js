/**
 * A key-value store that loses nothing: changes go to a log, the state lives in memory, a snapshot lets
 * the log forget what is in it. Restart: the last snapshot, and the changes since.
 */
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { Wal, isWalError } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";

export class Store {
  #wal;
  #directory;
  #values = new Map();
  /** The last change that is in `#values`. */
  #lsn = 0;
  /** Changes that have an LSN and are not on disk yet, in order. */
  #pending = [];
  #snapshotting = Promise.resolve();

  static async open(directory) {
    const store = new Store();
    store.#directory = directory;
    await mkdir(directory, { recursive: true });
    store.#wal = await Wal.open({
      storage: nodeStorage(join(directory, "log")),
      segmentBytes: 1024 * 1024,
      keepSegments: 0, // a snapshot holds all that older segments hold
    });
    const snapshot = await readSnapshot(join(directory, "snapshot.json"));
    if (snapshot !== undefined) {
      store.#values = new Map(snapshot.entries);
      store.#lsn = snapshot.lsn;
    }
    for await (const { lsn, payload } of store.#wal.read({ from: store.#lsn + 1 })) {
      store.#apply(lsn, JSON.parse(new TextDecoder().decode(payload)));
    }
    return store;
  }

  get size() {
    return this.#values.size;
  }

  get(key) {
    return this.#values.get(key);
  }

  entries() {
    return this.#values.entries();
  }

  /** Resolves when the change is on disk; only then does `get` see it. */
  async set(key, value) {
    await this.#change({ key, value });
  }

  async delete(key) {
    await this.#change({ key });
  }

  /** Writes the state to a file, and lets the log drop what the file holds. */
  snapshot() {
    // One after the other: two must not write the same file.
    this.#snapshotting = this.#snapshotting.then(
      () => this.#snapshot(),
      () => this.#snapshot(),
    );
    return this.#snapshotting;
  }

  async close() {
    await this.#wal.close();
  }

  async #change(change) {
    const bytes = new TextEncoder().encode(JSON.stringify(change));
    await this.#wal.durable(await this.#append(bytes, change));
    // In the order of the log, which is what a restart will see.
    while (this.#pending.length > 0 && this.#pending[0].lsn <= this.#wal.durableLsn) {
      const next = this.#pending.shift();
      this.#apply(next.lsn, next.change);
    }
  }

  async #append(bytes, change) {
    for (;;) {
      try {
        const lsn = this.#wal.appendAsync(bytes);
        // Before anybody else gets an LSN: the list is in the order of the log.
        this.#pending.push({ lsn, change });
        return lsn;
      } catch (error) {
        if (!isWalError(error, "WAL_BACKPRESSURE")) throw error;
        await this.#wal.ready();
      }
    }
  }

  #apply(lsn, { key, value }) {
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, value);
    this.#lsn = lsn;
  }

  async #snapshot() {
    const lsn = this.#lsn;
    const text = JSON.stringify({ lsn, entries: [...this.#values] });
    await replaceFile(join(this.#directory, "snapshot.json"), text);
    // Not before the file is safe: from here on the log may forget.
    await this.#wal.checkpoint(lsn);
  }
}

async function readSnapshot(path) {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** The old content or the new one, never half of it, whatever happens meanwhile. */
async function replaceFile(path, text) {
  const file = await open(`${path}.new`, "w");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  const directory = await open(join(path, ".."), "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
