/** Hex and back, for vectors. Strict: test data with a typing error must not pass for other bytes. */
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";

/** Bytes of hex digits; white space is ignored. */
export function hex(digits: string): Uint8Array {
  return hexToBytes(digits.replaceAll(/\s/g, ""));
}

export { bytesToHex as toHex };
