/**
 * A log of a hundred lines that keeps its promises, and the bugs that can be put into it: what the crash
 * explorer is tested on. Every life rewrites the whole log into a new file; a frame is one call.
 */
import { WalError, type Storage, type StorageFile, type StorageLock } from "@stria/core";
import type { CrashableLog, OpenContext, OpenLog } from "../../src/index.ts";

/** Each makes one promise false. */
export type ToyBug =
  | "ack before sync"
  | "no directory sync"
  | "sync covers what arrives during it"
  | "no checksum"
  | "retry after a failed sync"
  | "batch in one frame a record"
  | "old file removed before the new one is durable"
  | "recovered tail not written again"
  | "file name used again"
  | "tail cut off in place"
  | "first bad byte makes the log refuse"
  | "close without draining"
  | "append that is forgotten";

const headBytes = 20;
/** Plus the number of the file: what a removed file left on the platter is no frame of a new one. */
const magic = 0xf00d;

/** Opens a toy log, with a bug or without. */
export function toyLog(bug?: ToyBug): OpenLog {
  return (context) => ToyLog.open(context, bug);
}

interface Frame {
  readonly payloads: readonly Uint8Array[];
  readonly done: (lsns: number[]) => void;
  readonly failed: (error: unknown) => void;
  readonly firstLsn: number;
}

class ToyLog implements CrashableLog {
  readonly firstLsn = 1;
  readonly checkpointLsn = 0;
  durableLsn = 0;
  nextLsn = 1;
  health: { ok: boolean } = { ok: true };
  #records: Uint8Array[] = [];
  #queue: Frame[] = [];
  #flushing: Promise<void> | undefined;
  #at = 0;
  #id = 0;
  readonly #bug: ToyBug | undefined;
  readonly #lock: StorageLock;
  #file: StorageFile | undefined;

  private constructor(lock: StorageLock, bug: ToyBug | undefined) {
    this.#lock = lock;
    this.#bug = bug;
  }

