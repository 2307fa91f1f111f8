/**
 * Re-encryption: a verified copy of a log under new keys, with the same LSNs, times, identities, gaps
 * and watermarks. The old log is only read. A copy that was interrupted cannot be opened and is
 * continued by the next run.
 */
import type { Crc32 } from "./checksum.ts";
import type { Cipher } from "./cipher.ts";
import type { Clock, Random } from "./clock.ts";
import { WalError, asWalError, isWalError } from "./errors.ts";
import { equalBytes, toHex } from "./format/bytes.ts";
import { segmentId } from "./format/segment-name.ts";
import { type LogFrame, type LsnRange, importLog } from "./import-log.ts";
import { storageCrc32 } from "./inspect-log.ts";
import { lastLsnOf, logFrames, recordedGaps } from "./log-frames.ts";
import { type Recovered, recover } from "./recovery/recover.ts";
import { MARKER_NAME, pastMarker, putMarker, readMarker, removeMarker } from "./rekey-marker.ts";
import { finishedPart, removeFrom } from "./rekey-resume.ts";
import type { Storage } from "./storage.ts";

/** Options of {@link rekeyLog}. */
export interface RekeyOptions {
  /** Opens the old log; absent for a plaintext log that is to be encrypted. */
  readonly cipher?: Cipher;
  /** Seals the new one under its current key. */
  readonly newCipher: Cipher;
  readonly checksum?: Crc32;
  /** Of the new log's segments; 64 MiB, or what the adapter allows. */
  readonly segmentBytes?: number;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly onProgress?: (progress: RekeyProgress) => void;
}

/** How far a copy is: every record is first copied, then compared. */
export interface RekeyProgress {
  readonly phase: "copy" | "compare";
  readonly lsn: number;
  readonly lastLsn: number;
}

/** What {@link rekeyLog} made. */
export interface RekeyReport {
  /** Records in the new log, each compared with the old one. */
  readonly records: number;
  readonly lowLsn: number;
  readonly checkpointLsn: number;
  readonly lastLsn: number;
  readonly segments: number;
  /** Losses the old log had recorded; the new one records the same. */
  readonly gaps: readonly LsnRange[];
  /** `continued` = an earlier run had begun it; `present` = one had finished it, it was compared only. */
  readonly copy: "new" | "continued" | "present";
}

/**
 * Copies a log under new keys and compares the copy, record by record. Holds both locks meanwhile, so
 * nobody appends to the old log behind its back. If it rejects, call it again: the old log is as it was,
 * and until a run succeeds the copy is refused by `Wal.open` as `WAL_CORRUPT`.
 * @throws WalError for the old log what `Wal.open` would throw, `WAL_CORRUPT` and `WAL_TAMPERED` for
 *   damage anywhere in it; `WAL_STORAGE` if `target` holds something else; `WAL_LOCKED`.
 */
export async function rekeyLog(
  source: Storage,
  target: Storage,
  options: RekeyOptions,
): Promise<RekeyReport> {
  return await locked(source, () =>
    locked(target, async () => {
      try {
        return await new Rekey(source, target, options).run();
      } catch (error) {
        throw asWalError(error, `copying ${source.name} to ${target.name}`);
      }
    }),
  );
}

class Rekey {
  readonly #source: Storage;
  readonly #target: Storage;
  readonly #options: RekeyOptions;

