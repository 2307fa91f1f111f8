/**
 * The producer's end of a shared stripe, in a worker: copies records into its ring, publishes, and
 * sleeps on one word until the flusher has numbered or synced them. It takes no lock and never waits
 * for another producer. Everything has a blocking twin inside `appendSync`.
 */
import { type Clock, systemClock } from "../clock.ts";
import { lsnsFrom } from "../format/records.ts";
import { type AbortSignalLike, abortError } from "../signal.ts";
import { type BlockedAppend, BlockedAppends } from "./blocked-appends.ts";
import { type Caller, EntryWaiters } from "./entry-waiters.ts";
import type { Producer, ProducerAppendOptions } from "./producer.ts";
import { largerThanStripe } from "./record-limits.ts";
import { ProducerState } from "./producer-state.ts";
import { awake, goingToSleep, sleep, sleepBlocking, stir, wantRoom } from "./producer-sleep.ts";
import { type PublishPlan, Publisher } from "./publisher.ts";
import type { SharedProducerHandle } from "./shared-handle.ts";
import { DEMAND } from "./shared-stripe.ts";

/** A sleep on shared memory does not keep a worker alive; who waits for an answer must live to get it. */
const ALIVE_MS = 0x7fff_ffff;

export class SharedProducer implements Producer {
  /** Newest LSN of this producer's records and of its durable ones, as of the last answer; others only read them. */
  lastLsn = 0;
  durableLsn = 0;
  readonly #handle: SharedProducerHandle;
  readonly #clock: Clock;
  readonly #state: ProducerState;
  readonly #publisher: Publisher;
  readonly #cursors: Int32Array;
  readonly #forNumbers: EntryWaiters;
  readonly #forDurability: EntryWaiters;
  /** Where `append` waits. */
  readonly #waiters: EntryWaiters;
  readonly #blocked: BlockedAppends;
  #listening = false;
  #detaching: Promise<void> | undefined;
  /** Of the record `appendAsync` refused last. */
  #refusedBytes = 0;

