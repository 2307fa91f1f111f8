/**
 * Puts groups of appends into the log, in order, and says what became of them: one message when the
 * group is accepted, one more where durability comes later. Never one per record.
 */
import { isWalError } from "../errors.ts";
import { getU32 } from "../format/bytes.ts";
import { RECORD_PREFIX_BYTES } from "../format/records.ts";
import type { HostableWal } from "../hostable-wal.ts";
import { packState } from "./log-state.ts";
import { TRANSFER_BYTES, type ToRemote, type WireGroup, type WireOutcome } from "./messages.ts";
import { type WireError, toWire } from "./wire-error.ts";

type Post = (message: ToRemote, transfer?: ArrayBuffer[]) => void;

/** One call of a group that is answered by a promise. */
interface Waiting {
  readonly call: number;
  /** 0 until it is known: the call waits for room. */
  lsn: number;
  readonly promise: Promise<unknown>;
}

/** A group after its synchronous part. */
interface Applied {
  /** First LSN of each call; 0 = not known yet, or refused. */
  readonly lsns: number[];
  readonly refused: [number, WireError][];
  readonly waiting: Waiting[];
}

export class HostAppends {
  readonly #wal: HostableWal;
  readonly #post: Post;
  readonly #returnsBuffers: boolean;
  readonly #holdsBack: boolean;
  readonly #waits: boolean;
  readonly #open = new Set<Promise<void>>();
  #full: Promise<void> | undefined;
  #moving = false;

  constructor(wal: HostableWal, post: Post, returnsBuffers: boolean) {
    this.#wal = wal;
    this.#returnsBuffers = returnsBuffers;
    this.#post = post;
    const { mode } = wal.durability;
    // Durable at once: one answer says it all. Else the next group must be able to join this one.
    this.#holdsBack = mode === "synchronous";
    this.#waits = mode === "synchronous" || mode === "group-commit";
  }

