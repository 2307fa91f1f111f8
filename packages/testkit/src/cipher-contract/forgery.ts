/**
 * Nothing opens but what was sealed, at the place it was sealed for: not flipped, cut, extended,
 * moved, duplicated, or carried over from another segment or log. Failing is -1, never an exception.
 */
import type { ContractSubject, ContractTest } from "./cipher-contract.ts";
import {
  aad,
  check,
  currentKey,
  flipped,
  newSegment,
  open,
  patternBytes,
  place,
  seal,
} from "./fixture.ts";
import type { SegmentCipher, SegmentContext } from "@stria/core";

/** Tests with an adversary who has the files and not the key. */
export function forgeryTests(subject: ContractSubject): ContractTest[] {
  return [
    { name: "refuses a flip of any byte of body, tag or AAD", run: () => flips(subject) },
    { name: "refuses every shorter and longer frame", run: () => lengths(subject) },
    { name: "refuses a moved, swapped or duplicated frame", run: () => moves(subject) },
    { name: "refuses frames of another segment or log", run: () => strangers(subject) },
    { name: "shows nothing of a body that fails", run: () => leaks(subject) },
    { name: "refuses a header whose tag does not fit", run: () => headerTag(subject) },
    { name: "goes on opening after a failure", run: () => recovers(subject) },
  ];
}

async function flips(subject: ContractSubject): Promise<void> {
  const { writer, reader } = await newSegment(subject);
  const sealed = seal(writer, 1, patternBytes(33, 1));
  for (let at = 0; at < sealed.length; at++) {
    refused(reader, 1, flipped(sealed, at), `byte ${at} of ${sealed.length} flipped`);
  }
  for (let at = 0; at < aad.length; at++) {
    refused(reader, 1, sealed, `byte ${at} of the AAD flipped`, flipped(aad, at));
  }
}

async function lengths(subject: ContractSubject): Promise<void> {
  const { writer, reader } = await newSegment(subject);
  const sealed = seal(writer, 1, patternBytes(20, 1));
  for (let length = 0; length < sealed.length; length++) {
    refused(reader, 1, sealed.subarray(0, length), `cut to ${length} bytes`);
    refused(reader, 1, sealed.subarray(sealed.length - length), `its last ${length} bytes`);
  }
  const longer = new Uint8Array(sealed.length + 1);
  longer.set(sealed);
  refused(reader, 1, longer, "one byte longer");
  refused(reader, 1, sealed, "AAD one byte shorter", aad.subarray(1));
  refused(reader, 1, sealed, "AAD and body shifted", new Uint8Array(0));
}

async function moves(subject: ContractSubject): Promise<void> {
  const { writer, reader } = await newSegment(subject);
  const sequences = [0, 1, 2, 257, 65_537, 2 ** 24 + 1, 2 ** 31];
  const frames = sequences.map((sequence) => seal(writer, sequence, patternBytes(30, 1)));
  for (const [at, frame] of frames.entries()) {
    for (const sequence of sequences) {
      if (sequence === sequences[at]) continue;
      refused(reader, sequence, frame, `frame ${sequences[at]} in the place of ${sequence}`);
    }
  }
  refused(reader, 2 ** 31 + 1, frames[0] ?? aad, "a sequence no writer uses");
}

async function strangers(subject: ContractSubject): Promise<void> {
  const { writer, header } = await newSegment(subject);
  const sealed = seal(writer, 1, patternBytes(30, 1));
  const other = await newSegment(subject);
  refused(other.reader, 1, sealed, "a frame of another segment");
  const cipher = await subject.create([currentKey]);
  await cipher.prepare([header.keyId]);
  const elsewhere: readonly (readonly [string, SegmentContext])[] = [
    ["another segment id", { ...place, segmentId: place.segmentId + 1 }],
    ["a segment id beyond 32 bits", { ...place, segmentId: place.segmentId + 2 ** 32 }],
    ["another log id", { ...place, logId: flipped(place.logId, 15) }],
  ];
  for (const [what, context] of elsewhere) {
    refused(cipher.openSegment(context, header), 1, sealed, `a file copied to ${what}`);
  }
}

async function leaks(subject: ContractSubject): Promise<void> {
  const { writer, reader } = await newSegment(subject);
  const body = patternBytes(200, 1);
  const forged = flipped(seal(writer, 1, body), 210);
  const target = new Uint8Array(body.length);
  check(reader.open(1, aad, forged, target) === -1, "-1 for a wrong tag");
  let hits = 0;
  for (const [at, byte] of target.entries()) if (byte === body[at]) hits++;
  // Other bytes agree by chance once in 256: 20 of 200 would be far beyond it.
  check(hits < 20, `nothing of the body in the target, ${hits} of ${body.length} bytes agree`);
}

async function headerTag(subject: ContractSubject): Promise<void> {
  const { writer, reader } = await newSegment(subject);
  const header = patternBytes(144, 8);
  const tag = seal(writer, 0, new Uint8Array(0), header);
  check(tag.length === writer.tagBytes, "a header tag of tagBytes");
  check(open(reader, 0, tag, header)?.length === 0, "the header's tag to fit the header");
  for (let at = 0; at < header.length; at++) {
    refused(reader, 0, tag, `byte ${at} of the header flipped`, flipped(header, at));
  }
  refused(reader, 1, tag, "the header's tag as a frame", header);
}

async function recovers(subject: ContractSubject): Promise<void> {
  const { writer, reader } = await newSegment(subject);
  const body = patternBytes(20, 1);
  const sealed = seal(writer, 1, body);
  refused(reader, 1, flipped(sealed, 3), "a flipped byte");
  check(open(reader, 1, sealed) !== undefined, "the true frame to open after a forged one");
}

function refused(
  reader: SegmentCipher,
  sequence: number,
  sealed: Uint8Array,
  what: string,
  clear: Uint8Array = aad,
): void {
  check(open(reader, sequence, sealed, clear) === undefined, `-1 for ${what}`);
}
