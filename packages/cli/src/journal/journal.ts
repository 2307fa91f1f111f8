/**
 * Journals the input into a log, many records in flight, and tells of a record only when it is
 * durable. What the log holds already is skipped, so it resumes after whatever ended it.
 */
import { createHash } from "node:crypto";
import { Wal } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";
import { decodeEntry, encodeEntry, readEntry } from "./entry.ts";
import { filesBelow, linesOf } from "./input.ts";
import type { ChildMessage, ChildTask } from "./messages.ts";
import { Permits } from "./permits.ts";

/** Files read at once: each takes several trips to the disk, and the log should not wait for one. */
const READERS = 16;

/** Tells the parent; resolves when the message is on its way. */
export type Tell = (message: ChildMessage) => Promise<void>;

export class Journal {
  readonly #task: ChildTask;
  readonly #tell: Tell;
  readonly #wal: Wal;
  readonly #permits: Permits;
  readonly #unreadable: string[] = [];
  #contentBytes = 0;
  #lsns: number[] = [];
  #digests: Uint8Array[] = [];
  #telling = false;
  #failure: unknown;

  private constructor(task: ChildTask, tell: Tell, wal: Wal) {
    this.#task = task;
    this.#tell = tell;
    this.#wal = wal;
    this.#permits = new Permits(task.inFlight);
  }

  static async open(task: ChildTask, tell: Tell): Promise<Journal> {
    const storage = nodeStorage(task.directory);
    const wal = await Wal.open({ storage, durability: { mode: "group-commit", maxDelayMs: 2 } });
    return new Journal(task, tell, wal);
  }

  /** Journals everything that is not in the log yet; resolves when all of it was acknowledged. */
  async run(): Promise<void> {
    if (this.#task.input.kind === "file") await this.#lines();
    else await this.#files();
    await this.#permits.all();
    if (this.#failure !== undefined) throw this.#failure;
    await this.#tell({ kind: "finished", unreadable: this.#unreadable });
  }

  close(): Promise<void> {
    return this.#wal.close();
  }

  /** Lines stand in the log in their order, so what is there is a prefix. */
  async #lines(): Promise<void> {
    const skipped = this.#wal.durableLsn;
    await this.#tell({ kind: "opened", skipped });
    let line = 0;
    for await (const record of linesOf(this.#task.input.path)) {
      if (++line <= skipped) continue;
      if (this.#failure !== undefined) return;
      await this.#permits.take();
      this.#contentBytes += record.length;
      this.#append(record);
    }
  }

  /** Files come in the order in which they were hashed; each is known by its path. */
  async #files(): Promise<void> {
    const known = new Set<string>();
    for await (const { payload } of this.#wal.read()) known.add(decodeEntry(payload).path);
    await this.#tell({ kind: "opened", skipped: known.size });
    const { input, directory } = this.#task;
    const paths = filesBelow(input.path, directory);
    const reader = async (): Promise<void> => {
      // The readers share one iterator: each path goes to one of them.
      for (;;) {
        const next = await paths.next();
        if (next.done === true || this.#failure !== undefined) return;
        if (!known.has(next.value)) await this.#file(next.value);
      }
    };
    await Promise.all(Array.from({ length: READERS }, reader));
  }

  async #file(path: string): Promise<void> {
    let record: Uint8Array;
    try {
      const entry = await readEntry(this.#task.input.path, path);
      this.#contentBytes += entry.size;
      record = encodeEntry(entry);
    } catch (error) {
      // Gone since it was listed, or not ours to read: reported at the end. Anything else is an error.
      const { code } = error as { code?: unknown };
      if (code !== "ENOENT" && code !== "EACCES" && code !== "EPERM") throw error;
      this.#unreadable.push(path);
      return;
    }
    await this.#permits.take();
    this.#append(record);
  }

  #append(record: Uint8Array): void {
    const digest = createHash("sha256").update(record).digest();
    void this.#acknowledge(this.#wal.append(record), digest);
  }

  async #acknowledge(appended: Promise<number>, digest: Uint8Array): Promise<void> {
    try {
      const lsn = await appended;
      // Only here is the record durable.
      this.#lsns.push(lsn);
      this.#digests.push(digest);
      if (!this.#telling) await this.#tellAll();
    } catch (error) {
      this.#failure ??= error;
      this.#permits.give(1);
    }
  }

  /** One message at a time; what becomes durable meanwhile goes into the next. */
  async #tellAll(): Promise<void> {
    this.#telling = true;
    try {
      // A group's callers are answered one after the other: let all of them get into the message.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      while (this.#lsns.length > 0) {
        const lsns = this.#lsns;
        const digests = Buffer.concat(this.#digests);
        this.#lsns = [];
        this.#digests = [];
        const contentBytes = this.#contentBytes;
        const { syncs } = this.#wal.stats();
        await this.#tell({ kind: "acknowledged", lsns, digests, contentBytes, syncs });
        this.#permits.give(lsns.length);
      }
    } finally {
      this.#telling = false;
    }
  }
}
