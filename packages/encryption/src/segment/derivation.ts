/**
 * Key derivation (HKDF-SHA-256, RFC 5869): from a root key and a segment's random salt to the
 * segment's key, base nonce and commitment. Pure: bytes in, bytes out.
 *
 *     prk         = Extract(salt, root key)
 *     commitment  = Expand(prk, "stria/v1 commitment\0", 32)
 *     key ‖ base  = Expand(prk, "stria/v1 segment\0" ‖ suite u8 ‖ log id 16 ‖ segment id u64 LE, 44)
 *
 * The commitment depends on root key and salt alone, so that a wrong key (commitment differs) and an
 * edited or moved header (commitment right, header tag wrong) are two different findings.
 */
import type { SegmentContext } from "@stria/core";
import { expand, extract, hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { keyBytes, nonceBytes } from "../aead/suite.ts";

/** Bytes of a log id. */
const logIdBytes = 16;
/** Bytes of a key id. */
export const keyIdBytes = 16;
/** Bytes of a segment's salt. */
export const saltBytes = 32;
/** Bytes of a key commitment. */
export const commitmentBytes = 32;

/** What a segment is sealed with. Secret but for the commitment. */
export interface SegmentSecrets {
  readonly key: Uint8Array;
  readonly baseNonce: Uint8Array;
  readonly commitment: Uint8Array;
}

/** The secrets of one segment. The caller wipes them. */
export function deriveSegment(
  rootKey: Uint8Array,
  salt: Uint8Array,
  suite: number,
  context: SegmentContext,
): SegmentSecrets {
  const prk = extract(sha256, rootKey, salt);
  const material = expand(sha256, prk, segmentInfo(suite, context), keyBytes + nonceBytes);
  const secrets: SegmentSecrets = {
    key: material.slice(0, keyBytes),
    baseNonce: material.slice(keyBytes),
    commitment: expand(sha256, prk, commitmentLabel, commitmentBytes),
  };
  prk.fill(0);
  material.fill(0);
  return secrets;
}

/** A key for something other than a segment, under a label of its own. */
export function deriveKey(
  secret: Uint8Array,
  salt: Uint8Array,
  label: string,
  bytes: number,
): Uint8Array {
  return hkdf(sha256, secret, salt, utf8ToBytes(`stria/v1 ${label}\0`), bytes);
}

/** The id a root key has unless it was given another: 16 bytes that tell nothing about the key. */
export function deriveKeyId(rootKey: Uint8Array): Uint8Array {
  return deriveKey(rootKey, new Uint8Array(0), "key id", keyIdBytes);
}

const commitmentLabel = utf8ToBytes("stria/v1 commitment\0");
const segmentLabel = utf8ToBytes("stria/v1 segment\0");

function segmentInfo(suite: number, context: SegmentContext): Uint8Array {
  if (context.logId.length !== logIdBytes) {
    throw new RangeError(`logId must have ${logIdBytes} bytes, got ${context.logId.length}`);
  }
  if (!Number.isSafeInteger(context.segmentId) || context.segmentId < 0) {
    throw new RangeError(`segmentId must be a safe integer from 0, got ${context.segmentId}`);
  }
  const id = new Uint8Array(8);
  new DataView(id.buffer).setBigUint64(0, BigInt(context.segmentId), true);
  return concatBytes(segmentLabel, Uint8Array.of(suite), context.logId, id);
}
