/** All the ways to append, one at a time by chance, and the acknowledgements each of them earns. */
import { isWalError } from "@stria/core";
import { recordOf } from "./record.mjs";
import { say } from "./report-line.mjs";

/** Less than half of a stripe, so that no append waits for room: its LSN is known before it is made. */
const MOST_PENDING_BYTES = 256 * 1024;

export class Appends {
  #wal;
  #plan;
  #random;
  #said = 0;
  #pendingBytes = 0;
  /** @type {Set<Promise<void>>} */
  #inFlight = new Set();

  /**
   * @param {import("@stria/core").Wal} wal
   * @param {import("./plan.mjs").LifePlan} plan
   * @param {import("@stria/testkit").SeededRandom} random
   */
  constructor(wal, plan, random) {
    this.#wal = wal;
    this.#plan = plan;
    this.#random = random;
    this.#said = wal.durableLsn;
  }

  /** One call or one burst of calls. */
  async step() {
    if (this.#pendingBytes > MOST_PENDING_BYTES) await this.#commit();
    const kind = this.#random.below(100);
    if (kind < 20) await this.#single();
    else if (kind < 40) await this.#burst();
    else if (kind < 55) await this.#batch();
    else if (kind < 75) await this.#asynchronously();
    else if (kind < 85) await this.#blocking();
    else if (kind < 92) await this.#commit();
    else if (kind < 95) await this.#wal.flush();
    else await this.#checkpoint();
  }

  /** All appends in flight have been answered. */
  async settle() {
    await Promise.all(this.#inFlight);
  }

  /**
   * Everything up to `lsn` is durable, the log says: so is what was appended before it.
   * @param {number} lsn
   */
  durable(lsn) {
    if (lsn <= this.#said) return;
    say("durable", this.#said + 1, lsn);
    this.#said = lsn;
  }

  async #single() {
    const strict = this.#random.chance(0.3);
    const lsn = this.#wal.nextLsn;
    const appending = this.#wal.append(
      this.#record(lsn),
      strict ? { durability: "synchronous" } : {},
    );
    await this.#answered(appending, lsn, strict);
  }

  /** Many callers at once; the next step does not wait for them. */
  async #burst() {
    for (let left = 1 + this.#random.below(20); left > 0; left--) {
      const lsn = this.#wal.nextLsn;
      const answer = this.#answered(this.#wal.append(this.#record(lsn)), lsn, false);
      const tracked = answer.finally(() => this.#inFlight.delete(tracked));
      this.#inFlight.add(tracked);
    }
    if (this.#random.chance(0.7)) await this.settle();
  }

  async #batch() {
    const first = this.#wal.nextLsn;
    const count = 1 + this.#random.below(12);
    const records = Array.from({ length: count }, (_, i) => this.#record(first + i, first, count));
    const lsns = await this.#wal.appendBatch(records, { durability: "synchronous" });
    if (lsns[0] !== first || lsns.length !== count)
      throw new Error(`batch at ${first}: ${lsns.join()}`);
    this.durable(first + count - 1);
  }

  async #asynchronously() {
    let last = 0;
    for (let left = 1 + this.#random.below(30); left > 0; left--) {
      last = this.#wal.appendAsync(this.#record(this.#wal.nextLsn));
      if (this.#plan.sabotage === "early") this.durable(last);
    }
    if (this.#random.chance(0.6)) {
      await this.#wal.durable(last);
      this.durable(last);
    }
  }

  async #blocking() {
    try {
      const lsn = this.#wal.nextLsn;
      const got = this.#wal.appendSync(this.#record(lsn));
      if (got !== lsn) throw new Error(`appendSync gave LSN ${got}, not ${lsn}`);
      this.durable(lsn);
    } catch (error) {
      // Refused while a write is in flight: documented, and nothing was appended.
      if (!isWalError(error, "WAL_BACKPRESSURE")) throw error;
      await this.#commit();
    }
  }

  async #commit() {
    const last = this.#wal.nextLsn - 1;
    await this.#wal.commit();
    this.#pendingBytes = 0;
    this.durable(last);
  }

  async #checkpoint() {
    const lsn = this.#wal.durableLsn - this.#random.below(this.#plan.mostKept);
    if (lsn <= this.#wal.checkpointLsn) return;
    say("checkpoint", lsn);
    await this.#wal.checkpoint(lsn);
    say("checkpointed", lsn);
  }

  /**
   * Acknowledges what the mode's answer is worth: in the buffering modes nothing yet.
   * @param {Promise<number>} appending
   * @param {number} lsn
   * @param {boolean} strict
   */
  async #answered(appending, lsn, strict) {
    if (this.#plan.sabotage === "early") this.durable(lsn);
    const got = await appending;
    if (got !== lsn) throw new Error(`append gave LSN ${got}, not ${lsn}`);
    const { mode } = this.#plan.durability;
    if (strict || mode === "synchronous" || mode === "group-commit") this.durable(lsn);
  }

  /**
   * @param {number} lsn
   * @param {number} batchFirst
   * @param {number} batchCount
   */
  #record(lsn, batchFirst = lsn, batchCount = 1) {
    const { seed, life } = this.#plan;
    const record = recordOf(seed, { life, lsn, batchFirst, batchCount });
    this.#pendingBytes += record.length;
    return record;
  }
}
