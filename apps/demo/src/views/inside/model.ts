/** What is looked at: a log, one of its segments, one place in it. Everything is read by the doctor's worker. */
import { signal } from "@preact/signals";
import type { FrameInspection, LogVerification } from "@stria/core/inspect";
import { Client, toFailure } from "../../worker/client.ts";
import type {
  Examination,
  NamedBytes,
  Patient,
  SegmentFrames,
} from "../../worker/doctor-program.ts";
import { dissectFrame, dissectHeader } from "./dissect.ts";
import type { Found } from "./dissect.ts";
import { copyOffsets, frameHeaderBytes, headerBytes } from "./layout.ts";

/** The most bytes that are shown of one place. */
const mostBytes = 4096;

/** A place in a segment: a copy of its header, or a frame or a stretch that is none. */
export type Place =
  | { readonly kind: "header"; readonly copy: 0 | 1 }
  | { readonly kind: "frame"; readonly frame: FrameInspection };

/** Bytes of a place, taken apart. */
export interface Shown {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly total: number;
  readonly fields: readonly Found[];
}

export const logs = signal<readonly string[]>([]);
export const patient = signal<Patient | undefined>(undefined);
export const examination = signal<Examination | undefined>(undefined);
export const segment = signal<string | undefined>(undefined);
export const frames = signal<SegmentFrames | undefined>(undefined);
export const place = signal<Place | undefined>(undefined);
export const shown = signal<Shown | undefined>(undefined);
export const verification = signal<LogVerification | undefined>(undefined);
export const problem = signal<string | undefined>(undefined);

let doctor: Client | undefined;
const ask = <T>(verb: string, argument?: unknown): Promise<T> => {
  doctor ??= new Client("doctor");
  return doctor.call<T>(verb, argument);
};

/** Looks which logs this page has. */
export const list = (): Promise<void> =>
  tried(async () => {
    logs.value = await ask<string[]>("logs");
    const first = logs.value[0];
    if (patient.value === undefined && first !== undefined)
      await examine({ kind: "opfs", log: first });
  });

/** Opens a log, or looks at it again. */
export const look = (at: Patient): Promise<void> => tried(() => examine(at));

/** Opens files that came from elsewhere. */
export const lookAtFiles = (files: readonly File[]): Promise<void> =>
  tried(async () => {
    const named: NamedBytes[] = await Promise.all(
      files.map(async (file) => ({
        name: file.name,
        bytes: new Uint8Array(await file.arrayBuffer()),
      })),
    );
    await examine({ kind: "files", files: named });
  });

/** Opens a segment. */
export const lookInto = (name: string): Promise<void> => tried(() => openSegment(name));

/** Shows the bytes of a place. */
export const show = (at: Place): Promise<void> => tried(() => showPlace(at));

/** Reads all of the log and says what is wrong with it. */
export const verify = (): Promise<void> =>
  tried(async () => {
    verification.value = await ask<LogVerification>("verify", patient.value);
  });

async function examine(at: Patient): Promise<void> {
  const found = await ask<Examination>("examine", at);
  patient.value = at;
  examination.value = found;
  verification.value = undefined;
  segment.value = undefined;
  frames.value = undefined;
  place.value = undefined;
  shown.value = undefined;
  const newest = found.log.segments.at(-1);
  if (newest !== undefined) await openSegment(newest.name);
}

async function openSegment(name: string): Promise<void> {
  segment.value = name;
  frames.value = await ask<SegmentFrames>("frames", { patient: patient.value, segment: name });
  const first = frames.value.frames.find(({ kind }) => kind !== "empty");
  await showPlace(
    first === undefined ? { kind: "header", copy: 0 } : { kind: "frame", frame: first },
  );
}

async function showPlace(at: Place): Promise<void> {
  const [offset, total] =
    at.kind === "header" ? [copyOffsets[at.copy], headerBytes] : [at.frame.offset, at.frame.bytes];
  const bytes = await ask<Uint8Array>("bytes", {
    patient: patient.value,
    segment: segment.value,
    offset,
    length: Math.min(total, mostBytes),
  });
  place.value = at;
  shown.value = { offset, bytes, total, fields: fieldsOf(at, bytes) };
}

function fieldsOf(at: Place, bytes: Uint8Array): Found[] {
  if (at.kind === "header") return bytes.length < headerBytes ? [] : dissectHeader(bytes);
  // Bytes that are no frame are shown as they are: their fields would mean nothing.
  const isFrame = "sequence" in at.frame && bytes.length >= frameHeaderBytes;
  return isFrame ? dissectFrame(bytes) : [];
}

async function tried(work: () => Promise<void>): Promise<void> {
  problem.value = undefined;
  try {
    await work();
  } catch (error) {
    problem.value = toFailure(error).message;
  }
}
