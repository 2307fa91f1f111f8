/**
 * The one flusher: decides when a group is due, runs it, moves the watermark, and poisons the log on
 * the first failure. All storage work of the writer goes through its queue, one task at a time.
 */
import { WalError, asWalError } from "../errors.ts";
import { type Io, runIo, runIoBlocking } from "../io.ts";
import { settled } from "./company.ts";
import type { FlusherParts } from "./flusher-parts.ts";
import { IdleMark } from "./idle-mark.ts";
import { failedNow, lostRecord, poisoned, unacknowledged } from "./poison.ts";
import { ProducerBell } from "./producer-bell.ts";
import { SingleTimer } from "./single-timer.ts";
import { TaskQueue } from "./task-queue.ts";

export class Flusher {
  readonly #parts: FlusherParts;
  readonly #bell: ProducerBell;
  readonly #queue = new TaskQueue();
  #scheduled = false;
  /** The delay of the oldest waiting record is over. */
  #due = false;
  /** Somebody waits for this LSN now, whatever the mode's delay. */
  #urgentLsn = 0;
  readonly #delay: SingleTimer;
  readonly #idle: IdleMark;
  #poison: WalError | undefined;
  #stopped = false;
  /** Nothing other threads publish is taken any more. */
  #deaf = false;
  #startedAt: number | undefined;
  #lastFlushAt = 0;
  /** One function each for all groups and records. */
  readonly #group = (): Promise<void> => this.#oneGroup();
  readonly #onDelay = (): void => {
    this.#due = true;
    this.#schedule();
  };

  constructor(parts: FlusherParts) {
    this.#parts = parts;
    this.#delay = new SingleTimer(parts.clock);
    this.#idle = new IdleMark(parts.clock, parts.writer, () => {
      if (this.#stopped || this.#poison !== undefined || this.busy) return;
      // A failure poisons the log; who appends next is told.
      this.run(() => parts.writer.writeMark()).catch((error: unknown) => this.#reported(error));
    });
    this.#bell = new ProducerBell({
      source: parts.source,
      isAwake: () => this.#scheduled || this.#deaf || this.#stopped || this.#poison !== undefined,
      // Where a group is due by its delay alone, and that has begun.
      willLook: () => parts.policy.mode === "async" && this.#delay.isArmed,
      onNews: () => this.gather(),
      onError: (error) => this.#reported(error),
    });
  }

  /** Why nothing is acknowledged any more. */
  get poison(): WalError | undefined {
    return this.#poison;
  }

  /** Storage work is in flight: blocking calls must not interfere. */
  get busy(): boolean {
    return this.#startedAt !== undefined;
  }

  /** Wall time of the last group that became durable; 0 = none yet. */
  get lastFlushAt(): number {
    return this.#lastFlushAt;
  }

  /** The heartbeat: how long the storage call in flight has been running, 0 when idle. */
  get flushingForMs(): number {
    return this.#startedAt === undefined ? 0 : this.#parts.clock.monotonic() - this.#startedAt;
  }

  /** To be called after every push: starts a group if one is due, else the delay. */
  pushed(): void {
    const { source, policy } = this.#parts;
    if (policy.delayMs === 0 || source.pendingRecords >= policy.batchRecords || this.#crowded()) {
      this.#schedule();
    } else {
      this.#armDelay();
    }
  }

  /** `lsn` is wanted durable as soon as possible. */
  demand(lsn: number): void {
    if (lsn <= this.#parts.watermark.value || this.#poison !== undefined) return;
    this.#urgentLsn = Math.max(this.#urgentLsn, lsn);
    this.#schedule();
  }

  /** Runs storage work of the writer when its turn comes; a failure poisons the log. */
  run<T>(io: () => Io<T>): Promise<T> {
    if (this.#stopped) return Promise.reject(new WalError("WAL_CLOSED", "the log is closed"));
    return this.finish(io);
  }

  /** The same for the work of closing itself. */
  finish<T>(io: () => Io<T>): Promise<T> {
    return this.#enqueue(() => this.#perform(io()));
  }

  /** What is known of a record that is asked for after the log was poisoned. */
  lost(lsn: number): WalError | undefined {
    return this.#poison && lostRecord(this.#poison, lsn, this.#parts.writer.writtenLsn);
  }

  /** The same without leaving the call; the caller has checked {@link busy}. */
  runBlocking<T>(io: () => Io<T>): T {
    if (this.#poison !== undefined) throw this.#poison;
    try {
      return runIoBlocking(io());
    } catch (error) {
      throw this.#fail(error);
    } finally {
      this.#advance();
    }
  }

  /** Writes everything that waits now; unless `durable`, the sync follows after the mode's delay. */
  async drain(durable: boolean): Promise<void> {
    const { writer, source } = this.#parts;
    if (!durable) this.#armDelay();
    this.#collect();
    const target = writer.writtenLsn + source.pendingRecords;
    while (writer.writtenLsn < target || (durable && writer.durableLsn < target)) {
      // Each turn writes one group; more may be needed where segments end.
      try {
        await this.run(() => writer.commitGroup(source, durable));
      } catch (error) {
        // Queued behind the work that failed: then the records it was to write decide what is known.
        throw error === this.#poison ? this.lost(writer.durableLsn + 1) : error;
      }
    }
  }

  /** Numbers what other threads have published, and hears what they ask for. */
  gather(): void {
    const { source } = this.#parts;
    if (source.attached === 0 || this.#stopped || this.#poison !== undefined) return;
    this.#collect();
    if (source.blocked) this.#schedule();
    else if (source.pendingRecords > 0) this.pushed();
  }

  /** A producer may come: listens for it from now on. */
  attached(): void {
    this.#bell.listen();
  }

  /** Closing: producers get their last records in. To be called before the last drain. */
  lastCall(): void {
    this.#bell.closing();
    this.#collect();
    this.#deaf = true;
  }

  /** To be called after blocking work: an idle log vouches for its last group. */
  rest(): void {
    if (!this.#stopped) this.#idle.arm();
  }

  /** Resolves when nothing is in flight any more, whatever became of it. */
  settled(): Promise<void> {
    return this.#queue.settled();
  }

  /** No more groups of its own accord: the log is closing. */
  stop(): void {
    this.#stopped = true;
    this.#delay.cancel();
    this.#idle.cancel();
    this.#bell.ended("WAL_CLOSED");
  }

  #schedule(): void {
    if (this.#scheduled || this.#stopped || this.#poison !== undefined) return;
    this.#scheduled = true;
    this.#idle.cancel();
    void this.#work();
  }

  /** One group, then whatever is due after it. Errors have reached every waiter by the time it ends. */
  async #work(): Promise<void> {
    await this.#queue.add(this.#group);
    if (!this.#stopped && this.#poison === undefined) this.#next();
  }

  async #oneGroup(): Promise<void> {
    const { writer, source, policy } = this.#parts;
    try {
      await settled(source);
      this.#scheduled = false;
      this.#due = false;
      this.#delay.cancel();
      this.#collect();
      // Where an append waits for its number alone, it need not wait for this write.
      if (!policy.waits) this.#bell.listen();
      await this.#perform(writer.commitGroup(source, true));
    } catch (error) {
      this.#reported(error);
    } finally {
      this.#advance();
    }
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.add(async () => {
      try {
        return await work();
      } catch (error) {
        throw this.#poison ? asWalError(error, "writing the log") : this.#fail(error);
      } finally {
        this.#advance();
      }
    });
  }

  async #perform<T>(io: Io<T>): Promise<T> {
    // At the last moment: whatever was queued, or settled, before a failure must not write after it.
    if (this.#poison !== undefined) throw this.#poison;
    this.#startedAt = this.#parts.clock.monotonic();
    try {
      return await runIo(io, { blocking: this.#parts.blockingWrites });
    } catch (error) {
      // While it counts as busy: a blocking call must not find the log well before the task ends.
      throw this.#fail(error);
    } finally {
      this.#startedAt = undefined;
    }
  }

  #next(): void {
    const { writer, source, policy, watermark } = this.#parts;
    this.#collect();
    const pending = source.pendingRecords;
    if (
      this.#due ||
      this.#urgentLsn > watermark.value ||
      (pending > 0 && (policy.delayMs === 0 || pending >= policy.batchRecords || this.#crowded()))
    ) {
      this.#schedule();
    } else if (pending > 0 || writer.active?.unsynced === true) {
      this.#armDelay();
    } else {
      this.rest();
    }
    this.#bell.listen();
  }

  #collect(): void {
    const { source, policy } = this.#parts;
    if (source.attached === 0 || this.#deaf) return;
    // Asked for before the look: who asks has published.
    const isDemanded = source.demanded();
    source.collect();
    if (!policy.waits) source.announce();
    if (isDemanded) this.demand(source.nextLsn - 1);
  }

  #crowded(): boolean {
    return this.#parts.room.length > 0 || this.#parts.source.crowded;
  }

  #armDelay(): void {
    if (!this.#stopped) this.#delay.arm(this.#onDelay, this.#parts.policy.delayMs);
  }

  #advance(): void {
    if (this.#poison !== undefined) return;
    const { watermark, writer, source, clock } = this.#parts;
    if (writer.durableLsn > watermark.value) this.#lastFlushAt = clock.now();
    watermark.advance(writer.durableLsn);
    source.acknowledge(writer.durableLsn);
  }

  /** A failed task has poisoned the log and told every waiter; nothing else may slip through. */
  #reported(error: unknown): void {
    if (this.#poison === undefined) this.#fail(error);
  }

  /** The first failure ends the log (I4): nothing is retried, every waiter learns what is known of its record. */
  #fail(error: unknown): WalError {
    if (this.#poison !== undefined) return this.#poison;
    const cause = asWalError(error, "writing the log");
    // Whoever comes later has written nothing; of the work that failed nobody knows.
    this.#poison = poisoned(cause);
    const { writer, watermark, room, emit } = this.#parts;
    const { writtenLsn } = writer;
    watermark.fail((lsn) => unacknowledged(cause, lsn, writtenLsn));
    room.refuseAll(this.#poison);
    this.#delay.cancel();
    this.#idle.cancel();
    this.#bell.ended(cause.code);
    emit({ type: "poison", error: cause });
    return failedNow(cause);
  }
}