  constructor(source: Storage, target: Storage, options: RekeyOptions) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
  }

  async run(): Promise<RekeyReport> {
    const { cipher, newCipher } = this.#options;
    const old = await this.#recover(this.#source, cipher, true);
    // A wrong new key is told before anything is made.
    await newCipher.prepare([]);
    const names = await this.#target.list();
    const others = names.filter((name) => name !== MARKER_NAME && segmentId(name) !== undefined);
    const isMarked = names.includes(MARKER_NAME);
    if (!isMarked && others.length > 0) return this.#compare(old, this.#target, "present");
    const logId = toHex(old.logId ?? new Uint8Array(16));
    if (isMarked) await this.#recognise(logId, others.length === 0);
    if (!isMarked || others.length === 0) await this.#mark(logId, isMarked);
    const copy = pastMarker(this.#target);
    const report = others.length > 0 ? await this.#goOn(old, copy) : await this.#begin(old, copy);
    await removeMarker(this.#target);
    return report;
  }

  async #begin(old: Recovered, copy: Storage): Promise<RekeyReport> {
    await this.#copy(old, copy);
    return await this.#compare(old, copy, "new");
  }

  /** What was begun may be a copy of what the old log was then: if it does not fit any more, it goes. */
  async #goOn(old: Recovered, copy: Storage): Promise<RekeyReport> {
    try {
      await this.#copy(old, copy);
      return await this.#compare(old, copy, "continued");
    } catch (error) {
      if (isWalError(error) && keyErrors.has(error.code)) throw error;
      // Whatever it was (a RangeError for frames out of order, a WalError): it happens again, or it is gone.
      await removeFrom(copy, 1);
      return await this.#begin(old, copy);
    }
  }

  /** Somebody else's unfinished copy is not ours to continue. */
  async #recognise(logId: string, isAlone: boolean): Promise<void> {
    const found = await readMarker(this.#target);
    if (found === logId || isAlone) return;
    throw new WalError(
      "WAL_STORAGE",
      `${this.#target.name} holds an unfinished copy of another log; remove it or name another place`,
    );
  }

  /** Alone, a marker is nothing but a crash's remains: it is written again. */
  async #mark(logId: string, isMarked: boolean): Promise<void> {
    if (isMarked) await removeMarker(this.#target);
    await putMarker(this.#target, logId);
  }

  async #copy(old: Recovered, copy: Storage): Promise<void> {
    const { newCipher, checksum, segmentBytes, clock, random } = this.#options;
    const lastLsn = lastLsnOf(old);
    if (lastLsn === 0) return;
    const crc32 = checksum ?? storageCrc32(copy);
    const after = await finishedPart(copy, { crc32, cipher: newCipher });
    const done = after === undefined ? old.lowLsn : after.segment.lastLsn;
    await importLog(copy, this.#notYet(old, done, lastLsn), {
      lowLsn: old.lowLsn,
      checkpointLsn: old.checkpointLsn,
      lastLsn,
      cipher: newCipher,
      ...(after === undefined ? {} : { after }),
      ...(checksum === undefined ? {} : { checksum }),
      ...(segmentBytes === undefined ? {} : { segmentBytes }),
      ...(clock === undefined ? {} : { clock }),
      ...(random === undefined ? {} : { random }),
    });
  }

  async *#notYet(old: Recovered, done: number, lastLsn: number): AsyncGenerator<LogFrame> {
    for await (const frame of logFrames(this.#source, old)) {
      if (frame.lastLsn <= done) continue;
      yield frame;
      this.#options.onProgress?.({ phase: "copy", lsn: frame.lastLsn, lastLsn });
    }
  }

  /** Nothing is taken on trust: the copy is opened as any log, and every frame of both is read. */
  async #compare(old: Recovered, copy: Storage, state: RekeyReport["copy"]): Promise<RekeyReport> {
    const made = await this.#recover(copy, this.#options.newCipher, false);
    const lastLsn = lastLsnOf(old);
    const gaps = recordedGaps(old);
    same(lastLsnOf(made), lastLsn, "last LSN");
    same(made.lowLsn, old.lowLsn, "low LSN");
    same(made.checkpointLsn, old.checkpointLsn, "checkpoint LSN");
    same(JSON.stringify(recordedGaps(made)), JSON.stringify(gaps), "gaps");
    const key = toHex(currentKeyId(this.#options.newCipher, made));
    for (const { header } of made.segments) {
      same(toHex(header.cipher?.keyId ?? new Uint8Array(0)), key, "key id");
    }
    const theirs = logFrames(copy, made);
    let records = 0;
    try {
      for await (const frame of logFrames(this.#source, old)) {
        const twin = (await theirs.next()).value;
        if (twin === undefined || !sameFrame(frame, twin)) throw differs(`LSN ${frame.firstLsn}`);
        records += frame.count;
        this.#options.onProgress?.({ phase: "compare", lsn: frame.lastLsn, lastLsn });
      }
      if ((await theirs.next()).done !== true) throw differs(`records behind LSN ${lastLsn}`);
    } finally {
      await theirs.return();
    }
    const { lowLsn, checkpointLsn } = old;
    const segments = made.segments.length;
    return { records, lowLsn, checkpointLsn, lastLsn, segments, gaps, copy: state };
  }

  #recover(storage: Storage, cipher: Cipher | undefined, sync: boolean): Promise<Recovered> {
    const crc32 = this.#options.checksum ?? storageCrc32(storage);
    return recover(storage, { crc32, cipher, sync });
  }
}

const keyErrors: ReadonlySet<string> = new Set([
  "WAL_UNKNOWN_KEY",
  "WAL_WRONG_KEY",
  "WAL_PLAINTEXT",
  "WAL_UNSUPPORTED_CIPHER",
]);

async function locked<T>(storage: Storage, work: () => Promise<T>): Promise<T> {
  const lock = await storage.lock().catch((error: unknown) => {
    throw asWalError(error, `locking ${storage.name}`);
  });
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** All of a copy is sealed under one key: the one a new segment would get. */
function currentKeyId(cipher: Cipher, { logId, segments, maxId }: Recovered): Uint8Array {
  if (logId === undefined || segments.length === 0) return new Uint8Array(0);
  const probe = cipher.createSegment({ logId, segmentId: maxId + 1 });
  probe.cipher.destroy();
  return probe.header.keyId;
}

function sameFrame(a: LogFrame, b: LogFrame): boolean {
  return (
    a.firstLsn === b.firstLsn &&
    a.count === b.count &&
    a.time === b.time &&
    equalBytes(a.identity!, b.identity!) &&
    equalBytes(a.body, b.body)
  );
}

function same(found: number | string, expected: number | string, what: string): void {
  if (found !== expected) throw differs(`${what}: ${found}, not ${expected}`);
}

function differs(what: string): WalError {
  return new WalError("WAL_STORAGE", `the copy is not the old log: ${what}`);
}
