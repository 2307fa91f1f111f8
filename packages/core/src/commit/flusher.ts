/**
 * The one flusher: decides when a group is due, runs it, moves the watermark, and poisons the log on
 * the first failure. All storage work of the writer goes through its queue, one task at a time.
 */
import { WalError, asWalError } from "../errors.ts";
import { type Io, runIo, runIoBlocking } from "../io.ts";
import { settled } from "./company.ts";
import type { FlusherParts } from "./flusher-parts.ts";
import { GroupDue } from "./group-due.ts";
import { IdleMark } from "./idle-mark.ts";
import { failedNow, lostRecord, poisoned, unacknowledged } from "./poison.ts";
import { ProducerBell } from "./producer-bell.ts";
import { TaskQueue } from "./task-queue.ts";

export class Flusher {
  readonly #parts: FlusherParts;
  readonly #bell: ProducerBell;
  readonly #queue = new TaskQueue();
  #scheduled = false;
  /** Tasks beside groups that wait for their turn. */
  #others = 0;
  readonly #due: GroupDue;
  readonly #idle: IdleMark;
  #poison: WalError | undefined;
  #stopped = false;
  /** Nothing other threads publish is taken any more. */
  #deaf = false;
  #startedAt: number | undefined;
  #lastFlushAt = 0;
  /** One function each for all groups and records. */
  readonly #group = (): Promise<void> => this.#oneGroup();

  constructor(parts: FlusherParts) {
    this.#parts = parts;
    this.#due = new GroupDue(parts, () => this.#schedule());
    this.#idle = new IdleMark(parts.clock, parts.writer, this);
    this.#bell = new ProducerBell({
      source: parts.source,
      isAwake: () => this.#scheduled || this.#deaf || this.#stopped || this.#poison !== undefined,
      // Where a group is due by its delay alone, and that has begun.
      willLook: () => parts.policy.mode === "async" && this.#due.isArmed,
      onNews: () => this.gather(),
      onError: (error) => this.#fail(error),
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
    if (this.busy) this.#buildAhead();
    if (this.#scheduled) return;
    if (this.#due.isFull) this.#schedule();
    else this.#due.arm();
  }

  /** `lsn` is wanted durable as soon as possible. */
  demand(lsn: number): void {
    if (lsn <= this.#parts.watermark.value || this.#poison !== undefined) return;
    this.#due.demand(lsn);
    this.#schedule();
  }

  /** Runs storage work of the writer when its turn comes; a failure poisons the log. */
  run<T>(io: () => Io<T>): Promise<T> {
    if (this.#stopped) return Promise.reject(new WalError("WAL_CLOSED", "the log is closed"));
    return this.finish(io);
  }

  /** The same for the work of closing itself. */
  finish<T>(io: () => Io<T>): Promise<T> {
    this.#others++;
    return this.#queue.add(async () => {
      this.#others--;
      try {
        return await this.#perform(io());
      } finally {
        this.#advance();
      }
    });
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
    if (!durable) this.#due.arm();
    this.#collect();
    const target = writer.builtLsn + source.pendingRecords;
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
    this.#idle.block();
    if (!this.#stopped) this.#idle.arm();
  }

  /** Resolves when nothing is in flight any more, whatever became of it. */
  settled(): Promise<void> {
    return this.#queue.settled();
  }

  /** No more groups of its own accord: the log is closing. */
  stop(): void {
    this.#stopped = true;
    this.#due.stop();
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
    const { source, policy } = this.#parts;
    try {
      await settled(source);
      this.#scheduled = false;
      this.#due.taken();
      this.#collect();
      // Where an append waits for its number alone, it need not wait for this write.
      if (!policy.waits) this.#bell.listen();
      await this.#groups();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#advance();
    }
  }

  /**
   * One group, and those that are built by the time the one before is durable: the storage goes on
   * first, callers are told meanwhile. Whatever else waits for its turn is not kept waiting by that.
   */
  async #groups(): Promise<void> {
    const { writer, source } = this.#parts;
    let flight = this.#perform(writer.commitGroup(source, true));
    for (;;) {
      this.#buildAhead();
      await flight;
      if (!writer.hasBuilt || this.#others > 0 || this.#stopped) return;
      flight = this.#perform(writer.commitGroup(source, true));
      this.#advance();
    }
  }

  /** The storage is busy: this thread builds what comes next. */
  #buildAhead(): void {
    try {
      this.#parts.writer.buildAhead(this.#parts.source);
    } catch (error) {
      // Called out of an append that knows nothing of it: everybody learns from the poison.
      this.#fail(error);
    }
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
    const { writer, source } = this.#parts;
    this.#collect();
    if (this.#due.isNow) {
      this.#schedule();
    } else if (source.pendingRecords > 0 || writer.active?.unsynced === true) {
      this.#due.arm();
    } else if (!this.#stopped) {
      this.#idle.arm();
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

  #advance(): void {
    if (this.#poison !== undefined) return;
    const { watermark, writer, source, clock } = this.#parts;
    if (writer.durableLsn > watermark.value) this.#lastFlushAt = clock.now();
    watermark.advance(writer.durableLsn);
    source.acknowledge(writer.durableLsn);
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
    this.#due.stop();
    this.#idle.cancel();
    this.#bell.ended(cause.code);
    emit({ type: "poison", error: cause });
    return failedNow(cause);
  }
}