  constructor(handle: SharedProducerHandle, clock: Clock = systemClock) {
    this.#handle = handle;
    this.#clock = clock;
    this.#state = new ProducerState(handle, () => this.#demand());
    this.#publisher = new Publisher(handle.memory);
    this.#cursors = handle.memory.ring.cursors;
    const onGone = (): void => stir(this.#cursors);
    const lsnOf = (entry: number): number => this.#publisher.lsnOf(entry);
    this.#forNumbers = new EntryWaiters(lsnOf, onGone);
    this.#forDurability = new EntryWaiters(lsnOf, onGone);
    this.#waiters = handle.waits ? this.#forDurability : this.#forNumbers;
    const [tooLate, maxBlockMs] = [(): Error => this.#publisher.noRoom(), handle.maxAppendBlockMs];
    this.#blocked = new BlockedAppends({ clock, maxBlockMs, tooLate, onGone });
  }

  append(record: Uint8Array, options?: ProducerAppendOptions): Promise<number> {
    if (options !== undefined) return this.#submit([record], options);
    // A promise, its waiter, and nothing else that the collector would have to carry until the sync.
    return new Promise((resolve, reject) => {
      const bytes = this.#state.admitOne(record);
      if (!this.#fits(bytes)) {
        this.#publishLater([record], bytes, { caller: { resolve, reject }, options: {} });
        return;
      }
      this.#publisher.publishOne(record, bytes);
      this.#waiters.add(this.#publisher.published, resolve, reject);
      this.#listen();
    });
  }

  async appendBatch(
    records: readonly Uint8Array[],
    options: ProducerAppendOptions = {},
  ): Promise<number[]> {
    const { length } = records;
    const last = await this.#submit(records, options);
    return lsnsFrom(last - length + 1, length);
  }

  appendAsync(record: Uint8Array): number {
    const bytes = this.#state.admitOne(record);
    const publisher = this.#publisher;
    if (this.#blocked.length === 0 && publisher.isCalm(bytes)) {
      return publisher.publishCalm(record, bytes);
    }
    if (this.#fits(bytes)) return publisher.publishUnwaited(record, bytes);
    const { capacity } = publisher;
    if (bytes > capacity) throw largerThanStripe(bytes, capacity);
    this.#refusedBytes = bytes;
    this.#demandRoom();
    throw this.#publisher.noRoom();
  }

  appendSync(record: Uint8Array): number {
    this.#state.refuseIfLocal();
    const bytes = this.#state.admitOne(record);
    const plan = this.#publisher.plan([record], bytes);
    const publisher = this.#publisher;
    if (!this.#fits(bytes) || !plan.step()) {
      this.#demandRoom();
      const deadline = this.#clock.monotonic() + this.#handle.maxAppendBlockMs;
      this.#blockUntil(() => this.#blocked.length === 0 && plan.step(), deadline, plan);
    }
    const entry = publisher.published;
    this.#demand();
    this.#blockUntil(() => publisher.durable() >= entry);
    return publisher.lsnOf(entry);
  }

  durable(ticket: number, options: { signal?: AbortSignalLike } = {}): Promise<void> {
    const { published } = this.#publisher;
    if (!Number.isSafeInteger(ticket) || ticket < 1 || ticket > published) {
      const range = `ticket must be an integer from 1 to ${published}, not ${String(ticket)}`;
      return Promise.reject(new RangeError(range));
    }
    return this.#durable(ticket, options.signal);
  }

  /** Resolves when half of the stripe is free, and room for the record that was refused last. */
  ready(options: { signal?: AbortSignalLike } = {}): Promise<void> {
    const half = this.#publisher.capacity / 2;
    const bytes = Math.max(half, this.#refusedBytes);
    this.#refusedBytes = 0;
    return new Promise((resolve, reject) => {
      this.#state.refuseIfOver();
      const { signal } = options;
      if (signal?.aborted === true) throw abortError(signal, "nothing was waited for");
      if (this.#fits(bytes)) {
        resolve();
        return;
      }
      const plan = { begun: false, step: () => this.#publisher.fits(bytes) };
      this.#queue({ plan, published: resolve, refuse: reject }, signal);
    });
  }

  detach(): Promise<void> {
    this.#state.close();
    this.#detaching ??= this.#detach();
    return this.#detaching;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.detach();
  }

  async #detach(): Promise<void> {
    try {
      await this.#blocked.empty();
      await this.#durable(this.#publisher.published, undefined);
    } finally {
      this.#state.leave();
      this.#publisher.wake();
    }
  }

  #submit(records: readonly Uint8Array[], options: ProducerAppendOptions): Promise<number> {
    return new Promise((resolve, reject) => {
      const { signal } = options;
      const bytes = this.#state.admit(records);
      if (records.length === 0) {
        resolve(0);
        return;
      }
      if (signal?.aborted === true) throw abortError(signal, "nothing was appended");
      const caller = { resolve, reject };
      if (this.#fits(bytes)) {
        this.#publisher.publish(records, bytes);
        this.#answerLater(caller, options);
      } else {
        this.#publishLater(records, bytes, { caller, options });
      }
    });
  }

  /** What was published last is to be answered. */
  #answerLater(caller: Caller, { signal, durability }: ProducerAppendOptions): void {
    const stronger = durability === "synchronous";
    const waiters = stronger ? this.#forDurability : this.#waiters;
    waiters.wait(this.#publisher.published, caller, signal);
    if (stronger) this.#demand();
    this.#listen();
  }

  #publishLater(
    records: readonly Uint8Array[],
    bytes: number,
    { caller, options }: { readonly caller: Caller; readonly options: ProducerAppendOptions },
  ): void {
    // The caller may reuse its bytes while this call waits. Not `slice()`: on a Node Buffer that is a view.
    const copies = records.map((record) => new Uint8Array(record));
    const plan = this.#publisher.plan(copies, bytes);
    const published = (): void => this.#answerLater(caller, options);
    this.#queue({ plan, published, refuse: caller.reject }, options.signal);
  }

  /** There is room, and nobody waits for it. */
  #fits(bytes: number): boolean {
    if (this.#blocked.length > 0) return false;
    if (this.#publisher.fits(bytes)) return true;
    // Answers that have arrived free slots of entries.
    this.#attend();
    return this.#blocked.length === 0 && this.#publisher.fits(bytes);
  }

  #queue(append: BlockedAppend, signal: AbortSignalLike | undefined): void {
    this.#blocked.push(append, signal);
    wantRoom(this.#cursors);
    this.#demandRoom();
    // A large one may begin at once.
    this.#blocked.proceed();
    this.#listen();
  }

  #durable(entry: number, signal: AbortSignalLike | undefined): Promise<void> {
    if (entry <= this.#publisher.durable()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#demand();
      this.#forDurability.wait(entry, { resolve: () => resolve(), reject }, signal);
      this.#listen();
    });
  }

  #listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    void this.#listenOn();
  }

