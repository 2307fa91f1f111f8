/**
 * What an implementation of a suite owes the rest: seal and open with the key and nonce it is
 * given. It keeps no state, chooses no nonce and knows nothing of segments or of where keys come from.
 */
import type { SuiteName } from "./suite.ts";

/** Where the arithmetic happens: the runtime's own crypto, or JavaScript. Never recorded on disk. */
export type ImplementationName = "native" | "noble";

/** One message: whose sizes the caller has checked. */
export interface AeadInput {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 12 bytes, never used before with this key when sealing. */
  readonly nonce: Uint8Array;
  /** Authenticated, not encrypted. Must not overlap the target. */
  readonly aad: Uint8Array;
}

/** A suite, implemented. */
export interface Aead {
  readonly suite: SuiteName;
  readonly implementation: ImplementationName;
  /** Writes ciphertext and tag; `target` has exactly `plaintext.length + 16` bytes and may start where `plaintext` does. */
  seal(input: AeadInput, plaintext: Uint8Array, target: Uint8Array): void;
  /**
   * Writes the plaintext and returns true, or returns false for a wrong tag and writes no byte of
   * plaintext. `sealed` has at least 16 bytes, `target` exactly `sealed.length - 16`; both may start
   * at the same place.
   */
  open(input: AeadInput, sealed: Uint8Array, target: Uint8Array): boolean;
}