  static async open({ storage }: OpenContext, bug?: ToyBug): Promise<ToyLog> {
    const lock = await storage.lock();
    try {
      const log = new ToyLog(lock, bug);
      await log.#recover(storage);
      return log;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  async #recover(storage: Storage): Promise<void> {
    const names = (await storage.list()).toSorted();
    for (const name of names.toReversed()) {
      const found = await this.#readFile(storage, name);
      if (found === undefined) continue;
      this.#records = found;
      break;
    }
    const last = Number(names.at(-1)?.slice(0, 8) ?? 0);
    const id = this.#bug === "file name used again" ? last + (names.length > 1 ? 0 : 1) : last + 1;
    this.#id = id;
    const name = `${String(id).padStart(8, "0")}.wal`;
    if (names.includes(name)) await storage.remove(name);
    this.#file = await storage.create(name);
    const carried = this.#bug === "recovered tail not written again" ? [] : this.#records;
    await this.#write(frameOf(carried, 1, id));
    if (this.#bug === "old file removed before the new one is durable") await sweep(storage, name);
    await this.#file.sync();
    if (this.#bug !== "no directory sync") await storage.syncDirectory();
    if (carried.length === this.#records.length) await sweep(storage, name);
    this.durableLsn = this.#records.length;
    this.nextLsn = this.durableLsn + 1;
  }

  async #readFile(storage: Storage, name: string): Promise<Uint8Array[] | undefined> {
    const file = await storage.open(name);
    const bytes = new Uint8Array(await file.size());
    await file.read(bytes, 0);
    const records: Uint8Array[] = [];
    let at = 0;
    for (;;) {
      const wanted = { lsn: records.length + 1, id: Number(name.slice(0, 8)) };
      const frame = parse(bytes, at, wanted, this.#bug === "no checksum");
      if (frame === undefined) break;
      records.push(...frame.payloads);
      at = frame.end;
    }
    if (at < bytes.length && this.#bug === "first bad byte makes the log refuse") {
      throw new WalError("WAL_CORRUPT", "bytes behind the last frame");
    }
    if (at < bytes.length && this.#bug === "tail cut off in place") await file.truncate(at);
    await file.close();
    return at === 0 ? undefined : records;
  }

  async append(payload: Uint8Array): Promise<number> {
    const [lsn = 0] = await this.appendBatch([payload]);
    return lsn;
  }

  async appendBatch(payloads: readonly Uint8Array[]): Promise<number[]> {
    if (this.#bug === "batch in one frame a record" && payloads.length > 1) {
      const lsns = await Promise.all(payloads.map((payload) => this.#enqueue([payload])));
      return lsns.flat();
    }
    return this.#enqueue(payloads);
  }

  appendAsync(payload: Uint8Array): number {
    if (!this.health.ok) throw poisoned();
    const lsn = this.nextLsn;
    this.#enqueue([payload]).catch(() => {
      /* `durable` reports it, a WalError of the failed flush */
    });
    return lsn;
  }

  async durable(lsn: number): Promise<void> {
    await this.commit();
    if (lsn > this.durableLsn) throw poisoned();
  }

  async commit(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
    if (!this.health.ok) throw poisoned();
  }

  flush(): Promise<void> {
    return this.commit();
  }

  async *read({ from }: { from: number }): AsyncGenerator<{ lsn: number; payload: Uint8Array }> {
    for (let lsn = from; lsn <= this.durableLsn; lsn++) {
      yield { lsn, payload: this.#records[lsn - 1] ?? new Uint8Array(0) };
    }
  }

  async close(): Promise<void> {
    if (this.#bug !== "close without draining") await this.#flushing;
    try {
      await this.#lock.release();
    } catch {
      // The device's error, not this log's: the lock dies with its process.
    }
  }

  #enqueue(payloads: readonly Uint8Array[]): Promise<number[]> {
    if (!this.health.ok) return Promise.reject(poisoned());
    const { nextLsn: firstLsn } = this;
    this.nextLsn += payloads.length;
    this.#records.push(...payloads.map((payload) => payload.slice()));
    return new Promise((done, failed) => {
      this.#queue.push({ payloads: payloads.map((one) => one.slice()), done, failed, firstLsn });
      this.#flushing ??= this.#flush().finally(() => {
        this.#flushing = undefined;
      });
    });
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#queue.splice(0, this.#bug === "append that is forgotten" ? 3 : Infinity);
      try {
        for (const { payloads, firstLsn } of group) {
          await this.#write(frameOf(payloads, firstLsn, this.#id));
        }
        if (this.#bug === "append that is forgotten" && this.#queue.length > 2) this.#queue.pop();
        if (this.#bug === "ack before sync") this.#settle(group);
        await this.#sync();
        if (this.#bug === "sync covers what arrives during it")
          group.push(...this.#queue.splice(0));
        this.#settle(group);
      } catch (error) {
        this.health = { ok: false };
        for (const frame of [...group, ...this.#queue.splice(0)]) {
          frame.failed(new WalError("WAL_POISONED", "a flush failed", { cause: error }));
        }
      }
    }
  }

  async #sync(): Promise<void> {
    try {
      await this.#file?.sync();
    } catch (error) {
      if (this.#bug !== "retry after a failed sync") throw error;
      await this.#file?.sync();
    }
  }

  #settle(group: readonly Frame[]): void {
    for (const { payloads, firstLsn, done } of group) {
      this.durableLsn = Math.max(this.durableLsn, firstLsn + payloads.length - 1);
      done(payloads.map((_, i) => firstLsn + i));
    }
  }

  async #write(frame: Uint8Array): Promise<void> {
    await this.#file?.write(frame, this.#at);
    this.#at += frame.length;
  }
}

async function sweep(storage: Storage, keep: string): Promise<void> {
  for (const name of await storage.list()) if (name !== keep) await storage.remove(name);
}

function poisoned(): WalError {
  return new WalError("WAL_POISONED", "a flush failed before");
}

function frameOf(payloads: readonly Uint8Array[], firstLsn: number, id: number): Uint8Array {
  const bodyBytes = payloads.reduce((sum, { length }) => sum + 4 + length, 0);
  const frame = new Uint8Array(headBytes + bodyBytes);
  const view = new DataView(frame.buffer);
  view.setUint32(4, bodyBytes);
  view.setUint32(8, payloads.length);
  view.setUint32(12, firstLsn);
  view.setUint32(16, magic + id);
  let at = headBytes;
  for (const payload of payloads) {
    view.setUint32(at, payload.length);
    frame.set(payload, at + 4);
    at += 4 + payload.length;
  }
  view.setUint32(0, checksum(frame.subarray(4)));
  return frame;
}

function parse(
  bytes: Uint8Array,
  at: number,
  wanted: { readonly lsn: number; readonly id: number },
  trusting: boolean,
): { payloads: Uint8Array[]; end: number } | undefined {
  if (bytes.length - at < headBytes) return undefined;
  const view = new DataView(bytes.buffer, at);
  const end = at + headBytes + view.getUint32(4);
  if (view.getUint32(16) !== magic + wanted.id || end > bytes.length) return undefined;
  const intact = view.getUint32(0) === checksum(bytes.subarray(at + 4, end));
  if (!trusting && (!intact || view.getUint32(12) !== wanted.lsn)) return undefined;
  const payloads: Uint8Array[] = [];
  let from = headBytes;
  for (let i = view.getUint32(8); i > 0 && at + from + 4 <= end; i--) {
    const length = view.getUint32(from);
    payloads.push(bytes.slice(at + from + 4, at + from + 4 + length));
    from += 4 + length;
  }
  return { payloads, end };
}

function checksum(bytes: Uint8Array): number {
  let sum = 0x811c9dc5;
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01000193);
  return sum >>> 0;
}
