/**
 * Opening and closing: lock, recover, carry the unvouched tail, put the parts together; and the way
 * back. Whatever fails on the way in releases the lock and leaves existing files as they were (I6).
 */
import { carryTail, repeatMark, smallPredecessor } from "./carry-over.ts";
import { RoomQueue } from "./append/room.ts";
import { Sequencer } from "./append/sequencer.ts";
import { Stripe } from "./append/stripe.ts";
import type { AppenderParts } from "./commit/appender.ts";
import { CommittedListeners } from "./commit/committed.ts";
import type { Durability } from "./commit/durability.ts";
import { Flusher } from "./commit/flusher.ts";
import type { ProducerLimits } from "./commit/producers.ts";
import { LogWriter } from "./commit/log-writer.ts";
import { Watermark } from "./commit/watermark.ts";
import type { Cipher } from "./cipher.ts";
import type { Clock } from "./clock.ts";
import { WalError, asWalError } from "./errors.ts";
import { type WalEventListener, emitter } from "./events.ts";
import { FRAMES_START } from "./format/segment-header.ts";
import { runIo } from "./io.ts";
import type { ResolvedOptions } from "./options.ts";
import { checkHead } from "./read/head.ts";
import type { ReadSource } from "./read/log-reader.ts";
import { ReadFiles } from "./read/read-files.ts";
import { type Recovered, recover } from "./recovery/recover.ts";
import { type RecoveryReport, countRecords } from "./recovery/report.ts";
import { type RetentionRules, ringLowLsn } from "./retention/retention.ts";
import { Sweeper } from "./retention/sweeper.ts";
import { SegmentSet } from "./segment/segment-set.ts";
import type { Storage, StorageLock } from "./storage.ts";

/** The parts of a log that can be written to. */
export interface WriteParts extends Omit<AppenderParts, "checkOpen"> {
  readonly clock: Clock;
  readonly cipher: Cipher | undefined;
  readonly rules: RetentionRules;
  readonly listeners: CommittedListeners;
  /** What producers on other threads are held to. */
  readonly limits: ProducerLimits;
  readonly sweeper: Sweeper;
}

/** A log in use. */
export interface OpenLog {
  readonly storage: Storage;
  readonly durability: Durability;
  readonly set: SegmentSet;
  readonly files: ReadFiles;
  readonly source: ReadSource & { check: () => void };
  readonly report: RecoveryReport;
  readonly checkpointLsn: number;
  readonly openedAtLsn: number;
  readonly emit: WalEventListener;
  /** `undefined` = read-only. */
  readonly write: WriteParts | undefined;
  close(): Promise<void>;
}

export async function openLog(options: ResolvedOptions): Promise<OpenLog> {
  const lock = await takeLock(options.storage);
  try {
    const { recovery, crc32, cipher, storage } = options;
    if (recovery !== "strict") {
      // Seldom wanted, and large: a bundle loads it when it is.
      const { recoverLenient } = await import("./recovery/lenient.ts");
      const found = await recoverLenient(storage, { crc32, cipher, mode: recovery });
      return assemble(options, lock, found, false);
    }
    const found = await recover(storage, { crc32, cipher, sync: true });
    if (options.minHead !== undefined) await checkHead(storage, found, options.minHead);
    return await assemble(options, lock, found, true);
  } catch (error) {
    try {
      await lock.release();
    } catch {
      // A platform error: the one that kept the log from opening counts. A lock dies with its process.
    }
    throw asWalError(error, `opening ${options.storage.name}`);
  }
}

async function takeLock(storage: Storage): Promise<StorageLock> {
  try {
    return await storage.lock();
  } catch (error) {
    throw asWalError(error, `locking ${storage.name}`);
  }
}

/** What both ways of recovery give. */
type Found = Recovered & { readonly report?: RecoveryReport; readonly gaps?: "skip" };

async function assemble(
  options: ResolvedOptions,
  lock: StorageLock,
  found: Found,
  writable: boolean,
): Promise<OpenLog> {
  const { storage } = options;
  const emit = emitter(options.onEvent);
  const set = new SegmentSet({ ...found, baseLsn: found.lowLsn });
  const files = new ReadFiles(storage);
  const write = writable ? await writeParts(options, found, { set, files, emit }) : undefined;
  const source: OpenLog["source"] = {
    set,
    files,
    gaps: found.gaps ?? "throw",
    lowLsn: () => write?.writer.mark.lowLsn ?? found.lowLsn,
    waitFor: (lsn, signal) => waitForDurable(write, lsn, signal),
    check: () => undefined,
  };
  const report = found.report ?? strictReport(found, set);
  for (const note of report.notes) emit({ type: "recovery-note", note });
  const log: OpenLog = {
    storage,
    durability: options.durability,
    set,
    files,
    source,
    report,
    checkpointLsn: found.checkpointLsn,
    openedAtLsn: set.lastLsn,
    emit,
    write,
    close: () => closeLog(log, lock),
  };
  if (write !== undefined) {
    const { sweeper, watermark } = write;
    watermark.onAdvance = () => {
      if (sweeper.isDue) void sweeper.tidyUp();
    };
  }
  return log;
}