  /** Resolves when nothing that was taken before waits for room any more. */
  async admitted(): Promise<void> {
    while (this.#full !== undefined) await this.#full;
  }

  /** Resolves when every group taken so far has been answered. */
  async settled(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
  }

  take(group: number, appends: WireGroup): void {
    const applied = this.#apply(appends);
    const answered = this.#answer(group, appends, applied).finally(() => {
      this.#open.delete(answered);
    });
    this.#open.add(answered);
  }

  #apply({ bytes, used, calls, batches, urgent }: WireGroup): Applied {
    const view = new Uint8Array(bytes, 0, used);
    const applied: Applied = { lsns: [], refused: [], waiting: [] };
    let [at, nextBatch, nextUrgent, full, newest] = [0, 0, 0, false, 0];
    const record = (): Uint8Array => {
      const start = at + RECORD_PREFIX_BYTES;
      at = start + getU32(view, at);
      return view.subarray(start, at);
    };
    for (let call = 0; call < calls; call++) {
      const isUrgent = urgent[nextUrgent] === call;
      if (isUrgent) nextUrgent++;
      const options = isUrgent ? ({ durability: "synchronous" } as const) : {};
      if (batches[nextBatch] === call) {
        const records = Array.from({ length: batches[nextBatch + 1] ?? 0 }, record);
        nextBatch += 2;
        this.#wait(applied, call, () => this.#wal.appendBatch(records, options));
      } else {
        const payload = record();
        const lsn = full || isUrgent || call === calls - 1 ? 0 : this.#push(applied, call, payload);
        if (lsn > 0) newest = lsn;
        if (lsn !== 0) continue;
        full = call < calls - 1 && !isUrgent;
        this.#wait(applied, call, () => this.#wal.append(payload, options));
      }
    }
    this.#watchNewest(applied, newest);
    return applied;
  }

  /** Appends without a promise. LSN, -1 if it was refused, 0 if there is no room. */
  #push(applied: Applied, call: number, payload: Uint8Array): number {
    try {
      const lsn = this.#wal.appendAsync(payload);
      applied.lsns[call] = lsn;
      return lsn;
    } catch (error) {
      if (isWalError(error, "WAL_BACKPRESSURE")) return 0;
      applied.lsns[call] = 0;
      applied.refused.push([call, toWire(error)]);
      return -1;
    }
  }

  #wait(applied: Applied, call: number, append: () => Promise<unknown>): void {
    const before = this.#wal.nextLsn;
    const promise = append();
    // Taken at once if there was room: then its LSN is known long before the promise resolves.
    const lsn = this.#wal.nextLsn > before ? before : 0;
    applied.lsns[call] = lsn;
    applied.waiting.push({ call, lsn, promise });
  }

  /** Whoever was pushed without a promise is covered by a later call's; if that was refused, by one of its own. */
  #watchNewest({ waiting }: Applied, newest: number): void {
    if (!this.#waits || newest === 0 || waiting.some(({ lsn }) => lsn > newest)) return;
    waiting.push({ call: -1, lsn: newest, promise: this.#wal.durable(newest) });
  }

  async #answer(group: number, appends: WireGroup, applied: Applied): Promise<void> {
    const late = applied.waiting.filter(({ lsn }) => lsn === 0);
    if (late.length > 0) {
      const admitted = this.#admit(late, applied).finally(() => {
        if (this.#full === admitted) this.#full = undefined;
      });
      this.#full = admitted;
      await admitted;
    }
    const taken = applied.waiting.filter(({ lsn }) => lsn > 0).map(({ promise }) => promise);
    const isWatched = this.#waits || appends.urgent.length > 0;
    const durable = isWatched ? failureOf(taken) : undefined;
    const failure = this.#holdsBack ? await durable : undefined;
    const isMoved = this.#returnsBuffers && appends.bytes.byteLength >= TRANSFER_BYTES;
    const home = isMoved ? [appends.bytes] : [];
    this.#post(
      {
        kind: "accepted",
        group,
        outcome: outcomeOf(appends, applied),
        state: packState(this.#wal),
        ...(home[0] === undefined ? {} : { spare: home[0] }),
      },
      home,
    );
    if (failure !== undefined) this.#moved(failure);
    if (this.#holdsBack || durable === undefined) return;
    const later = await durable;
    if (later === undefined) await this.#movedSoon();
    else this.#moved(later);
  }

  /** Learns the LSNs, or the refusals, of calls that had to wait for room. */
  async #admit(late: Waiting[], applied: Applied): Promise<void> {
    for (const waiting of late) {
      try {
        const value = await waiting.promise;
        waiting.lsn = Array.isArray(value) ? Number(value[0]) : Number(value);
        applied.lsns[waiting.call] = waiting.lsn;
      } catch (error) {
        applied.refused.push([waiting.call, toWire(error)]);
      }
    }
  }

  /** Groups that became durable together are reported together. */
  async #movedSoon(): Promise<void> {
    if (this.#moving) return;
    this.#moving = true;
    await Promise.resolve();
    this.#moving = false;
    this.#moved();
  }

  #moved(failure?: unknown): void {
    const state = packState(this.#wal);
    this.#post(
      failure === undefined
        ? { kind: "moved", state }
        : { kind: "moved", state, failure: toWire(failure) },
    );
  }
}

/** The first rejection, or `undefined`; handles all of them. */
async function failureOf(promises: readonly Promise<unknown>[]): Promise<unknown> {
  const outcomes = await Promise.allSettled(promises);
  const failed = outcomes.find(({ status }) => status === "rejected");
  return failed?.status === "rejected" ? failed.reason : undefined;
}

function outcomeOf(appends: WireGroup, { lsns, refused }: Applied): WireOutcome {
  const runs: number[] = [];
  const { batches } = appends;
  let [expected, nextBatch] = [-1, 0];
  for (let call = 0; call < appends.calls; call++) {
    let records = 1;
    if (batches[nextBatch] === call) {
      records = batches[nextBatch + 1] ?? 0;
      nextBatch += 2;
    }
    const lsn = lsns[call] ?? 0;
    if (lsn !== expected) runs.push(lsn, 0);
    runs[runs.length - 1]! += 1;
    expected = lsn === 0 ? 0 : lsn + records;
  }
  return refused.length === 0 ? { runs } : { runs, refused };
}
