/**
 * The steps of a script done to an open log, each promise noted in the model as it is given. Does not
 * move the clock: whoever runs the life does.
 */
import { isWalError, memoryStorage } from "@stria/core";
import type { SeededRandom } from "../random.ts";
import { checkRecords, readAll } from "./check-recovered.ts";
import type { SimulatedStorage } from "../simulation/simulated-storage.ts";
import { Bystanders } from "./bystanders.ts";
import type { CrashableLog, OpenReader } from "./crashable-log.ts";
import type { Attempt, Model } from "./model.ts";
import type { ScriptStep } from "./script.ts";
import { Violation } from "./violation.ts";

/** Steps that concern one open log; opening, closing and the passing of time are the life's. */
export type WorkloadStep = Exclude<ScriptStep, { kind: "idle" | "jump" | "reopen" | "intrude" }>;

/** What the steps are done with. */
export interface WorkloadOptions {
  readonly log: CrashableLog;
  readonly model: Model;
  readonly payloads: SeededRandom;
  readonly lazy: boolean;
  readonly faulty: boolean;
  /** The log may refuse an append for want of room, and go on. */
  readonly limited: boolean;
  readonly storage: SimulatedStorage;
  readonly openReader: OpenReader | undefined;
}

/** See the file's head. One for each time the log is opened. */
export class Workload {
  readonly #log: CrashableLog;
  readonly #model: Model;
  readonly #options: WorkloadOptions;
  readonly #bystanders: Bystanders;
  #started: Promise<void>[] = [];

  constructor(options: WorkloadOptions) {
    this.#bystanders = new Bystanders(options);
    this.#log = options.log;
    this.#model = options.model;
    this.#options = options;
  }

  /** Does one step; resolves when what it waits for has happened. */
  async step(step: WorkloadStep): Promise<void> {
    switch (step.kind) {
      case "append":
        return this.#append(step.bytes);
      case "start":
        return this.#start(this.#append(step.bytes));
      case "urgent":
        return this.#urgent(step.bytes);
      case "async":
        return this.#appendAsync(step.bytes);
      case "batch":
        return this.#appendBatch(step.records, step.bytes);
      case "startBatch":
        return this.#start(this.#appendBatch(step.records, step.bytes));
      case "rotateKey":
        return this.#rotateKey();
      case "backup":
        return this.#backup();
      case "beside":
        return this.#start(this.#bystanders.look());
      case "follow":
        return this.#bystanders.follow();
      case "wait":
        return this.#waitForAll();
      case "durable":
        return this.#durable();
      case "commit":
        return this.#promised("commit", (log) => log.commit());
      case "flush":
        return this.#promised("flush", (log) => log.flush(), this.#options.lazy);
      case "checkpoint":
        return this.#checkpoint(Math.floor((this.#log.durableLsn * step.percent) / 100));
      case "verify":
        return this.#verify();
    }
  }

  /** Closes the log, which promises everything that was appended. */
  async close(): Promise<void> {
    const closed = await this.attempted("close", () => this.#log.close().then(() => true));
    await this.#waitForAll();
    await this.#bystanders.leave();
    this.look();
    // A log that had failed before has answered those who waited; in lazy modes nobody may have.
    const promised = this.#options.lazy || this.#log.health.ok;
    if (closed !== true || !promised || this.#model.distrusted) return;
    this.#model.acknowledge(this.#model.attemptedLsn);
  }

  /** Takes the log's own watermark and health into the model. */
  look(): void {
    this.#model.observe(this.#log);
  }

  /** The outcome of a call on the log; `undefined` after a rejection that a failing device explains. */
  async attempted<T>(what: string, call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await call();
    } catch (error) {
      this.#mustBeExplained(what, error);
      return undefined;
    }
  }

  async #append(bytes: number): Promise<void> {
    const [payload = empty] = this.#payloads(1, bytes);
    await this.#appending([payload], async () => [await this.#log.append(payload)]);
  }

  /** Durable when it resolves, in every mode. */
  async #urgent(bytes: number): Promise<void> {
    const [payload = empty] = this.#payloads(1, bytes);
    const options = { durability: "synchronous" } as const;
    const call = async (): Promise<number[]> => [await this.#log.append(payload, options)];
    await this.#appending([payload], call, true);
  }

