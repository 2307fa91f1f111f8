/**
 * The checksum of this package's own small files: the first 8 bytes of SHA-256. It tells damage from
 * a wrong passphrase or key; against an attacker only the authentication tags count.
 */
import { equalBytes } from "@noble/ciphers/utils.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes } from "@noble/hashes/utils.js";

/** Bytes of the checksum at the end of a file. */
export const checksumBytes = 8;

/** The body with its checksum behind it. */
export function withChecksum(body: Uint8Array): Uint8Array {
  return concatBytes(body, checksum(body));
}

/** The body of a file, or undefined if the checksum does not fit it. */
export function withoutChecksum(file: Uint8Array): Uint8Array | undefined {
  if (file.length < checksumBytes) return undefined;
  const body = file.subarray(0, file.length - checksumBytes);
  return equalBytes(checksum(body), file.subarray(body.length)) ? body : undefined;
}

function checksum(body: Uint8Array): Uint8Array {
  return sha256(body).subarray(0, checksumBytes);
}
