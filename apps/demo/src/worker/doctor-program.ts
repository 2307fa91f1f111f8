/**
 * The worker that looks at logs from outside, without their lock, and that damages them: the log must be closed
 * for that, and the bytes are changed where they are stored.
 */
import { memoryStorage } from "@stria/core";
import type { Storage } from "@stria/core";
import { inspectLog, readFrames, verifyLog } from "@stria/core/inspect";
import type { FrameInspection, LogInspection, LogVerification } from "@stria/core/inspect";
import { opfsStorage } from "@stria/browser-opfs";
import { failureOf } from "./failure.ts";
import type { Failure } from "./protocol.ts";
import { withSegment } from "./slot-file.ts";
import type { Verbs } from "./worker.ts";

/** A log to look at: one of this origin, or files from elsewhere. */
export type Patient =
  | { readonly kind: "opfs"; readonly log: string }
  | { readonly kind: "files"; readonly files: readonly NamedBytes[] };

/** A file from elsewhere. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A log from outside, as the page shows it. */
export interface Examination {
  readonly log: Omit<LogInspection, "problem">;
  readonly problem?: Failure;
}

/** Frames of one segment; `failure` if its header cannot be read. */
export interface SegmentFrames {
  readonly frames: readonly FrameInspection[];
  readonly failure?: Failure;
}

/** A change to the stored bytes. */
export interface Wound {
  readonly log: string;
  readonly segment: string;
  readonly offset: number;
  /** Zeroes so many bytes; without it, one bit is flipped. */
  readonly zeroBytes?: number;
}

/** What was done, for the record. */
export interface WoundReport {
  readonly file: string;
  readonly fileOffset: number;
  readonly before: number;
  readonly after: number;
}

async function storageOf(patient: Patient): Promise<Storage> {
  if (patient.kind === "opfs") return opfsStorage(patient.log);
  const storage = memoryStorage();
  for (const { name, bytes } of patient.files) {
    const file = await storage.create(segmentNameOf(name, bytes));
    await file.write(bytes, 0);
    await file.close();
  }
  return storage;
}

/** A download may have another name; the header knows the right one. */
function segmentNameOf(name: string, bytes: Uint8Array): string {
  if (/^\d{20}\.wal$/u.test(name) || bytes.length < 40) return name;
  const id = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(32, true);
  return `${String(id).padStart(20, "0").slice(-20)}.wal`;
}

async function examine(patient: Patient): Promise<Examination> {
  const { problem, ...log } = await inspectLog(await storageOf(patient));
  return { log, ...(problem === undefined ? {} : { problem: failureOf(problem) }) };
}

async function framesOf(of: { patient: Patient; segment: string }): Promise<SegmentFrames> {
  const frames: FrameInspection[] = [];
  try {
    const storage = await storageOf(of.patient);
    for await (const frame of readFrames(storage, of.segment)) frames.push(frame);
    return { frames };
  } catch (error) {
    return { frames, failure: failureOf(error) };
  }
}

async function bytesOf(of: {
  patient: Patient;
  segment: string;
  offset: number;
  length: number;
}): Promise<Uint8Array> {
  const file = await (await storageOf(of.patient)).open(of.segment);
  try {
    const into = new Uint8Array(of.length);
    let read = 0;
    for (;;) {
      const count = await file.read(into.subarray(read), of.offset + read);
      read += count;
      if (count === 0 || read === of.length) return into.slice(0, read);
    }
  } finally {
    await file.close();
  }
}

function wound(wounds: Wound): Promise<WoundReport> {
  const { log, segment, offset, zeroBytes } = wounds;
  return withSegment(log, segment, (file, start, name) => {
    const at = start + offset;
    const bytes = new Uint8Array(zeroBytes ?? 1);
    file.read(bytes, { at });
    const before = bytes[0]!;
    if (zeroBytes === undefined) bytes[0] = before ^ 0x10;
    else bytes.fill(0);
    if (file.write(bytes, { at }) !== bytes.length) throw new Error("the bytes were not written");
    file.flush();
    return { file: name, fileOffset: at, before, after: bytes[0]! };
  });
}

async function logs(): Promise<string[]> {
  const root = await navigator.storage.getDirectory();
  const names: string[] = [];
  try {
    for await (const name of (await root.getDirectoryHandle("stria")).keys()) names.push(name);
  } catch (error) {
    // No log was ever opened in this origin: there is nothing to list.
    if (!(error instanceof DOMException && error.name === "NotFoundError")) throw error;
  }
  return names.toSorted();
}

/** What the page can ask of this worker. */
export function doctorProgram(): Verbs {
  return {
    logs,
    examine,
    frames: framesOf,
    bytes: bytesOf,
    wound,
    verify: async (patient: Patient): Promise<LogVerification> =>
      verifyLog(await storageOf(patient)),
  };
}
