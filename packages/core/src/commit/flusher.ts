/**
 * The one flusher: decides when a group is due, runs it, moves the watermark, and poisons the log on
 * the first failure. All storage work of the writer goes through its queue, one task at a time.
 */
import { waitAsync } from "../append/producer.ts";
import type { Sequencer } from "../append/sequencer.ts";
import { END_CODES, LOG_STATE, SLEEPING } from "../append/shared-stripe.ts";
import type { RoomQueue } from "../append/room.ts";
import type { Clock } from "../clock.ts";
import { WalError, asWalError } from "../errors.ts";
import type { WalEventListener } from "../events.ts";
import { type Io, runIo, runIoBlocking } from "../io.ts";
import type { DurabilityPolicy } from "./durability.ts";
import type { LogWriter } from "./log-writer.ts";
import type { Watermark } from "./watermark.ts";

/** A mark vouches for the last group once the log has been idle for so long. */
const IDLE_MARK_MS = 50;
/** Turns of the microtask queue in which a group that is due still takes company: it takes that many from an answer to the next append. */
const SETTLE_TURNS = 6;
const MAX_SETTLE_TURNS = 32;

export interface FlusherParts {
  readonly writer: LogWriter;
  readonly source: Sequencer;
  readonly room: RoomQueue;
  readonly watermark: Watermark;
  readonly policy: DurabilityPolicy;
  readonly clock: Clock;
  readonly emit: WalEventListener;
}

export class Flusher {
  readonly #parts: FlusherParts;
  #queue: Promise<unknown> = Promise.resolve();
  #scheduled = false;
  /** The delay of the oldest waiting record is over. */
  #due = false;
  /** Somebody waits for this LSN now, whatever the mode's delay. */
  #urgentLsn = 0;
  #asleep = false;
  #cancelDelay: (() => void) | undefined;
  #cancelIdle: (() => void) | undefined;
  #poison: WalError | undefined;
  #stopped = false;
  #startedAt: number | undefined;
  #lastFlushAt = 0;

