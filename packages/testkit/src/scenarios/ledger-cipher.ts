/**
 * A small deterministic cipher for simulations that keeps a ledger: every (key, nonce) pair that seals
 * anything is written down, and a second use is remembered. It binds key, nonce and associated data as
 * a real one does; it protects nothing. Not for anything but tests.
 */
import type { Cipher, CipherHeader, Random, SegmentCipher, SegmentContext } from "@stria/core";
import { SeededRandom } from "../random.ts";

const tagBytes = 16;
const rootKey = "a root key that protects nothing";

/** Nonces by key, over all lives of one exploration. */
export class NonceLedger {
  readonly #lives = new Map<string, { readonly life: string; readonly sequences: Set<number> }>();
  readonly #reused: string[] = [];
  #pairs = 0;

  /** Different pairs used. */
  get pairs(): number {
    return this.#pairs;
  }

  /** Pairs that were used twice, as text. */
  get reused(): readonly string[] {
    return this.#reused;
  }

  /**
   * A key starts to seal. The same life run again (a measuring run, a branch) seals the same; the same
   * key in another life is a nonce used twice.
   */
  begin(key: string, life: string): Set<number> {
    const known = this.#lives.get(key);
    if (known !== undefined && known.life !== life) this.#reused.push(`key ${key} in a later life`);
    const sequences = new Set<number>();
    this.#lives.set(key, { life, sequences });
    return sequences;
  }

  /** Notes that `sequence` seals under the key. */
  use(key: string, sequences: Set<number>, sequence: number): void {
    if (sequences.has(sequence)) this.#reused.push(`key ${key}, sequence ${sequence}`);
    sequences.add(sequence);
    this.#pairs++;
  }
}

/** The cipher of one opening: `life` names the life it belongs to, `random` gives the salts. */
export function ledgerCipher(ledger: NonceLedger, life: string, random: Random): Cipher {
  return {
    allowPlaintext: false,
    prepare: () => Promise.resolve(),
    createSegment(context) {
      const salt = random(new Uint8Array(32));
      const key = keyOf(context, salt);
      const header: CipherHeader = {
        suite: 255,
        keyId: noise("key id", 16),
        salt,
        commitment: noise(`${key} commitment`, 32),
      };
      const sequences = ledger.begin(key, life);
      return { header, cipher: segmentCipher(key, (n) => ledger.use(key, sequences, n)) };
    },
    openSegment(context, header) {
      return segmentCipher(keyOf(context, header.salt), (sequence) => {
        throw new RangeError(`sequence ${sequence} sealed under the key of an earlier life`);
      });
    },
  };
}

function segmentCipher(key: string, onSeal: (sequence: number) => void): SegmentCipher {
  return {
    tagBytes,
    seal(sequence, aad, plaintext, target) {
      onSeal(sequence);
      const plain = plaintext.slice();
      mask(key, sequence, plain, target);
      target.set(tagOf(key, sequence, aad, plain), plain.length);
    },
    open(sequence, aad, sealed, target) {
      const length = sealed.length - tagBytes;
      const tag = sealed.slice(length);
      const plain = new Uint8Array(length);
      mask(key, sequence, sealed.subarray(0, length), plain);
      const wanted = tagOf(key, sequence, aad, plain);
      if (!tag.every((byte, i) => byte === wanted[i])) return -1;
      target.set(plain);
      return length;
    },
    destroy() {},
  };
}

function keyOf({ logId, segmentId }: SegmentContext, salt: Uint8Array): string {
  return hex(digest([rootKey, hex(logId), String(segmentId), hex(salt)].join(" "), []));
}

function mask(key: string, sequence: number, from: Uint8Array, into: Uint8Array): void {
  const stream = noise(`${key} ${sequence}`, from.length);
  for (let i = 0; i < from.length; i++) into[i] = (from[i] ?? 0) ^ (stream[i] ?? 0);
}

function tagOf(key: string, sequence: number, aad: Uint8Array, plain: Uint8Array): Uint8Array {
  return digest(`${key} ${sequence} tag`, [aad, plain]);
}

function noise(seed: string, length: number): Uint8Array {
  return new SeededRandom(seed).fillBytes(new Uint8Array(length));
}

/** 16 bytes that differ whenever the inputs do, for all an honest program can tell. */
function digest(text: string, parts: readonly Uint8Array[]): Uint8Array {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  const add = (byte: number): void => {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b + byte, 0x85ebca6b) ^ (b >>> 13);
  };
  for (let i = 0; i < text.length; i++) add(text.charCodeAt(i));
  for (const part of parts) {
    add(part.length);
    for (const byte of part) add(byte);
  }
  return noise(`${a} ${b}`, 16);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
