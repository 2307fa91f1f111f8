/**
 * A root key and its name. The secret sits in a private field: it is in no message, no JSON and no
 * inspection. Segment keys are derived from it elsewhere; it never seals anything itself.
 */
import type { Random } from "@stria/core";
import { systemRandom } from "@stria/core";
import { bytesToHex, isBytes } from "@noble/hashes/utils.js";
import { keyBytes } from "../aead/suite.ts";
import { inspectAs } from "./inspect.ts";
import { deriveKeyId, keyIdBytes } from "../segment/derivation.ts";

/** A key as callers have it: 32 secret bytes, the same with a 16-byte id of one's own, or a {@link RootKey}. */
export type KeyInput = Uint8Array | { readonly id: Uint8Array; readonly key: Uint8Array } | RootKey;

/** 32 fresh random bytes: a root key. The caller keeps them safe; nothing can recover them. */
export function generateKey(random: Random = systemRandom): Uint8Array {
  return random(new Uint8Array(keyBytes));
}

/** The id that segments sealed under this key carry, unless it was given another. 16 bytes, public. */
export function keyIdOf(key: KeyInput): Uint8Array {
  return RootKey.from(key, "key").id;
}

/** A root key that does not show its secret. */
export class RootKey {
  static {
    inspectAs(this.prototype, (self) => self.toString());
  }

  readonly #id: Uint8Array;
  readonly #key: Uint8Array;

  private constructor(id: Uint8Array, key: Uint8Array) {
    this.#id = id;
    this.#key = key;
  }

  /** Checks and copies `input`. Throws `TypeError`/`RangeError` naming `option`, never showing the value. */
  static from(input: KeyInput, option: string): RootKey {
    if (input instanceof RootKey) return new RootKey(input.id, input.exportBytes());
    if (isBytes(input)) {
      checkSecret(input, option);
      return new RootKey(deriveKeyId(input), Uint8Array.from(input));
    }
    const { id, key } = (input ?? {}) as { id?: unknown; key?: unknown };
    if (!isBytes(key)) {
      throw new TypeError(`${option} must be a Uint8Array of ${keyBytes} bytes or { id, key }`);
    }
    checkSecret(key, `${option}.key`);
    if (!isBytes(id)) {
      throw new TypeError(`${option}.id must be a Uint8Array of ${keyIdBytes} bytes`);
    }
    if (id.length !== keyIdBytes || isZero(id)) {
      throw new RangeError(`${option}.id must have ${keyIdBytes} bytes, not all of them zero`);
    }
    return new RootKey(Uint8Array.from(id), Uint8Array.from(key));
  }

  /** A copy of the key's public name. */
  get id(): Uint8Array {
    return Uint8Array.from(this.#id);
  }

  /** The key's public name, in hex. */
  get name(): string {
    return bytesToHex(this.#id);
  }

  /** A copy of the secret, for whoever stores it; the caller wipes it. Throws `RangeError` once destroyed. */
  exportBytes(): Uint8Array {
    if (isZero(this.#key)) throw new RangeError(`root key ${this.name} was destroyed`);
    return Uint8Array.from(this.#key);
  }

  /** Wipes the secret, as far as the runtime allows. */
  destroy(): void {
    this.#key.fill(0);
  }

  /** The public name only. */
  toJSON(): { id: string } {
    return { id: this.name };
  }

  /** The public name only. */
  toString(): string {
    return `RootKey(${this.name})`;
  }
}

function checkSecret(key: Uint8Array, option: string): void {
  if (key.length !== keyBytes) {
    throw new RangeError(`${option} must have ${keyBytes} bytes, got ${key.length}`);
  }
  // A buffer nobody filled, or one already wiped: the log would be readable by anyone.
  if (isZero(key)) throw new RangeError(`${option} must not be all zero bytes`);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
