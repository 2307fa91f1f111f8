/**
 * Nonces from sequence numbers, as in TLS 1.3 (RFC 8446, 5.3): the segment's secret base nonce with
 * its last four bytes XOR the sequence number, big-endian. Unique as long as the sequence is.
 */
import { nonceBytes } from "../aead/suite.ts";

/** Highest sequence number of a segment; the log rolls to the next segment, and key, before. */
export const maxSequence: number = 2 ** 31;

/** Writes the nonce of `sequence` into `target` (12 bytes). */
export function writeNonce(base: Uint8Array, sequence: number, target: Uint8Array): void {
  target.set(base);
  for (let byte = 0; byte < 4; byte++) {
    const at = nonceBytes - 1 - byte;
    target[at] = (target[at] ?? 0) ^ ((sequence >>> (8 * byte)) & 0xff);
  }
}
