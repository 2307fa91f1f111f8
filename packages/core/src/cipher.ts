/**
 * The cipher contract: what the log asks of encryption at rest. `@stria/encryption` implements it.
 * One key per segment, one seal per frame, nonces from the frame's sequence number: an
 * implementation never sees the same (segment key, sequence) twice on the sealing side.
 */

/** What binds a key to its place. */
export interface SegmentContext {
  /** 16 bytes. */
  readonly logId: Uint8Array;
  readonly segmentId: number;
}

/** What a segment header keeps of its cipher; all of it is in the clear. */
export interface CipherHeader {
  /** Suite id, 1-255: 1 = AES-256-GCM, 2 = ChaCha20-Poly1305. 0 is reserved for plaintext. */
  readonly suite: number;
  /** 16 bytes naming the root key. */
  readonly keyId: Uint8Array;
  /** 32 random bytes; the segment's key is derived from the root key and these. */
  readonly salt: Uint8Array;
  /** 32 bytes that only the right root key reproduces. */
  readonly commitment: Uint8Array;
}

/** An AEAD bound to one segment's key. Synchronous, no exceptions for bad tags. */
export interface SegmentCipher {
  /** Bytes the seal adds to a body (16 for both suites). */
  readonly tagBytes: number;
  /**
   * Seals `plaintext` into `target` (ciphertext followed by tag, `plaintext.length + tagBytes` bytes,
   * which may start at the same memory as `plaintext`). `sequence` is 0 for the header, 1… for frames.
   * Throws `RangeError` when `target` is too small or a sequence is sealed twice or goes back.
   */
  seal(sequence: number, aad: Uint8Array, plaintext: Uint8Array, target: Uint8Array): void;
  /**
   * Opens `sealed` (ciphertext and tag) into `target` (may be the same memory); returns the plaintext's
   * length, or -1 when authentication fails, in which case `target` holds nothing of the plaintext.
   */
  open(sequence: number, aad: Uint8Array, sealed: Uint8Array, target: Uint8Array): number;
  /** Forgets the key, as far as the runtime allows. */
  destroy(): void;
}

/** What `Wal.open({ cipher })` takes. */
export interface Cipher {
  /** Read plaintext segments that are older than the first encrypted one (migration). */
  readonly allowPlaintext: boolean;
  /**
   * Fetches the keys named, and the current one; may ask a KMS. Called by `Wal.open` with the ids found
   * in all live headers, and by `rotateKey` with none. Rejects with `WAL_UNKNOWN_KEY`.
   */
  prepare(keyIds: readonly Uint8Array[]): Promise<void>;
  /** A fresh key for a new segment under the current root key. */
  createSegment(context: SegmentContext): { header: CipherHeader; cipher: SegmentCipher };
  /** The key of an existing segment; throws `WAL_UNKNOWN_KEY`, `WAL_WRONG_KEY`, `WAL_UNSUPPORTED_CIPHER`. */
  openSegment(context: SegmentContext, header: CipherHeader): SegmentCipher;
}
