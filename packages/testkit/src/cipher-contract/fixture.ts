/**
 * What the tests of the cipher contract share: fixed keys and places, bytes that are easy to tell
 * apart, a segment ready to use, and three ways to fail.
 */
import {
  type CipherHeader,
  isWalError,
  type SegmentCipher,
  type SegmentContext,
} from "@stria/core";
import type { WalErrorCode } from "@stria/core";
import type { CipherContractKey, ContractSubject } from "./cipher-contract.ts";

/** `length` bytes that depend on `seed`, none of them equal to its neighbours. */
export function patternBytes(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + (at >>> 8) * 7 + seed * 101 + 1) & 0xff);
}

/** The key that seals. */
export const currentKey: CipherContractKey = { id: patternBytes(16, 1), key: patternBytes(32, 2) };
/** A key that sealed once. */
export const olderKey: CipherContractKey = { id: patternBytes(16, 3), key: patternBytes(32, 4) };
/** Where the segment under test lies. */
export const place: SegmentContext = { logId: patternBytes(16, 5), segmentId: 7 };
/** What is authenticated in the clear. */
export const aad: Uint8Array = patternBytes(56, 6);

/** A segment with both its ends. */
export interface Segment {
  readonly header: CipherHeader;
  readonly writer: SegmentCipher;
  readonly reader: SegmentCipher;
}

/** A new segment under the current key, and a second cipher instance that reads it. */
export async function newSegment(subject: ContractSubject): Promise<Segment> {
  const writing = await subject.create([currentKey]);
  await writing.prepare([]);
  const { header, cipher: writer } = writing.createSegment(place);
  const reading = await subject.create([currentKey]);
  await reading.prepare([header.keyId]);
  return { header, writer, reader: reading.openSegment(place, header) };
}

/** Seals into a buffer of just the right size. */
export function seal(
  cipher: SegmentCipher,
  sequence: number,
  body: Uint8Array,
  clear: Uint8Array = aad,
): Uint8Array {
  const sealed = new Uint8Array(body.length + cipher.tagBytes);
  cipher.seal(sequence, clear, body, sealed);
  return sealed;
}

/** The body, or undefined if authentication fails. */
export function open(
  cipher: SegmentCipher,
  sequence: number,
  sealed: Uint8Array,
  clear: Uint8Array = aad,
): Uint8Array | undefined {
  const target = new Uint8Array(Math.max(0, sealed.length - cipher.tagBytes));
  const length = cipher.open(sequence, clear, sealed, target);
  return length === -1 ? undefined : target.subarray(0, length);
}

/** A copy with one bit of one byte changed. */
export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
  return copy;
}

/** True if both hold the same bytes. */
export function same(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** Fails the test unless `holds`. */
export function check(holds: boolean, expected: string): void {
  if (!holds) throw new Error(`cipher contract: expected ${expected}`);
}

/** Fails the test unless `run` throws, and what it throws is accepted. */
export function checkThrows(
  run: () => unknown,
  expected: string,
  accepts: (error: unknown) => boolean = () => true,
): void {
  try {
    run();
  } catch (error) {
    if (accepts(error)) return;
    throw new Error(`cipher contract: expected ${expected}, got ${String(error)}`, {
      cause: error,
    });
  }
  throw new Error(`cipher contract: expected ${expected}, nothing was thrown`);
}

/** Fails the test unless the promise rejects with the code. */
export async function checkRejects(
  promise: Promise<unknown>,
  code: WalErrorCode,
  expected: string,
): Promise<void> {
  try {
    await promise;
  } catch (error) {
    if (isWalError(error, code)) return;
    throw new Error(`cipher contract: expected ${expected}, got ${String(error)}`, {
      cause: error,
    });
  }
  throw new Error(`cipher contract: expected ${expected}, it resolved`);
}

/** For {@link checkThrows}: a `RangeError`. */
export function isRangeError(error: unknown): boolean {
  return error instanceof RangeError;
}
