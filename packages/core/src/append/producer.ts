/**
 * The producer's end of a shared stripe, in a worker: copies records into its ring, takes an order
 * stamp, publishes, and sleeps on one word until the flusher has numbered or synced them. It takes no
 * lock and never waits for another producer. A blocking variant of everything exists for workers.
 */
import { systemClock } from "../clock.ts";
import { WalError } from "../errors.ts";
import { RECORD_PREFIX_BYTES } from "../format/records.ts";
import { type AbortSignalLike, abortError } from "../signal.ts";
import { Publisher } from "./publisher.ts";
import {
  DEMAND,
  DETACHED,
  DURABLE,
  END_CODES,
  LOG_STATE,
  NUMBERED,
  OPEN,
  SIGNAL,
  STATE,
  type SharedStripeMemory,
  WAITING,
  ahead,
} from "./shared-stripe.ts";
import { encodedBytes } from "./stripe.ts";

/** What `wal.producerHandle()` gives: plain data around shared memory, to be posted to a worker. */
export interface SharedProducerHandle {
  readonly kind: "stria-shared-producer";
  readonly memory: SharedStripeMemory;
  readonly maxRecordBytes: number;
  readonly maxAppendBlockMs: number;
  /** `append` resolves after the sync (else after the record is numbered). */
  readonly waits: boolean;
}

export interface ProducerAppendOptions {
  readonly signal?: AbortSignalLike;
  readonly durability?: "synchronous";
}

interface Waiter {
  readonly entry: number;
  readonly word: number;
  readonly resolve: (lastLsn: number) => void;
  readonly reject: (error: Error) => void;
}

type WaitAsync = (
  array: Int32Array,
  index: number,
  value: number,
  timeoutMs?: number,
) => { async: false; value: string } | { async: true; value: Promise<string> };

/** Where the runtime has it; without it shared stripes are not used. */
export const waitAsync: WaitAsync | undefined = (
  Atomics as unknown as { waitAsync?: WaitAsync }
).waitAsync?.bind(Atomics);

/** Attaches this thread to a log; `handle` comes from `wal.producerHandle()` on the log's own thread. */
export function attachProducer(handle: SharedProducerHandle): Producer {
  return new Producer(handle);
}

/** Appends to a log from another thread. Get one with `attachProducer(handle)`. */
export class Producer {
  readonly #handle: SharedProducerHandle;
  readonly #publisher: Publisher;
  readonly #cursors: Int32Array;
  /** By entry; answered in order. */
  #waiters: Waiter[] = [];
  /** Calls that wait for room, in order. */
  #blocked: (() => boolean)[] = [];
  #listening = false;
  #detached = false;
  #tickets = 0;
  readonly #base: number;

  constructor(handle: SharedProducerHandle) {
    this.#handle = handle;
    this.#publisher = new Publisher(handle.memory);
    this.#cursors = handle.memory.ring.cursors;
    this.#base = this.#publisher.entries;
  }

  /** As `wal.append`. @throws WalError as there */
  append(record: Uint8Array, options: ProducerAppendOptions = {}): Promise<number> {
    return this.#submit([record], options);
  }

  /** As `wal.appendBatch`: all or nothing, contiguous LSNs. */
  async appendBatch(
    records: readonly Uint8Array[],
    options: ProducerAppendOptions = {},
  ): Promise<number[]> {
    if (records.length === 0) return [];
    const last = await this.#submit(records, options);
    return records.map((_, i) => last - records.length + 1 + i);
  }

