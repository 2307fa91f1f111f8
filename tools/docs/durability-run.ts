/**
 * A small workload on a simulated disk, and what a crash at any of its moments may cost: nothing that was
 * acknowledged. The moments are every operation of the storage and every acknowledgement.
 */
import { type Durability, Wal, isWalError } from "@stria/core";
import { type DiskSnapshot, SimulatedStorage, type SimulationOptions } from "@stria/testkit";

/** The four modes with small numbers, so that a short run meets all their rules. */
export const modes: Readonly<Record<Durability["mode"], Durability>> = {
  synchronous: { mode: "synchronous" },
  "group-commit": { mode: "group-commit", maxDelayMs: 5, maxBatchRecords: 4 },
  async: { mode: "async", flushIntervalMs: 5 },
  "async-batched": { mode: "async-batched", maxDelayMs: 5, maxBatchRecords: 4 },
};

/** Modes whose `append` resolves after the sync. */
export const waitingModes = ["synchronous", "group-commit"] as const;
/** Modes whose `append` resolves when the record is buffered. */
export const bufferingModes = ["async", "async-batched"] as const;

/** The disk at one moment, and the last record promised durable by then. */
export interface Moment {
  readonly disk: DiskSnapshot;
  readonly promisedLsn: number;
  readonly appendedLsn: number;
}

/** The bytes of the record with this LSN, of many sizes, 0 included. */
function recordOf(lsn: number): Uint8Array {
  return new Uint8Array((lsn * 37) % 1200).fill(lsn);
}

/** A log on a simulated disk with every moment of it kept. */
export class WatchedLog {
  readonly storage: SimulatedStorage;
  readonly moments: Moment[] = [];
  promisedLsn = 0;
  appendedLsn = 0;
  #wal: Wal | undefined;

  constructor(options: SimulationOptions = {}) {
    this.storage = new SimulatedStorage({ seed: 1, latencyMs: () => 1, ...options });
    this.storage.observe((_operation, moment) => this.#keep(moment.snapshot()));
  }

  get wal(): Wal {
    if (this.#wal === undefined) throw new Error("the log was not opened");
    return this.#wal;
  }

  /** Lets virtual time pass until `promise` settles. */
  until<T>(promise: Promise<T>): Promise<T> {
    return this.storage.clock.until(promise);
  }

  async open(durability: Durability): Promise<void> {
    const { storage } = this;
    const options = { storage, clock: storage.clock, durability, segmentBytes: 16 * 1024 };
    this.#wal = await this.until(Wal.open(options));
  }

  /** Appends one record; resolves to its LSN when the mode says so. */
  append(): Promise<number> {
    return this.wal.append(recordOf(++this.appendedLsn));
  }

  /** Everything up to `lsn` was promised just now: a crash right here must keep it. */
  promised(lsn: number): void {
    this.promisedLsn = Math.max(this.promisedLsn, lsn);
    this.#keep(this.storage.snapshot());
  }

  /** Three callers at once, again and again; `promise` says what of it the caller may rely on. */
  async work(rounds: number, promise: "append" | "durable" | "commit"): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      const calls = [this.append(), this.append(), this.append()].map(async (call) => {
        const lsn = await call;
        if (promise === "durable") await this.wal.durable(lsn);
        if (promise === "commit") await this.wal.commit();
        this.promised(lsn);
      });
      await this.until(Promise.all(calls));
    }
  }

  #keep(disk: DiskSnapshot): void {
    this.moments.push({ disk, promisedLsn: this.promisedLsn, appendedLsn: this.appendedLsn });
  }
}

/** What is wrong with the log that a crash at this moment left; empty = nothing. */
async function lossesAfter(
  moment: Moment,
  crash: "kill" | "power cut",
  seed: number,
): Promise<string[]> {
  const storage = crash === "kill" ? moment.disk.kill(seed) : moment.disk.powerCut({ seed });
  return storage.clock.until(lossesIn(storage, moment));
}

/** Opens what is there and compares. */
export async function lossesIn(
  storage: SimulatedStorage,
  { promisedLsn, appendedLsn }: { promisedLsn: number; appendedLsn: number },
): Promise<string[]> {
  const losses: string[] = [];
  let last = 0;
  try {
    const wal = await Wal.open({ storage, clock: storage.clock });
    for await (const { lsn, payload } of wal.read()) {
      if (lsn !== last + 1) losses.push(`LSN ${lsn} follows ${last}`);
      last = lsn;
      const written = recordOf(lsn);
      if (!payload.every((byte, i) => byte === written[i]) || payload.length !== written.length) {
        losses.push(`LSN ${lsn} has other bytes`);
      }
    }
    await wal.close();
  } catch (error) {
    if (!isWalError(error)) throw error;
    losses.push(`${error.code}: ${error.message}`);
  }
  if (last < promisedLsn) losses.push(`LSN ${promisedLsn} was promised, the log ends with ${last}`);
  if (last > appendedLsn) losses.push(`LSN ${last} was never appended`);
  return losses;
}

/** A power cut may turn out in many ways, a kill in one. */
const outcomes = { kill: 1, "power cut": 6 } as const;

/** The losses of crashes of one kind at all moments. */
export async function lossesOf(log: WatchedLog, crash: "kill" | "power cut"): Promise<string[]> {
  const losses: string[] = [];
  for (const [i, moment] of log.moments.entries()) {
    for (let seed = 0; seed < outcomes[crash]; seed++) {
      const found = await lossesAfter(moment, crash, i * 10 + seed);
      losses.push(...found.map((loss) => `moment ${i}, seed ${seed}: ${loss}`));
    }
  }
  return losses;
}

/** The losses when recovery from this moment is itself cut off, at every operation it makes. */
export async function lossesOfSecondCrash(
  moment: Moment,
  crash: "kill" | "power cut",
  seed: number,
): Promise<string[]> {
  const storage = crash === "kill" ? moment.disk.kill(seed) : moment.disk.powerCut({ seed });
  const during: Moment[] = [];
  storage.observe((_operation, now) => during.push({ ...moment, disk: now.snapshot() }));
  const wal = await storage.clock.until(Wal.open({ storage, clock: storage.clock }));
  await storage.clock.until(wal.close());
  const losses: string[] = [];
  for (const [i, second] of during.entries()) {
    for (const loss of await lossesAfter(second, crash, seed + i)) {
      losses.push(`operation ${i + 1} of recovery: ${loss}`);
    }
  }
  return losses;
}

/** What an open after a kill has shown, and a power cut at once takes away again. */
export async function lossesOfShown(moment: Moment, seed: number): Promise<string[]> {
  const storage = moment.disk.kill(seed);
  const wal = await storage.clock.until(Wal.open({ storage, clock: storage.clock }));
  const shown = { ...moment, disk: storage.snapshot(), promisedLsn: wal.durableLsn };
  await storage.clock.until(wal.close());
  return lossesAfter(shown, "power cut", seed);
}
