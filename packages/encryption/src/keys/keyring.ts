/**
 * Root keys held in memory: the current one, which seals, and older ones, which only open.
 * The simplest key provider, and the one behind `encryption({ keys })`.
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import { inspectAs } from "./inspect.ts";
import type { KeyProvider } from "./key-provider.ts";
import { type KeyInput, RootKey } from "./root-key.ts";

/**
 * A list of root keys, newest first. To rotate while a log is open:
 *
 * ```ts
 * const keyring = new Keyring([key]);
 * const wal = await Wal.open({ storage, cipher: encryption({ provider: keyring }) });
 * keyring.rotate(newKey); // store newKey safely first
 * await wal.rotateKey();
 * ```
 */
export class Keyring implements KeyProvider {
  static {
    inspectAs(this.prototype, (self) => `Keyring ${JSON.stringify(self)}`);
  }

  #keys: readonly RootKey[];

  /** Copies the keys. Throws `TypeError`/`RangeError` naming the entry. */
  constructor(keys: readonly KeyInput[]) {
    if (!Array.isArray(keys) || keys.length === 0) {
      throw new TypeError("keys must be an array with at least one key: [current, ...older]");
    }
    this.#keys = keys.map((key: KeyInput, at) => RootKey.from(key, `keys[${at}]`));
    assertDistinct(this.#keys);
  }

  /** The key that seals. */
  current(): RootKey {
    const [key] = this.#keys;
    if (key === undefined) throw new RangeError("the keyring was destroyed");
    return key;
  }

  /** The key with this id, if the ring holds it. */
  get(keyId: Uint8Array): RootKey | undefined {
    const name = bytesToHex(keyId);
    return this.#keys.find((key) => key.name === name);
  }

  /** Ids of all keys, the current one first. */
  ids(): Uint8Array[] {
    return this.#keys.map((key) => key.id);
  }

  /** Makes `key` the current one; the others stay to read with. `wal.rotateKey()` then begins a segment under it. */
  rotate(key: KeyInput): void {
    const keys = [RootKey.from(key, "key"), ...this.#keys];
    assertDistinct(keys);
    this.#keys = keys;
  }

  /** Wipes and forgets an older key that no segment needs any more. Throws `RangeError` for the current key. */
  retire(keyId: Uint8Array): void {
    const key = this.get(keyId);
    if (key === undefined) return;
    if (key === this.current()) throw new RangeError("keyId must not be that of the current key");
    key.destroy();
    this.#keys = this.#keys.filter((other) => other !== key);
  }

  /** Wipes all keys. */
  destroy(): void {
    for (const key of this.#keys) key.destroy();
    this.#keys = [];
  }

  /** Public names only. */
  toJSON(): { keys: string[] } {
    return { keys: this.#keys.map((key) => key.name) };
  }
}

function assertDistinct(keys: readonly RootKey[]): void {
  const seen = new Map<string, number>();
  for (const [at, key] of keys.entries()) {
    const other = seen.get(key.name);
    if (other !== undefined) {
      throw new RangeError(`keys[${at}] must have an id of its own, it is that of keys[${other}]`);
    }
    seen.set(key.name, at);
  }
}