  async #rotateKey(): Promise<void> {
    await this.attempted("rotateKey", async () => {
      try {
        await this.#log.rotateKey?.();
      } catch (error) {
        // A log without a cipher has no key to leave.
        if (!isWalError(error, "WAL_UNSUPPORTED")) throw error;
      }
    });
  }

  /** The copy of a running log holds all that was acknowledged before, and nothing else. */
  async #backup(): Promise<void> {
    const { openReader } = this.#options;
    if (this.#log.backup === undefined || openReader === undefined) return;
    const target = memoryStorage();
    const lsn = this.#model.acknowledgedLsn;
    const done = await this.attempted("backup", async () => {
      await this.#log.backup?.(target);
      return true;
    });
    if (done === true && !this.#model.distrusted) await this.#bystanders.check(target, lsn);
  }

  async #appendBatch(count: number, bytes: number): Promise<void> {
    const payloads = this.#payloads(count, bytes);
    await this.#appending(payloads, () => this.#log.appendBatch(payloads));
  }

  async #appending(
    payloads: readonly Uint8Array[],
    call: () => Promise<number[]>,
    isDurable = !this.#options.lazy,
  ): Promise<void> {
    this.look();
    const { failed } = this.#model;
    // A failed log gives out no LSN; before it failed, every call gets its LSNs in the order of the calls.
    const wanted = failed ? [] : this.#model.attempt(payloads);
    const lsns = await this.attempted("append", () => this.#unlessFull(call, wanted));
    if (lsns === undefined) return;
    this.#mustNotHaveFailed(failed, lsns);
    this.#model.numbered(lsns, wanted);
    if (isDurable) this.#model.acknowledge(lsns.at(-1) ?? 0);
  }

  /** An append that is refused for want of room was never made; the log goes on. */
  async #unlessFull(
    call: () => Promise<number[]>,
    wanted: readonly Attempt[],
  ): Promise<number[] | undefined> {
    try {
      return await call();
    } catch (error) {
      if (!this.#isFull(error)) throw error;
      this.#model.withdraw(wanted);
      return undefined;
    }
  }

  /** An append that waits for room has no LSN yet: whoever asks for durability now does not ask for it. */
  get #numberedLsn(): number {
    const { attemptedLsn } = this.#model;
    return this.#options.limited ? Math.min(attemptedLsn, this.#log.nextLsn - 1) : attemptedLsn;
  }

  /** No room in the log or the stripe, or none before it was closed. */
  #isFull(error: unknown): boolean {
    if (!this.#options.limited || !isWalError(error) || !this.#log.health.ok) return false;
    return refusals.has(error.code) && error.details.outcome === "not-written";
  }

  #appendAsync(bytes: number): void {
    const [payload = empty] = this.#payloads(1, bytes);
    this.look();
    const { failed } = this.#model;
    let lsn: number;
    try {
      lsn = this.#log.appendAsync(payload);
    } catch (error) {
      return this.#isFull(error) ? undefined : this.#mustBeExplained("appendAsync", error);
    }
    this.#mustNotHaveFailed(failed, [lsn]);
    this.#model.numbered([lsn], this.#model.attempt([payload]));
  }

  #mustNotHaveFailed(failed: boolean, lsns: readonly number[]): void {
    if (!failed || lsns.length === 0) return;
    const accepted = `a failed log accepted an append as ${lsns.join()}`;
    throw new Violation("acknowledged-after-failure", accepted);
  }

  async #durable(): Promise<void> {
    const lsn = this.#numberedLsn;
    if (lsn > 0) await this.#promised("durable", (log) => log.durable(lsn));
  }

  /** A call that promises that everything appended before it is on disk, unless it is `lazy`. */
  async #promised(
    what: string,
    call: (log: CrashableLog) => Promise<unknown>,
    lazy = false,
  ): Promise<void> {
    const lsn = this.#numberedLsn;
    const done = await this.attempted(what, () => call(this.#log).then(() => true));
    if (done === true && !lazy) this.#model.acknowledge(lsn);
  }

  async #checkpoint(lsn: number): Promise<void> {
    if (lsn < 1 || this.#log.checkpoint === undefined) return;
    this.#model.checkpoint(lsn, "attempted");
    const done = await this.attempted("checkpoint", async () => {
      await this.#log.checkpoint?.(lsn);
      return true;
    });
    if (done === true) this.#model.checkpoint(lsn, "promised");
  }

  async #verify(): Promise<void> {
    const seen = await this.attempted("read", () => readAll(this.#log));
    if (seen !== undefined) checkRecords(this.#model, { ...seen, nextLsn: seen.durableLsn + 1 });
  }

  #start(call: Promise<void>): void {
    call.catch(() => {
      // A Violation, thrown to whoever waits for `#started`; until then it must not count as unhandled.
    });
    this.#started.push(call);
  }

  async #waitForAll(): Promise<void> {
    await Promise.all(this.#started.splice(0));
  }

  #payloads(count: number, bytes: number): Uint8Array[] {
    const { payloads } = this.#options;
    return Array.from({ length: count }, () => payloads.fillBytes(new Uint8Array(bytes)));
  }

  #mustBeExplained(what: string, error: unknown): void {
    if (error instanceof Violation) throw error;
    if (isWalError(error) && this.#model.distrusted) return;
    this.look();
    if (this.#options.faulty && isWalError(error) && error.code !== "WAL_CORRUPT") return;
    throw new Violation("unexpected-error", `${what}: ${String(error)}`, { cause: error });
  }
}

const refusals: ReadonlySet<string> = new Set(["WAL_NO_SPACE", "WAL_BACKPRESSURE", "WAL_CLOSED"]);
const empty = new Uint8Array(0);
