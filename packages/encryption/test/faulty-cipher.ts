/**
 * A small cipher with one defect at a time, to show that the contract suite sees each of them.
 * Without a defect it meets the contract. Built on the primitives and not on the real cipher, so that
 * a defect can be put anywhere.
 */
import type { Cipher, CipherHeader, SegmentCipher, SegmentContext } from "@stria/core";
import { WalError } from "@stria/core";
import { toHex } from "./hex.ts";
import { nobleAead } from "../src/aead/noble-aead.ts";
import { deriveSegment, type SegmentSecrets } from "../src/segment/derivation.ts";
import type { CipherContractKey } from "@stria/testkit";

/** Every way in which it can be wrong. */
export const faults = [
  "does not encrypt",
  "ignores the AAD",
  "binds only the AAD's length",
  "ignores the sequence",
  "uses 8 bits of the sequence",
  "uses 24 bits of the sequence",
  "does not check the tag",
  "checks half of the tag",
  "decrypts before it checks the tag",
  "throws for a wrong tag",
  "accepts frames without a tag",
  "seals a sequence twice",
  "lets the sequence go back",
  "forbids gaps in the sequence",
  "seals in an opened segment",
  "accepts any sequence number",
  "stops at sequence 65535",
  "cuts off what does not fit",
  "opens into a target that is too small",
  "writes past the tag",
  "cannot work in place",
  "changes the body it is given",
  "opens a frame only once",
  "refuses an empty body",
  "garbles what is beyond 64 KiB",
  "works on after destroy",
  "ignores the segment id",
  "uses 32 bits of the segment id",
  "ignores the log id",
  "uses one salt for all segments",
  "writes no commitment",
  "does not check the commitment",
  "checks half of the commitment",
  "writes the key into the header",
  "takes the current key for a missing one",
  "promises keys it does not have",
  "forgets older keys",
  "seals under the last key",
  "takes a suite it does not know",
] as const;

export type Fault = (typeof faults)[number];

/** The cipher with that defect, or a sound one. */
export function faultyCipher(keys: readonly CipherContractKey[], fault?: Fault): Cipher {
  const [first] = keys;
  const current = fault === "seals under the last key" ? keys.at(-1) : first;
  if (first === undefined || current === undefined) throw new TypeError("keys must not be empty");
  const find = (id: Uint8Array): CipherContractKey | undefined =>
    (fault === "forgets older keys" ? [first] : keys).find((key) => toHex(key.id) === toHex(id));
  return {
    allowPlaintext: false,
    async prepare(keyIds) {
      if (fault === "promises keys it does not have") return;
      if (fault === "takes the current key for a missing one") return;
      if (!keyIds.every((id) => find(id))) throw new WalError("WAL_UNKNOWN_KEY", "no such key");
    },
    createSegment(context) {
      const salt = new Uint8Array(32);
      if (fault !== "uses one salt for all segments") crypto.getRandomValues(salt);
      const secrets = derive(current.key, salt, context, fault);
      const commitment = headerCommitment(secrets, current, fault);
      const header = { suite: 2, keyId: current.id, salt, commitment };
      return { header, cipher: new FaultySegment(secrets, "writer", fault) };
    },
    openSegment(context, header) {
      if (header.suite !== 2 && fault !== "takes a suite it does not know") {
        throw new WalError("WAL_UNSUPPORTED_CIPHER", "unknown suite");
      }
      const missing = fault === "takes the current key for a missing one" ? first : undefined;
      const key = find(header.keyId) ?? missing;
      if (key === undefined) throw new WalError("WAL_UNKNOWN_KEY", "no such key");
      const secrets = derive(key.key, header.salt, context, fault);
      checkCommitment(headerCommitment(secrets, key, fault), header, fault);
      return new FaultySegment(secrets, "reader", fault);
    },
  };
}

function derive(
  key: Uint8Array,
  salt: Uint8Array,
  context: SegmentContext,
  fault: Fault | undefined,
): SegmentSecrets {
  let { logId, segmentId } = context;
  if (fault === "ignores the segment id") segmentId = 0;
  if (fault === "uses 32 bits of the segment id") segmentId %= 2 ** 32;
  if (fault === "ignores the log id") logId = new Uint8Array(16);
  return deriveSegment(key, salt, 2, { logId, segmentId });
}

function headerCommitment(
  secrets: SegmentSecrets,
  key: CipherContractKey,
  fault: Fault | undefined,
): Uint8Array {
  if (fault === "writes no commitment") return new Uint8Array(32);
  return fault === "writes the key into the header" ? key.key : secrets.commitment;
}

function checkCommitment(
  commitment: Uint8Array,
  header: CipherHeader,
  fault: Fault | undefined,
): void {
  if (fault === "does not check the commitment") return;
  const length = fault === "checks half of the commitment" ? 16 : 32;
  if (toHex(commitment.subarray(0, length)) !== toHex(header.commitment.subarray(0, length))) {
    throw new WalError("WAL_WRONG_KEY", "wrong key");
  }
}

class FaultySegment implements SegmentCipher {
  readonly tagBytes = 16;
  readonly #secrets: SegmentSecrets;
  readonly #role: "writer" | "reader";
  readonly #fault: Fault | undefined;
  readonly #opened = new Set<number>();
  #last = -1;
  #destroyed = false;

