/**
 * A cipher in forty lines that keeps the contract and no secret: XOR with a key stream, and a tag that
 * is a checksum over key, sequence, context and text. It tells a wrong key, a changed byte and a moved
 * frame apart from sound ones, which is all the log's own tests need.
 */
import { crc32 } from "../../src/checksum.ts";
import type { Cipher, CipherHeader, SegmentCipher, SegmentContext } from "../../src/cipher.ts";
import { WalError } from "../../src/errors.ts";
import { equalBytes, putU32, toHex } from "../../src/format/bytes.ts";

const TAG_BYTES = 16;

/** A root key, named by the first letter of its id. */
export interface FakeKey {
  readonly id: string;
  readonly secret: number;
}

export class FakeCipher implements Cipher {
  readonly allowPlaintext: boolean;
  /** Ids asked for, call by call. */
  readonly prepared: string[][] = [];
  /** The first one seals. */
  readonly keys: FakeKey[];
  #salts = 0;

  constructor(keys: FakeKey[], allowPlaintext = false) {
    this.keys = keys;
    this.allowPlaintext = allowPlaintext;
  }

  async prepare(keyIds: readonly Uint8Array[]): Promise<void> {
    this.prepared.push(keyIds.map(toHex));
    for (const id of keyIds) this.#key(id);
  }

  createSegment(context: SegmentContext): { header: CipherHeader; cipher: SegmentCipher } {
    const key = this.keys[0]!;
    const salt = new Uint8Array(32).fill(++this.#salts);
    const header = { suite: 1, keyId: keyId(key), salt, commitment: commitment(key, salt) };
    return { header, cipher: new FakeSegmentCipher(key, salt, context) };
  }

  openSegment(context: SegmentContext, header: CipherHeader): SegmentCipher {
    if (header.suite !== 1) throw new WalError("WAL_UNSUPPORTED_CIPHER", `suite ${header.suite}`);
    const key = this.#key(header.keyId);
    if (!equalBytes(commitment(key, header.salt), header.commitment)) {
      throw new WalError("WAL_WRONG_KEY", `key ${key.id} is another one`);
    }
    return new FakeSegmentCipher(key, header.salt, context);
  }

  #key(id: Uint8Array): FakeKey {
    const key = this.keys.find((candidate) => equalBytes(keyId(candidate), id));
    if (key === undefined) throw new WalError("WAL_UNKNOWN_KEY", `no key ${toHex(id)}`);
    return key;
  }
}

class FakeSegmentCipher implements SegmentCipher {
  readonly tagBytes = TAG_BYTES;
  readonly #seed: number;
  #last = -1;

  constructor(key: FakeKey, salt: Uint8Array, context: SegmentContext) {
    const place = crc32(context.logId, key.secret + context.segmentId);
    this.#seed = crc32(salt, place);
  }

  seal(sequence: number, aad: Uint8Array, plaintext: Uint8Array, target: Uint8Array): void {
    if (sequence <= this.#last) throw new RangeError(`sequence ${sequence} after ${this.#last}`);
    this.#last = sequence;
    const { length } = plaintext;
    const tag = this.#tag(sequence, aad, plaintext);
    this.#stream(sequence, plaintext, target);
    target.set(tag, length);
  }

  open(sequence: number, aad: Uint8Array, sealed: Uint8Array, target: Uint8Array): number {
    const length = sealed.length - TAG_BYTES;
    const plain = new Uint8Array(length);
    this.#stream(sequence, sealed.subarray(0, length), plain);
    if (!equalBytes(this.#tag(sequence, aad, plain), sealed.subarray(length))) return -1;
    target.set(plain);
    return length;
  }

  destroy(): void {
    // The key is a number in a test.
  }

  #stream(sequence: number, from: Uint8Array, to: Uint8Array): void {
    const start = (this.#seed ^ Math.imul(sequence, 0x9e37_79b1)) >>> 0;
    for (let i = 0; i < from.length; i++) to[i] = from[i]! ^ (start >>> (i % 25)) ^ i;
  }

  #tag(sequence: number, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const tag = new Uint8Array(TAG_BYTES);
    const sum = crc32(plaintext, crc32(aad, (this.#seed + sequence) >>> 0));
    for (let i = 0; i < TAG_BYTES; i += 4) putU32(tag, i, crc32(tag.subarray(0, i), sum + i));
    return tag;
  }
}

function keyId(key: FakeKey): Uint8Array {
  return new Uint8Array(16).fill(key.id.charCodeAt(0));
}

function commitment(key: FakeKey, salt: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(32);
  putU32(bytes, 0, crc32(salt, key.secret));
  return bytes;
}
