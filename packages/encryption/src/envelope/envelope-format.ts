/**
 * Bytes of the key file. Pure: no passphrase, no cipher, no I/O. Integers are little-endian.
 *
 * | off | size | field |
 * |---|---|---|
 * | 0 | 8 | magic `STRIAKEY` |
 * | 8 | 1 | version, 1 |
 * | 9 | 1 | key derivation: 1 = Argon2id, version 0x13 |
 * | 10 | 2 | number of keys n, 1 to 256 |
 * | 12 | 4 | memory, KiB |
 * | 16 | 4 | passes |
 * | 20 | 4 | lanes |
 * | 24 | 32 | salt of the derivation |
 * | 56 | 24 | nonce |
 * | 80 | 32 | check value: right for the right passphrase only |
 * | 112 | 48 n + 16 | n × (key id 16, key 32), the current key first, sealed with XChaCha20-Poly1305, AAD = bytes 0 to 111 |
 * | end | 8 | checksum of everything before it, in every version |
 */
import { WalError } from "@stria/core";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { checksumBytes, withChecksum, withoutChecksum } from "../checksum.ts";
import { keyBytes, tagBytes } from "../aead/suite.ts";
import { keyIdBytes } from "../segment/derivation.ts";
import type { PassphraseCost } from "./passphrase.ts";

/** Most keys a file holds. */
export const maxKeys = 256;
/** Bytes before the sealed keys. */
const prefixBytes = 112;
/** Bytes of one key in the sealed part. */
export const entryBytes: number = keyIdBytes + keyBytes;
/** Bytes of the derivation's salt. */
export const envelopeSaltBytes = 32;
/** Bytes of a nonce of XChaCha20-Poly1305. */
export const envelopeNonceBytes = 24;

/** The clear part of a key file. */
export interface EnvelopePrefix {
  readonly keyCount: number;
  readonly cost: PassphraseCost;
  readonly salt: Uint8Array;
  readonly nonce: Uint8Array;
  readonly check: Uint8Array;
}

/** A key file taken apart; nothing in it is verified but its shape and checksum. */
export interface EnvelopeParts extends EnvelopePrefix {
  /** The prefix as bytes: the AAD of the sealed keys. */
  readonly prefix: Uint8Array;
  readonly sealed: Uint8Array;
}

/** The clear part as bytes. */
export function encodePrefix(parts: EnvelopePrefix): Uint8Array {
  const prefix = new Uint8Array(prefixBytes);
  const view = new DataView(prefix.buffer);
  prefix.set(magic, 0);
  prefix[8] = version;
  prefix[9] = argon2id;
  view.setUint16(10, parts.keyCount, true);
  view.setUint32(12, parts.cost.memoryKiB, true);
  view.setUint32(16, parts.cost.passes, true);
  view.setUint32(20, parts.cost.lanes, true);
  prefix.set(parts.salt, 24);
  prefix.set(parts.nonce, 56);
  prefix.set(parts.check, 80);
  return prefix;
}

/** The whole file. */
export function encodeEnvelope(prefix: Uint8Array, sealed: Uint8Array): Uint8Array {
  const body = new Uint8Array(prefix.length + sealed.length);
  body.set(prefix);
  body.set(sealed, prefix.length);
  return withChecksum(body);
}

/**
 * Takes a file apart. Throws `WAL_CORRUPT` for anything that is not a whole, undamaged key file and
 * `WAL_UNSUPPORTED_VERSION` for one of a later version.
 */
export function decodeEnvelope(file: Uint8Array): EnvelopeParts {
  if (file.length < 10 || bytesToHex(file.subarray(0, 8)) !== bytesToHex(magic)) {
    throw new WalError("WAL_CORRUPT", "not a key file: it does not begin with STRIAKEY");
  }
  // Every version ends with this checksum, so that a damaged version byte is damage.
  const body = withoutChecksum(file);
  if (body === undefined) throw damaged(`checksum mismatch over ${file.length} bytes`);
  if (body[8] !== version) {
    throw new WalError("WAL_UNSUPPORTED_VERSION", `key file has version ${body[8]}, known is 1`);
  }
  if (body[9] !== argon2id) {
    throw new WalError("WAL_UNSUPPORTED", `key file names key derivation ${body[9]}, known is 1`);
  }
  if (body.length < prefixBytes) throw damaged(`${file.length} bytes are too few`);
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const keyCount = view.getUint16(10, true);
  const expected = prefixBytes + keyCount * entryBytes + tagBytes;
  if (keyCount < 1 || keyCount > maxKeys || body.length !== expected) {
    throw damaged(`${keyCount} keys do not fit ${body.length + checksumBytes} bytes`);
  }
  return {
    keyCount,
    cost: {
      memoryKiB: view.getUint32(12, true),
      passes: view.getUint32(16, true),
      lanes: view.getUint32(20, true),
    },
    salt: body.subarray(24, 56),
    nonce: body.subarray(56, 80),
    check: body.subarray(80, prefixBytes),
    prefix: body.subarray(0, prefixBytes),
    sealed: body.subarray(prefixBytes),
  };
}

const magic = utf8ToBytes("STRIAKEY");
const version = 1;
const argon2id = 1;

function damaged(how: string): WalError {
  return new WalError("WAL_CORRUPT", `key file is damaged: ${how}`);
}