  constructor(secrets: SegmentSecrets, role: "writer" | "reader", fault: Fault | undefined) {
    this.#secrets = secrets;
    this.#role = role;
    this.#fault = fault;
  }

  seal(sequence: number, aad: Uint8Array, plaintext: Uint8Array, target: Uint8Array): void {
    const fault = this.#fault;
    this.#checkSeal(sequence, plaintext);
    this.#last = sequence;
    const body = plaintext.slice();
    if (fault === "garbles what is beyond 64 KiB") body.fill(0, 65_536);
    const sealed = new Uint8Array(body.length + 16);
    nobleAead("chacha20-poly1305").seal(this.#input(sequence, aad), body, sealed);
    if (fault === "does not encrypt") sealed.set(body);
    if (fault === "changes the body it is given") plaintext.fill(0);
    if (fault === "cannot work in place" && target.buffer === plaintext.buffer) sealed.reverse();
    if (target.length < sealed.length) {
      if (fault !== "cuts off what does not fit") throw new RangeError("target is too small");
      target.set(sealed.subarray(0, target.length));
      return;
    }
    target.set(sealed);
    if (fault === "writes past the tag" && target.length > sealed.length) target[sealed.length] = 0;
  }

  open(sequence: number, aad: Uint8Array, sealed: Uint8Array, target: Uint8Array): number {
    const fault = this.#fault;
    this.#checkAlive();
    if (fault === "accepts frames without a tag" && sealed.length < 16) return 0;
    const length = sealed.length - 16;
    if (length < 0 || (sequence > 2 ** 31 && fault !== "accepts any sequence number")) return -1;
    if (target.length < length) {
      if (fault === "opens into a target that is too small") return target.length;
      throw new RangeError("target is too small");
    }
    if (fault === "opens a frame only once" && this.#opened.has(sequence)) return -1;
    this.#opened.add(sequence);
    const body = this.#decrypt(sequence, aad, sealed);
    if (this.#tagFits(sequence, aad, body, sealed)) {
      target.set(body);
      return length;
    }
    if (fault === "decrypts before it checks the tag") target.set(body);
    if (fault === "throws for a wrong tag") throw new WalError("WAL_TAMPERED", "wrong tag");
    return -1;
  }

  destroy(): void {
    this.#destroyed = true;
  }

  #checkSeal(sequence: number, plaintext: Uint8Array): void {
    const fault = this.#fault;
    this.#checkAlive();
    if (this.#role === "reader" && fault !== "seals in an opened segment")
      throw new RangeError("reader");
    const last = fault === "stops at sequence 65535" ? 65_535 : 2 ** 31;
    const whole = Number.isInteger(sequence) && sequence >= 0 && sequence <= last;
    if (!whole && fault !== "accepts any sequence number") throw new RangeError("range");
    if (sequence === this.#last && fault !== "seals a sequence twice")
      throw new RangeError("twice");
    if (sequence < this.#last && fault !== "lets the sequence go back")
      throw new RangeError("back");
    if (fault === "forbids gaps in the sequence" && sequence > this.#last + 2)
      throw new RangeError("gap");
    if (fault === "refuses an empty body" && plaintext.length === 0) throw new RangeError("empty");
  }

  #checkAlive(): void {
    if (this.#destroyed && this.#fault !== "works on after destroy") {
      throw new WalError("WAL_CLOSED", "destroyed");
    }
  }

  /** ChaCha20 is its own inverse: sealing the ciphertext gives the body, whatever the tag. */
  #decrypt(sequence: number, aad: Uint8Array, sealed: Uint8Array): Uint8Array {
    const body = sealed.slice(0, sealed.length - 16);
    if (this.#fault === "does not encrypt") return body;
    const again = new Uint8Array(sealed.length);
    nobleAead("chacha20-poly1305").seal(this.#input(sequence, aad), body, again);
    return again.slice(0, body.length);
  }

  #tagFits(sequence: number, aad: Uint8Array, body: Uint8Array, sealed: Uint8Array): boolean {
    if (this.#fault === "does not check the tag") return true;
    const again = new Uint8Array(sealed.length);
    nobleAead("chacha20-poly1305").seal(this.#input(sequence, aad), body, again);
    const end = this.#fault === "checks half of the tag" ? -8 : undefined;
    return toHex(again.slice(-16, end)) === toHex(sealed.slice(-16, end));
  }

  #input(
    sequence: number,
    aad: Uint8Array,
  ): { key: Uint8Array; nonce: Uint8Array; aad: Uint8Array } {
    const nonce = this.#secrets.baseNonce.slice();
    let counter = sequence;
    if (this.#fault === "ignores the sequence") counter = 0;
    if (this.#fault === "uses 8 bits of the sequence") counter %= 2 ** 8;
    if (this.#fault === "uses 24 bits of the sequence") counter %= 2 ** 24;
    const view = new DataView(nonce.buffer);
    view.setUint32(8, view.getUint32(8) ^ counter);
    let bound = aad;
    if (this.#fault === "ignores the AAD") bound = new Uint8Array(0);
    if (this.#fault === "binds only the AAD's length") bound = Uint8Array.of(aad.length);
    return { key: this.#secrets.key, nonce, aad: bound };
  }
}
