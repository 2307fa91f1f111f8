/**
 * This tab's way to its own worker over shared memory: a stripe for its own appends, and handles for
 * other workers. Loaded only where it is used. One host after the other may have the log; each gives a
 * new stripe, and tickets say from which one they are.
 */
import { attachProducer, WalError } from "@stria/core";
import type {
  AbortSignalLike,
  AppendOptions,
  Producer,
  ProducerPath,
  WaitOptions,
} from "@stria/core";
import { HandedOutStripes, ordinalOf, PRODUCER, PRODUCER_GONE, ticketOf } from "@stria/core/remote";
import type { NumberedHandle } from "@stria/core/remote";
import { watchProducer } from "../attach-producer.ts";
import type { TabProducerHandle } from "../attach-producer.ts";
import { hostLock } from "../liveness.ts";

/** Tickets of one stripe; those below the first are the message path's. */
const TICKETS = 2 ** 40;

export interface StripesParts {
  readonly ask: (verb: string, argument?: unknown) => Promise<unknown>;
  /** `append` resolves after the sync. */
  readonly waits: () => boolean;
}

/** What a handle is to be. */
interface HandleWishes {
  readonly hostId: string;
  readonly path: ProducerPath;
  readonly signal?: AbortSignalLike;
}

/** A stripe of this tab; tickets carry its number. */
interface Numbered {
  readonly number: number;
  readonly producer: Producer;
}

export class TabStripes {
  readonly #parts: StripesParts;
  readonly #handed = new HandedOutStripes();
  #current: Numbered | undefined;
  /** The stripe before this one: its last tickets may still be asked for. */
  #past: Numbered | undefined;
  #number = 0;
  /** Changes when the host does. */
  #host = 0;
  durableLsn = 0;
  lastLsn = 0;

  constructor(parts: StripesParts) {
    this.#parts = parts;
  }

  /** Appends go through shared memory now. */
  get isInUse(): boolean {
    return this.#current !== undefined;
  }

  /** Takes a stripe and uses it once `isIdle`; `settle` waits for what is under way another way. */
  async share(isIdle: () => boolean, settle: () => Promise<void>): Promise<void> {
    const host = this.#host;
    const { handle } = await this.#ask("shared-memory");
    const producer = attachProducer(handle);
    while (host === this.#host && !isIdle()) await settle();
    if (host !== this.#host) return;
    this.#current = { number: ++this.#number, producer };
  }

  append(record: Uint8Array, options?: AppendOptions): Promise<number> {
    return this.#noted(this.#inUse.append(record, options), options);
  }

  async appendBatch(records: readonly Uint8Array[], options?: AppendOptions): Promise<number[]> {
    const lsns = await this.#inUse.appendBatch(records, options);
    await this.#noted(Promise.resolve(lsns.at(-1) ?? 0), options);
    return lsns;
  }

  appendAsync(record: Uint8Array): number {
    return ticketOf(this.#number * TICKETS + this.#inUse.appendAsync(record));
  }

  /** Undefined for what is not a ticket of a stripe. */
  durable(ticket: number, options: WaitOptions): Promise<void> | undefined {
    const ordinal = ordinalOf(ticket) ?? 0;
    const number = Math.floor(ordinal / TICKETS);
    if (number === 0) return undefined;
    const producer = [this.#current, this.#past].find((one) => one?.number === number)?.producer;
    if (producer !== undefined) return producer.durable(ordinal % TICKETS, options);
    const message = "the ticket is from a host before the last one: nothing more is known of it";
    return Promise.reject(
      new WalError("WAL_OUTCOME_UNKNOWN", message, { details: { outcome: "unknown" } }),
    );
  }

  ready(options: WaitOptions): Promise<void> {
    return this.#inUse.ready(options);
  }

  /** Resolves when everything appended so far is on disk. */
  commit({ signal }: WaitOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        const message = "aborted: what was appended may still become durable";
        reject(new WalError("WAL_ABORTED", message, { cause: signal?.reason }));
      };
      if (signal?.aborted === true) abort();
      signal?.addEventListener("abort", abort);
      this.#parts
        .ask("commit")
        .then(() => resolve(), reject)
        .finally(() => signal?.removeEventListener("abort", abort));
    });
  }

  /** A handle whose stripe is taken back when its worker ends, or when `signal` fires. */
  async handle({ hostId, path, signal }: HandleWishes): Promise<TabProducerHandle> {
    const { handle, number } = await this.#ask(path);
    const gone = (): void => {
      // Where the log is closed or its host has ended there is nobody to tell, and nothing to free.
      this.#parts.ask(PRODUCER_GONE, number).catch((error: unknown) => error);
    };
    signal?.addEventListener("abort", gone, { once: true });
    return { ...handle, life: await watchProducer(gone), host: hostLock(hostId) };
  }

  /** Uses this stripe no more. */
  leave(): void {
    this.#host++;
    if (this.#current !== undefined) this.#past = this.#current;
    this.#current = undefined;
  }

  /** The host has ended: tells everybody who still waits, here and in other workers. */
  end(): void {
    this.leave();
    this.#handed.end();
  }

  /** The last records get in, then the stripe is given back. */
  async finish(): Promise<void> {
    // Who waited for a record was told if it failed; what that means for the log its close says.
    await this.#current?.producer.detach().catch((error: unknown) => error);
  }

  get #inUse(): Producer {
    if (this.#current === undefined) throw new WalError("WAL_CLOSED", "the stripe was given back");
    return this.#current.producer;
  }

  async #ask(path: ProducerPath): Promise<NumberedHandle> {
    const answer = (await this.#parts.ask(PRODUCER, path)) as NumberedHandle;
    const { handle } = answer;
    if (handle.kind === "stria-shared-producer") this.#handed.add(handle.memory);
    return answer;
  }

  async #noted(appended: Promise<number>, options: AppendOptions | undefined): Promise<number> {
    const lsn = await appended;
    if (lsn > this.lastLsn) this.lastLsn = lsn;
    const isDurable = options?.durability === "synchronous" || this.#parts.waits();
    if (isDurable && lsn > this.durableLsn) this.durableLsn = lsn;
    return lsn;
  }
}