  constructor(parts: FlusherParts) {
    this.#parts = parts;
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
    return this.#enqueue(() => this.#perform(io()));
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
      await this.run(() => writer.commitGroup(source, durable));
    }
  }

  /** To be called after blocking work: an idle log vouches for its last group. */
  rest(): void {
    this.#armIdle();
  }

  /** Resolves when nothing is in flight any more, whatever became of it. */
  async settled(): Promise<void> {
    await this.#queue;
  }

  /** No more groups of its own accord: the log is closing. */
  stop(): void {
    this.#stopped = true;
    this.#cancelDelay?.();
    this.#cancelIdle?.();
    this.#tellProducers("WAL_CLOSED");
  }

  #schedule(): void {
    if (this.#scheduled || this.#stopped || this.#poison !== undefined) return;
    this.#scheduled = true;
    this.#cancelIdle?.();
    this.#cancelIdle = undefined;
    void this.#work();
  }

  /** One group, then whatever is due after it. Errors have reached every waiter by the time it ends. */
  async #work(): Promise<void> {
    const { writer, source } = this.#parts;
    try {
      await this.#enqueue(async () => {
        await this.#settle();
        this.#scheduled = false;
        this.#due = false;
        this.#cancelDelay?.();
        this.#cancelDelay = undefined;
        this.#collect();
        await this.#perform(writer.commitGroup(source, true));
      });
    } catch (error) {
      this.#reported(error);
      return;
    }
    if (!this.#stopped) this.#next();
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const task = this.#queue.then(async () => {
      try {
        // Checked at the last moment: whatever was queued before a failure must not write after it.
        if (this.#poison !== undefined) throw this.#poison;
        return await work();
      } catch (error) {
        throw this.#fail(error);
      } finally {
        this.#advance();
      }
    });
    // The queue goes on after a failed task; the caller gets the error.
    this.#queue = task.then(
      () => undefined,
      () => undefined,
    );
    return task;
  }

  async #perform<T>(io: Io<T>): Promise<T> {
    this.#startedAt = this.#parts.clock.monotonic();
    try {
      return await runIo(io);
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
      this.#armIdle();
    }
    this.listen();
  }

  /**
   * Producers on other threads publish without a call: sleep on the shared word until one of them
   * wakes us. Nothing is missed: a producer publishes, then looks at the word; we set it, then look at
   * what is published.
   */
  listen(): void {
    const { source } = this.#parts;
    const { control } = source;
    if (this.#asleep || this.#scheduled || this.#stopped || this.#poison !== undefined) return;
    if (control === undefined || waitAsync === undefined || source.attached === 0) return;
    if (!source.sleep()) {
      this.#woken();
      return;
    }
    this.#asleep = true;
    const slept = waitAsync(control, SLEEPING, 1);
    void Promise.resolve(slept.value).then(() => {
      this.#asleep = false;
      this.#woken();
    });
  }

  #woken(): void {
    if (this.#stopped || this.#poison !== undefined) return;
    const { source } = this.#parts;
    this.#collect();
    if (source.blocked) this.#schedule();
    else if (source.pendingRecords > 0) this.pushed();
    this.listen();
  }

  /** Numbers what other threads have published, and hears what they ask for. */
  #collect(): void {
    const { source, policy } = this.#parts;
    if (source.attached === 0) return;
    source.collect();
    // Where an append waits for its number alone, that is the answer.
    if (!policy.waits) source.signal();
    if (source.demanded()) this.demand(source.nextLsn - 1);
  }

  /** Callers who were just answered append again in the same turn: let them join before the write. */
  async #settle(): Promise<void> {
    const { source } = this.#parts;
    for (let turn = 0; turn < MAX_SETTLE_TURNS; turn++) {
      const before = source.pendingRecords;
      await Promise.resolve();
      if (turn >= SETTLE_TURNS && source.pendingRecords === before) return;
    }
  }

  #crowded(): boolean {
    const { source, room } = this.#parts;
    return room.length > 0 || source.crowded;
  }

  #armDelay(): void {
    if (this.#cancelDelay !== undefined || this.#stopped) return;
    const { clock, policy } = this.#parts;
    this.#cancelDelay = clock.timer(() => {
      this.#cancelDelay = undefined;
      this.#due = true;
      this.#schedule();
    }, policy.delayMs);
  }

  #armIdle(): void {
    const { clock, writer } = this.#parts;
    if (this.#cancelIdle !== undefined || this.#stopped || !writer.needsMark) return;
    const mark = (): void => {
      this.#cancelIdle = undefined;
      if (this.#stopped || this.#poison !== undefined || !writer.needsMark || this.busy) return;
      // A failure poisons the log; who appends next is told.
      this.run(() => writer.writeMark()).catch((error: unknown) => this.#reported(error));
    };
    this.#cancelIdle = clock.timer(mark, IDLE_MARK_MS, { background: true });
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
    this.#poison = new WalError(
      "WAL_POISONED",
      `the log is poisoned since a write or sync failed: ${cause.message}`,
      { cause, details: { outcome: "not-written" } },
    );
    const { writer, watermark, room, emit } = this.#parts;
    const written = writer.writtenLsn;
    watermark.fail(
      (lsn) =>
        new WalError(cause.code, `LSN ${lsn} was not acknowledged: ${cause.message}`, {
          cause: cause.cause ?? cause,
          details: { ...cause.details, lsn, outcome: lsn <= written ? "unknown" : "not-written" },
        }),
    );
    room.refuseAll(this.#poison);
    this.#cancelDelay?.();
    this.#cancelIdle?.();
    this.#tellProducers(cause.code);
    emit({ type: "poison", error: cause });
    // Whose own work it was is told what happened to it, not that something happened earlier.
    return new WalError(cause.code, `the log is poisoned: ${cause.message}`, {
      cause: cause.cause ?? cause,
      details: { ...cause.details, outcome: "unknown" },
    });
  }

  /** Producers on other threads learn from one word that nothing is accepted any more. */
  #tellProducers(code: string): void {
    const { source } = this.#parts;
    const { control } = source;
    if (control === undefined) return;
    const known = END_CODES.findIndex((name) => name === code);
    const state = (known < 0 ? END_CODES.indexOf("WAL_POISONED") : known) + 1;
    Atomics.compareExchange(control, LOG_STATE, 0, state);
    Atomics.store(control, SLEEPING, 0);
    Atomics.notify(control, SLEEPING);
    source.signal();
  }
}
