/**
 * Cipher suites: the ids that segment headers carry and what every suite has in common.
 * An id names an algorithm, never an implementation: bytes sealed by one runtime open in any other.
 */

/** An AEAD that can seal frames. */
export type SuiteName = "aes-256-gcm" | "chacha20-poly1305";

/** A suite as a segment header names it. */
export interface Suite {
  /** The number on disk; 0 is plaintext. */
  readonly id: number;
  readonly name: SuiteName;
}

/** Bytes of a root key, of a segment key and of every other secret key in this package. */
export const keyBytes = 32;
/** Bytes of a nonce of both suites. */
export const nonceBytes = 12;
/** Bytes an authentication tag adds. */
export const tagBytes = 16;

/** Best everywhere: the fastest where no native cipher exists, and as fast as AES where one does. */
export const defaultSuite: SuiteName = "chacha20-poly1305";

const suites: readonly Suite[] = [
  { id: 1, name: "aes-256-gcm" },
  { id: 2, name: "chacha20-poly1305" },
];

/** The suite a header names, or undefined if this version does not know it. */
export function suiteById(id: number): Suite | undefined {
  return suites.find((suite) => suite.id === id);
}

/** The suite an option names. Throws `RangeError` for any other value. */
export function suiteByName(name: unknown): Suite {
  const suite = suites.find((known) => known.name === name);
  if (suite === undefined) {
    throw new RangeError('suite must be "aes-256-gcm" or "chacha20-poly1305"');
  }
  return suite;
}