  async #listenOn(): Promise<void> {
    const letGo = this.#clock.timer(() => undefined, ALIVE_MS);
    for (;;) {
      const signal = goingToSleep(this.#cursors, { forRoom: this.#blocked.length > 0 });
      this.#attend();
      if (this.#forNumbers.size + this.#forDurability.size + this.#blocked.length === 0) break;
      await sleep(this.#cursors, signal);
    }
    awake(this.#cursors);
    letGo();
    this.#listening = false;
  }

  /** Blocks until `ready`; at most until `deadline`, unless the plan has begun. */
  #blockUntil(ready: () => boolean, deadline: number = Infinity, plan?: PublishPlan): void {
    const publisher = this.#publisher;
    for (;;) {
      const isBlocked = plan !== undefined || this.#blocked.length > 0;
      const signal = goingToSleep(this.#cursors, { forRoom: isBlocked });
      // Before the cursors: what it says of them is final.
      const { over } = this.#state;
      this.#attend();
      if (ready()) {
        if (!this.#listening) awake(this.#cursors);
        return;
      }
      if (plan === undefined || plan.begun) {
        if (over?.ended === true) throw over.failure(publisher.published <= publisher.numbered());
      } else if (over !== undefined) {
        throw over.refusal();
      }
      const left = plan?.begun === true ? Infinity : deadline - this.#clock.monotonic();
      if (left <= 0) throw this.#publisher.noRoom();
      sleepBlocking(this.#cursors, signal, left);
    }
  }

  /** Everything the flusher may have news of. */
  #attend(): void {
    // Before the cursors: what it says of them is final.
    const { over } = this.#state;
    const numbered = this.#publisher.numbered();
    const durable = this.#publisher.durable();
    this.lastLsn = Math.max(this.lastLsn, this.#publisher.newLsnOf(numbered));
    this.durableLsn = Math.max(this.durableLsn, this.#publisher.newLsnOf(durable));
    this.#forDurability.answer(durable);
    this.#forNumbers.answer(numbered);
    this.#publisher.answered(durable);
    if (over === undefined) {
      this.#blocked.proceed();
      if (this.#blocked.length > 0) this.#demand();
      return;
    }
    this.#blocked.refuse(() => over.refusal(), { begun: over.ended });
    if (!over.ended) return;
    const failed = (entry: number): Error => over.failure(entry <= numbered);
    this.#forDurability.fail(failed);
    this.#forNumbers.fail(failed);
  }

  #demand(): void {
    Atomics.store(this.#cursors, DEMAND, 1);
    this.#publisher.wake();
  }

  /** Somebody waits for room: whatever the mode's delay, the flusher makes some. */
  #demandRoom(): void {
    this.#publisher.countWait();
    this.#demand();
  }
}