async function writeParts(
  options: ResolvedOptions,
  found: Recovered,
  parts: { set: SegmentSet; files: ReadFiles; emit: WalEventListener },
): Promise<WriteParts> {
  const { set, emit } = parts;
  const { clock, policy, cipher } = options;
  const stripe = new Stripe(options.stripeBytes);
  const rules = { keepSegments: options.keepSegments, byCount: options.byCount };
  const room: RoomQueue = new RoomQueue(clock, options.maxAppendBlockMs, () => {
    const { pendingRecords, pendingBytes, capacity } = stripe;
    return `${pendingRecords} records (${pendingBytes} of ${capacity} bytes) wait for the flusher`;
  });
  const fits = (bytes: number): boolean => stripe.fits(bytes);
  const mark = { lowLsn: found.lowLsn, checkpointLsn: found.checkpointLsn };
  const writer = new LogWriter(
    {
      ...options,
      emit,
      onDrained: () => {
        room.admit(fits);
        source.signalRoom();
      },
      lowLsnAtBirth: (predecessorId) => ringLowLsn(set, rules, predecessorId),
    },
    set,
    { carry: await smallPredecessor(options, found, set), mark, vouchedLsn: found.vouchedLsn },
  );
  if (found.unvouched.length > 0) await carryTail(options, found, set, writer);
  else if (found.markUnvouched) await repeatMark(writer);
  writer.opening = false;
  const watermark = new Watermark(set.lastLsn);
  const source: Sequencer = new Sequencer(stripe, set.lastLsn + 1);
  const isLimited = options.maxTotalBytes !== Infinity;
  const spaceLeft = (): number =>
    options.maxTotalBytes - set.bytes - writer.undurableBytes - source.pendingBytes - FRAMES_START;
  if (isLimited) source.spaceLeft = spaceLeft;
  const timing = { policy, clock, blockingWrites: options.blockingWrites };
  const flusher = new Flusher({ writer, source, room, watermark, emit, ...timing });
  const checkSpace = (bytes: number): void => {
    const total = options.maxTotalBytes - spaceLeft() + bytes;
    if (total <= options.maxTotalBytes) return;
    throw new WalError(
      "WAL_NO_SPACE",
      `maxTotalBytes is ${options.maxTotalBytes} and the log would need ${total}; checkpoint to free space`,
      { details: { outcome: "not-written" } },
    );
  };
  return {
    stripe,
    source,
    limits: options,
    sweeper: new Sweeper({ ...parts, storage: options.storage, writer, flusher }),
    room,
    flusher,
    watermark,
    writer,
    policy,
    clock,
    cipher,
    rules,
    maxRecordBytes: options.maxRecordBytes,
    maxBatchBytes: options.maxBatchBytes,
    checkSpace: isLimited ? checkSpace : () => undefined,
    onBackpressure: () =>
      emit({ type: "backpressure", pendingBytes: stripe.pendingBytes, waiting: room.length }),
    listeners: new CommittedListeners(writer, emit),
  };
}

function strictReport(found: Recovered, set: SegmentSet): RecoveryReport {
  const carried = found.unvouched.length > 0 ? set.lastLsn - found.vouchedLsn : 0;
  const notes = [...found.notes];
  const newest = set.newest?.name ?? "";
  if (carried > 0) {
    const message = `${carried} records were valid but not vouched for: written again`;
    notes.push({ kind: "carried", segment: newest, message });
  }
  return {
    mode: "strict",
    records: countRecords(set.segments, found.lowLsn),
    lastLsn: set.lastLsn,
    tail: found.tornBytes > 0 ? "torn" : "clean",
    tornBytes: found.tornBytes,
    carried,
    segments: set.segments.length,
    notes,
  };
}

function waitForDurable(
  write: WriteParts | undefined,
  lsn: number,
  signal: Parameters<ReadSource["waitFor"]>[1],
): Promise<void> {
  if (write === undefined) {
    return Promise.reject(new WalError("WAL_UNSUPPORTED", "a read-only log cannot be followed"));
  }
  const { flusher, watermark } = write;
  // Its waiters were answered when it was poisoned; nobody would answer this one.
  if (flusher.poison !== undefined && lsn > watermark.value) return Promise.reject(flusher.poison);
  return watermark.whenDurable(lsn, signal);
}

async function closeLog(log: OpenLog, lock: StorageLock): Promise<void> {
  const closed = new WalError("WAL_CLOSED", "the log was closed");
  const { write } = log;
  try {
    if (write !== undefined) {
      const { flusher, room, writer, watermark, sweeper } = write;
      room.refuseAll(
        new WalError("WAL_CLOSED", "the log was closed before there was room for the record", {
          details: { outcome: "not-written" },
        }),
      );
      if (flusher.poison === undefined) {
        flusher.lastCall();
        await flusher.drain(true);
        flusher.stop();
        await flusher.finish(() => writer.roll());
        await sweeper.tidyUp();
      } else if (!write.policy.waits && write.source.nextLsn - 1 > writer.durableLsn) {
        // Where `append` means "buffered", nobody may have heard yet: `close` resolved means all is safe.
        throw lostAtClose(flusher.poison, writer.durableLsn + 1);
      }
      watermark.fail(() => closed);
    }
  } finally {
    write?.flusher.stop();
    await write?.flusher.settled();
    // Poisoned, before or by this close: nothing is written any more, but the handle must go.
    if (write?.writer.active !== undefined) await runIo(write.writer.abandon());
    await letGo(log, lock);
  }
}

function lostAtClose(poison: WalError, lsn: number): WalError {
  return new WalError(poison.code, `records from LSN ${lsn} on were lost: ${poison.message}`, {
    cause: poison.cause,
    details: { lsn, outcome: "unknown" },
  });
}

/** The lock goes whatever the files do; the first error is the one that counts. */
async function letGo(log: OpenLog, lock: StorageLock): Promise<void> {
  try {
    await log.files.close();
  } catch (error) {
    throw asWalError(error, `closing the files of ${log.storage.name}`);
  } finally {
    await releaseLock(log.storage, lock);
  }
}

async function releaseLock(storage: Storage, lock: StorageLock): Promise<void> {
  try {
    await lock.release();
  } catch (error) {
    throw asWalError(error, `releasing the lock of ${storage.name}`);
  }
}
