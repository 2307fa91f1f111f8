/**
 * An AEAD bound to one segment: turns sequence numbers into nonces and refuses to use one twice.
 * It knows neither the log's format (the AAD comes ready made) nor where the key came from.
 */
import { type SegmentCipher, WalError } from "@stria/core";
import type { Aead } from "../aead/aead.ts";
import { nonceBytes, tagBytes } from "../aead/suite.ts";
import type { SegmentSecrets } from "./derivation.ts";
import { maxSequence, writeNonce } from "./nonce.ts";

/**
 * The cipher of one segment. A `reader` opens only: what its writer has sealed is not known here, so
 * that sealing anything could use a nonce a second time.
 */
export class AeadSegmentCipher implements SegmentCipher {
  readonly tagBytes: number = tagBytes;
  readonly #aead: Aead;
  readonly #key: Uint8Array;
  readonly #baseNonce: Uint8Array;
  readonly #nonce = new Uint8Array(nonceBytes);
  readonly #role: "writer" | "reader";
  #lastSequence = -1;
  #destroyed = false;

  /** Takes over the secrets and wipes them in {@link destroy}. */
  constructor(aead: Aead, secrets: SegmentSecrets, role: "writer" | "reader") {
    this.#aead = aead;
    this.#key = secrets.key;
    this.#baseNonce = secrets.baseNonce;
    this.#role = role;
  }

  seal(sequence: number, aad: Uint8Array, plaintext: Uint8Array, target: Uint8Array): void {
    this.#assertAlive();
    if (this.#role === "reader") {
      throw new RangeError(`sequence ${sequence}: a segment that was opened is never sealed again`);
    }
    if (!Number.isInteger(sequence) || sequence < 0 || sequence > maxSequence) {
      throw new RangeError(`sequence must be an integer from 0 to ${maxSequence}, got ${sequence}`);
    }
    if (sequence <= this.#lastSequence) {
      throw new RangeError(`sequence must be above ${this.#lastSequence}, got ${sequence}`);
    }
    const sealedBytes = plaintext.length + tagBytes;
    if (target.length < sealedBytes) {
      throw new RangeError(`target must have ${sealedBytes} bytes or more, got ${target.length}`);
    }
    // Used up before the first byte is sealed: whatever fails below, this nonce is not used again.
    this.#lastSequence = sequence;
    this.#aead.seal(this.#input(sequence, aad), plaintext, target.subarray(0, sealedBytes));
  }

  open(sequence: number, aad: Uint8Array, sealed: Uint8Array, target: Uint8Array): number {
    this.#assertAlive();
    // A number from the disk: no writer can have sealed under it.
    if (!Number.isInteger(sequence) || sequence < 0 || sequence > maxSequence) return -1;
    const length = sealed.length - tagBytes;
    if (length < 0) return -1;
    if (target.length < length) {
      throw new RangeError(`target must have ${length} bytes or more, got ${target.length}`);
    }
    const opened = this.#aead.open(this.#input(sequence, aad), sealed, target.subarray(0, length));
    return opened ? length : -1;
  }

  destroy(): void {
    this.#destroyed = true;
    this.#key.fill(0);
    this.#baseNonce.fill(0);
    this.#nonce.fill(0);
  }

  #input(
    sequence: number,
    aad: Uint8Array,
  ): { key: Uint8Array; nonce: Uint8Array; aad: Uint8Array } {
    writeNonce(this.#baseNonce, sequence, this.#nonce);
    return { key: this.#key, nonce: this.#nonce, aad };
  }

  #assertAlive(): void {
    // The key is all zeros by now: sealing with it would be sealing with a key everybody knows.
    if (this.#destroyed) throw new WalError("WAL_CLOSED", "the segment's key was destroyed");
  }
}
