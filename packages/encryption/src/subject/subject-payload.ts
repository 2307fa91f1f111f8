/**
 * Bytes of a payload sealed for a subject. Pure: no key, no cipher.
 *
 * | off | size | field |
 * |---|---|---|
 * | 0 | 1 | version, 1 |
 * | 1 | 1 | bytes of the subject's name n, 1 to 255 |
 * | 2 | 16 | handle of the subject's key |
 * | 18 | 24 | nonce |
 * | 42 | n | the subject's name, UTF-8 |
 * | 42 + n | m + 16 | the payload, sealed with XChaCha20-Poly1305, AAD = everything before it |
 */
import { WalError } from "@stria/core";
import { bytesToUtf8, utf8ToBytes } from "@noble/ciphers/utils.js";
import { tagBytes } from "../aead/suite.ts";

/** Most bytes of a subject's name. */
const maxSubjectBytes = 255;
/** Bytes of the handle that names a subject's key. */
export const handleBytes = 16;
/** Bytes of the nonce. */
export const subjectNonceBytes = 24;

/** Bytes a sealed payload has beyond the payload and the subject's name. */
export const subjectOverheadBytes: number = 2 + handleBytes + subjectNonceBytes + tagBytes;

/** A sealed payload taken apart; nothing in it is verified but its shape. */
export interface SubjectParts {
  readonly subject: string;
  readonly handle: Uint8Array;
  readonly nonce: Uint8Array;
  /** Everything before the sealed part: its AAD. */
  readonly prefix: Uint8Array;
  readonly sealed: Uint8Array;
}

/** A subject's name as bytes. Throws `TypeError`/`RangeError`, and does not repeat the name. */
export function subjectBytes(subject: string): Uint8Array {
  if (typeof subject !== "string") throw new TypeError("subject must be a string");
  const bytes = utf8ToBytes(subject);
  if (bytes.length < 1 || bytes.length > maxSubjectBytes) {
    throw new RangeError(
      `subject must have 1 to ${maxSubjectBytes} UTF-8 bytes, got ${bytes.length}`,
    );
  }
  // Lone surrogates all become the same replacement character: two subjects would share a name.
  if (bytesToUtf8(bytes) !== subject) throw new RangeError("subject must be well-formed Unicode");
  return bytes;
}

/** The part before the sealed payload. */
export function encodeSubjectPrefix(
  name: Uint8Array,
  handle: Uint8Array,
  nonce: Uint8Array,
): Uint8Array {
  const prefix = new Uint8Array(nameAt + name.length);
  prefix[0] = version;
  prefix[1] = name.length;
  prefix.set(handle, 2);
  prefix.set(nonce, 2 + handleBytes);
  prefix.set(name, nameAt);
  return prefix;
}

/** Takes a payload apart. Throws `WAL_CORRUPT` for what is no payload sealed for a subject. */
export function decodeSubjectPayload(payload: Uint8Array): SubjectParts {
  const nameBytes = payload[1] ?? 0;
  const sealedAt = nameAt + nameBytes;
  if (payload[0] !== version || nameBytes === 0 || payload.length < sealedAt + tagBytes) {
    throw new WalError("WAL_CORRUPT", `not sealed for a subject: ${payload.length} bytes`);
  }
  return {
    subject: bytesToUtf8(payload.subarray(nameAt, sealedAt)),
    handle: payload.subarray(2, 2 + handleBytes),
    nonce: payload.subarray(2 + handleBytes, nameAt),
    prefix: payload.subarray(0, sealedAt),
    sealed: payload.subarray(sealedAt),
  };
}

const version = 1;
const nameAt = 2 + handleBytes + subjectNonceBytes;