  /** Appends and returns a ticket at once, for {@link durable}. @throws WalError `WAL_BACKPRESSURE` */
  appendAsync(record: Uint8Array): number {
    const bytes = this.#check([record]);
    if (this.#blocked.length > 0 || !this.#room(bytes)) {
      this.#publisher.countWait();
      throw new WalError("WAL_BACKPRESSURE", this.#publisher.describe(), {
        details: { outcome: "not-written" },
      });
    }
    this.#publisher.publish([record], bytes);
    return this.#ticket();
  }

  /** Resolves when the record of this ticket is on disk. */
  async durable(ticket: number, options: { signal?: AbortSignalLike } = {}): Promise<void> {
    if (!Number.isSafeInteger(ticket) || ticket < 1 || ticket > this.#ticket()) {
      throw new RangeError(
        `ticket must be an integer from 1 to ${this.#tickets}, not ${String(ticket)}`,
      );
    }
    this.#demand();
    await this.#wait((this.#base + ticket) | 0, DURABLE, options.signal);
  }

  /** Appends and blocks this thread until the record is durable; only where `Atomics.wait` is allowed. */
  appendSync(record: Uint8Array): number {
    const bytes = this.#check([record]);
    const deadline = this.#deadline();
    const plan = this.#publisher.plan([record], bytes);
    while (!plan.step()) this.#sleepUntil(deadline, () => plan.fits());
    const entry = this.#publisher.entries;
    this.#demand();
    this.#sleepUntil(Infinity, () => ahead(Atomics.load(this.#cursors, DURABLE), entry) >= 0);
    return this.#publisher.lsnOf(entry);
  }

  /** Gives the stripe back. Waits until everything appended is durable; idempotent. */
  async detach(): Promise<void> {
    if (this.#detached) return;
    this.#detached = true;
    const entry = this.#publisher.entries;
    try {
      this.#demand();
      await this.#wait(entry, DURABLE, undefined);
    } finally {
      Atomics.store(this.#cursors, STATE, DETACHED);
      this.#publisher.wake();
    }
  }

  async #submit(records: readonly Uint8Array[], options: ProducerAppendOptions): Promise<number> {
    const bytes = this.#check(records);
    const { signal } = options;
    if (signal?.aborted === true) throw abortError(signal, "nothing was appended");
    let entry: number;
    if (this.#blocked.length === 0 && this.#room(bytes)) {
      this.#publisher.publish(records, bytes);
      entry = this.#publisher.entries;
    } else {
      entry = await this.#whenRoom(records, bytes, signal);
    }
    const stronger = options.durability === "synchronous";
    if (stronger) this.#demand();
    return this.#wait(entry, this.#handle.waits || stronger ? DURABLE : NUMBERED, signal);
  }

  #check(records: readonly Uint8Array[]): number {
    if (this.#detached) throw new WalError("WAL_CLOSED", "the producer is detached");
    this.#refuseIfOver();
    for (const record of records) {
      if (!(record instanceof Uint8Array)) throw new TypeError("a record must be a Uint8Array");
    }
    const bytes = encodedBytes(records);
    const payload = bytes - records.length * RECORD_PREFIX_BYTES;
    if (payload <= this.#handle.maxRecordBytes) return bytes;
    const most = this.#handle.maxRecordBytes;
    throw new WalError("WAL_RECORD_TOO_LARGE", `${payload} bytes, at most ${most} are allowed`, {
      details: { outcome: "not-written" },
    });
  }

  #room(bytes: number): boolean {
    if (this.#publisher.fits(bytes)) return true;
    // Answers that have arrived free entry slots.
    this.#answer();
    return this.#publisher.fits(bytes);
  }

  /** Entries published since this producer was attached, exact beyond 2^32. */
  #ticket(): number {
    const last = this.#base + this.#tickets;
    this.#tickets += ahead(this.#publisher.entries, last | 0);
    return this.#tickets;
  }

  /** Waits for room in turn; a record larger than the stripe goes through it piece by piece. */
  #whenRoom(
    records: readonly Uint8Array[],
    bytes: number,
    signal: AbortSignalLike | undefined,
  ): Promise<number> {
    this.#publisher.countWait();
    const copies = records.map((record) => record.slice());
    const plan = this.#publisher.plan(copies, bytes);
    const deadline = this.#deadline();
    return new Promise((resolve, reject) => {
      this.#blocked.push(() => {
        const late = this.#now() >= deadline;
        if (!plan.begun && (late || signal?.aborted === true || this.#ended() !== undefined)) {
          reject(this.#ended() ?? this.#givenUp(signal));
          return true;
        }
        if (!plan.step()) return false;
        resolve(this.#publisher.entries);
        return true;
      });
      this.#listen();
    });
  }

  #givenUp(signal: AbortSignalLike | undefined): WalError {
    if (signal?.aborted === true) return abortError(signal, "nothing was appended");
    return new WalError("WAL_BACKPRESSURE", this.#publisher.describe(), {
      details: { outcome: "not-written" },
    });
  }

  #wait(entry: number, word: number, signal: AbortSignalLike | undefined): Promise<number> {
    return new Promise((resolve, reject) => {
      const waiter = { entry, word, resolve, reject };
      this.#waiters.push(waiter);
      signal?.addEventListener(
        "abort",
        () => {
          this.#waiters = this.#waiters.filter((other) => other !== waiter);
          reject(abortError(signal, "the record may still become durable"));
        },
        { once: true },
      );
      this.#listen();
    });
  }

  /** Sleeps on SIGNAL as long as anybody waits. WAITING first, then SIGNAL, then the look: nothing is missed. */
  #listen(): void {
    if (this.#listening || waitAsync === undefined) return;
    this.#listening = true;
    void this.#listenLoop(waitAsync);
  }

  async #listenLoop(wait: WaitAsync): Promise<void> {
    // A sleep on shared memory does not keep a worker alive; who waits for an answer must live to get it.
    const letGo = systemClock.timer(() => undefined, 0x7fff_ffff);
    while (this.#waiters.length + this.#blocked.length > 0) {
      Atomics.store(this.#cursors, WAITING, 1);
      const signal = Atomics.load(this.#cursors, SIGNAL);
      this.#answer();
      this.#unblock();
      if (this.#waiters.length + this.#blocked.length === 0) break;
      const patience = this.#blocked.length > 0 ? this.#handle.maxAppendBlockMs : Infinity;
      const slept = wait(this.#cursors, SIGNAL, signal, patience);
      await slept.value;
    }
    letGo();
    this.#listening = false;
  }

  #answer(): void {
    const numbered = Atomics.load(this.#cursors, NUMBERED);
    const durable = Atomics.load(this.#cursors, DURABLE);
    const ended = this.#ended();
    const left: Waiter[] = [];
    for (const waiter of this.#waiters) {
      const reached = waiter.word === DURABLE ? durable : numbered;
      if (ahead(reached, waiter.entry) >= 0) waiter.resolve(this.#publisher.lsnOf(waiter.entry));
      else if (ended === undefined) left.push(waiter);
      else waiter.reject(ended);
    }
    this.#waiters = left;
  }

  #unblock(): void {
    while (this.#blocked.length > 0 && this.#blocked[0]!()) this.#blocked.shift();
  }

  #demand(): void {
    Atomics.store(this.#cursors, DEMAND, 1);
    this.#publisher.wake();
  }

  #sleepUntil(deadline: number, ready: () => boolean): void {
    for (;;) {
      Atomics.store(this.#cursors, WAITING, 1);
      const signal = Atomics.load(this.#cursors, SIGNAL);
      if (ready()) return;
      this.#refuseIfOver();
      const left = deadline - this.#now();
      if (left <= 0) throw this.#givenUp(undefined);
      Atomics.wait(this.#cursors, SIGNAL, signal, left);
    }
  }

  #ended(): WalError | undefined {
    const state = Atomics.load(this.#handle.memory.control, LOG_STATE);
    if (state === OPEN) return undefined;
    const code = END_CODES[state - 1] ?? "WAL_POISONED";
    return new WalError(code, "the log this producer appends to has ended", {
      details: { outcome: "unknown" },
    });
  }

  #refuseIfOver(): void {
    const ended = this.#ended();
    if (ended !== undefined) throw ended;
  }

  #now(): number {
    return systemClock.monotonic();
  }

  #deadline(): number {
    return this.#now() + this.#handle.maxAppendBlockMs;
  }
}
