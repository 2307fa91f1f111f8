/**
 * Puts groups of appends into the log, in order, and says what became of them: one message when the
 * group is accepted, one more where durability comes later. Never one per record.
 */
import type { NumberedOptions } from "../commit/appender.ts";
import { getU32 } from "../format/bytes.ts";
import { RECORD_PREFIX_BYTES } from "../format/records.ts";
import type { HostableWal } from "../hostable-wal.ts";
import { packState } from "./log-state.ts";
import { TRANSFER_BYTES, type ToRemote, type WireGroup, type WireOutcome } from "./messages.ts";
import { type WireError, toWire } from "./wire-error.ts";

type Post = (message: ToRemote, transfer?: ArrayBuffer[]) => void;

/** A group goes into the stripe in pieces of about so many bytes: each stays whole, so a few must fit any segment. */
const PIECE_BYTES = 4 * 1024;

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
  /** LSN of the newest record that was taken without a promise; 0 = none. */
  newest: number;
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
    const applied: Applied = { lsns: [], refused: [], waiting: [], newest: 0 };
    // The piece that grows: its bytes, and the calls they belong to.
    let [start, end, first] = [0, 0, 0];
    const takePiece = (next: number): void => {
      if (next > first) this.#plain(applied, first, next - first, view.subarray(start, end));
      [start, first] = [end, next];
    };
    let [nextBatch, nextUrgent] = [0, 0];
    for (let call = 0; call < calls; call++) {
      const isBatch = batches[nextBatch] === call;
      const isUrgent = urgent[nextUrgent] === call;
      // The last one's promise stands for all.
      const isAlone = isBatch || isUrgent || call === calls - 1;
      if (isAlone || end - start >= PIECE_BYTES) takePiece(call);
      for (let left = isBatch ? batches[nextBatch + 1]! : 1; left > 0; left--) {
        end += RECORD_PREFIX_BYTES + getU32(view, end);
      }
      if (isBatch) nextBatch += 2;
      if (isUrgent) nextUrgent++;
      if (!isAlone) continue;
      const payloads = payloadsIn(view.subarray(start, end));
      const asked = isUrgent ? ({ durability: "synchronous" } as const) : {};
      this.#wait(applied, call, (onLsn) => {
        const options: NumberedOptions = { ...asked, onLsn };
        if (isBatch) return this.#wal.appendBatch(payloads, options);
        return this.#wal.append(payloads[0]!, options);
      });
      [start, first] = [end, call + 1];
    }
    this.#watchNewest(applied);
    return applied;
  }

  /** Calls of one record each: into the stripe as they came, or one by one where that is refused. */
  #plain(applied: Applied, first: number, calls: number, encoded: Uint8Array): void {
    const lsn = this.#asOne(encoded, calls);
    if (lsn > 0) {
      for (let i = 0; i < calls; i++) applied.lsns[first + i] = lsn + i;
      applied.newest = lsn + calls - 1;
      return;
    }
    let call = first;
    for (const payload of payloadsIn(encoded)) {
      this.#wait(applied, call++, (onLsn) => {
        const options: NumberedOptions = { onLsn };
        return this.#wal.append(payload, options);
      });
    }
  }

  #asOne(encoded: Uint8Array, records: number): number {
    try {
      return this.#wal.appendEncoded(encoded, records);
    } catch {
      // Why it is refused each call learns for itself.
      return 0;
    }
  }

  /** Taken at once if there was room: then its LSN is known long before the promise resolves. */
  #wait(
    applied: Applied,
    call: number,
    append: (onLsn: (lsn: number) => void) => Promise<unknown>,
  ): void {
    applied.lsns[call] = 0;
    const promise = append((lsn) => (applied.lsns[call] = lsn));
    promise.catch(() => {
      // Told in its turn; until then it must not count as unhandled.
    });
    applied.waiting.push({ call, lsn: applied.lsns[call], promise });
  }

  /** Whoever was pushed without a promise is covered by a later call's; if that was refused, by one of its own. */
  #watchNewest({ waiting, newest }: Applied): void {
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
        applied.lsns[waiting.call] = 0;
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

/** Views of the records that lie in `encoded`. */
function payloadsIn(encoded: Uint8Array): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  for (let at = 0; at < encoded.length;) {
    const start = at + RECORD_PREFIX_BYTES;
    at = start + getU32(encoded, at);
    payloads.push(encoded.subarray(start, at));
  }
  return payloads;
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
