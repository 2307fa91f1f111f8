/**
 * `encryption()`: what `Wal.open({ cipher })` takes. Fetches root keys when asked, hands out one
 * cipher per segment, and tells an unknown key from a wrong one. It seals nothing itself and knows
 * nothing of the log's format.
 */
import {
  type Cipher,
  type CipherHeader,
  isWalError,
  type Random,
  type SegmentCipher,
  type SegmentContext,
  systemRandom,
  WalError,
} from "@stria/core";
import { equalBytes } from "@noble/ciphers/utils.js";
import { bytesToHex, isBytes } from "@noble/hashes/utils.js";
import { chooseAead, type ImplementationChoice } from "./aead/choose-aead.ts";
import type { ImplementationName } from "./aead/aead.ts";
import { defaultSuite, type Suite, suiteById, suiteByName, type SuiteName } from "./aead/suite.ts";
import { inspectAs } from "./keys/inspect.ts";
import { Keyring } from "./keys/keyring.ts";
import type { KeyProvider } from "./keys/key-provider.ts";
import { type KeyInput, RootKey } from "./keys/root-key.ts";
import {
  commitmentBytes,
  deriveSegment,
  keyIdBytes,
  saltBytes,
  type SegmentSecrets,
} from "./segment/derivation.ts";
import { AeadSegmentCipher } from "./segment/segment-cipher.ts";

/** Options of {@link encryption}: either `keys` or `provider`. */
export interface EncryptionOptions {
  /** The current root key, then older ones that old segments still need. Copied. */
  readonly keys?: readonly KeyInput[];
  /** Where root keys come from, when they are not at hand: a KMS, a {@link Keyring}. */
  readonly provider?: KeyProvider;
  /** Suite of new segments; existing ones open with the suite their header names. Default `chacha20-poly1305`. */
  readonly suite?: SuiteName;
  /** Read plaintext segments older than the first encrypted one, while migrating. Default false: they are refused. */
  readonly allowPlaintext?: boolean;
  /** Default `auto`: the runtime's own crypto where it has the cipher, else JavaScript. */
  readonly implementation?: ImplementationChoice;
  /** Source of salts; a CSPRNG outside tests. Default: the runtime's. */
  readonly random?: Random;
}

/**
 * Encryption at rest for a log.
 *
 * ```ts
 * const cipher = encryption({ keys: [key] }); // 32 secret bytes, e.g. from generateKey()
 * const wal = await Wal.open({ storage, cipher });
 * ```
 *
 * Throws `TypeError`/`RangeError` naming the option; `WAL_UNSUPPORTED_CIPHER` if `implementation` is
 * `native` and this runtime does not have the suite.
 */
export function encryption(options: EncryptionOptions): Encryption {
  return new Encryption(options);
}

/** A {@link Cipher} of the log with the keys it needs. Made by {@link encryption}. */
export class Encryption implements Cipher {
  static {
    inspectAs(this.prototype, (self) => `Encryption ${JSON.stringify(self)}`);
  }

  readonly allowPlaintext: boolean;
  readonly #suite: Suite;
  readonly #choice: ImplementationChoice;
  readonly #provider: KeyProvider;
  readonly #ownsProvider: boolean;
  readonly #random: Random;
  readonly #keys = new Map<string, RootKey>();
  #current: RootKey | undefined;
  #destroyed = false;

  constructor(options: EncryptionOptions) {
    const { keys, provider, allowPlaintext = false } = options ?? {};
    if ((keys === undefined) === (provider === undefined)) {
      throw new TypeError("encryption needs either keys or provider, and not both");
    }
    if (typeof allowPlaintext !== "boolean")
      throw new TypeError("allowPlaintext must be a boolean");
    this.allowPlaintext = allowPlaintext;
    this.#suite = suiteByName(options.suite ?? defaultSuite);
    this.#choice = options.implementation ?? "auto";
    chooseAead(this.#suite.name, this.#choice);
    this.#random = options.random ?? systemRandom;
    this.#ownsProvider = provider === undefined;
    this.#provider = provider === undefined ? new Keyring(keys ?? []) : checkProvider(provider);
  }

  /** Suite of new segments. */
  get suite(): SuiteName {
    return this.#suite.name;
  }

  /** How this runtime does that suite; not recorded anywhere. */
  get implementation(): ImplementationName {
    return chooseAead(this.#suite.name, this.#choice).implementation;
  }

  async prepare(keyIds: readonly Uint8Array[]): Promise<void> {
    this.#assertAlive();
    const wanted = new Map(keyIds.map((id) => [bytesToHex(id), id]));
    const [current, ...found] = await Promise.all([
      this.#fetchCurrent(),
      ...[...wanted.values()].map((id) => this.#fetch(id)),
    ]);
    this.#assertAlive();
    for (const key of [current, ...found]) this.#keys.set(key.name, key);
    this.#current = current;
  }

  createSegment(context: SegmentContext): { header: CipherHeader; cipher: SegmentCipher } {
    this.#assertAlive();
    const root = this.#current;
    if (root === undefined) {
      throw new WalError("WAL_UNKNOWN_KEY", "there is no current key: prepare() has not succeeded");
    }
    const salt = this.#random(new Uint8Array(saltBytes));
    const secrets = derive(root, salt, this.#suite, context);
    const { commitment } = secrets;
    const aead = chooseAead(this.#suite.name, this.#choice);
    return {
      header: { suite: this.#suite.id, keyId: root.id, salt, commitment },
      cipher: new AeadSegmentCipher(aead, secrets, "writer"),
    };
  }

  openSegment(context: SegmentContext, header: CipherHeader): SegmentCipher {
    this.#assertAlive();
    const suite = suiteById(header.suite);
    if (suite === undefined) {
      throw new WalError(
        "WAL_UNSUPPORTED_CIPHER",
        `segment ${context.segmentId} names cipher suite ${header.suite}; known are 1 and 2`,
      );
    }
    checkLength(header.keyId, keyIdBytes, "header.keyId");
    checkLength(header.salt, saltBytes, "header.salt");
    checkLength(header.commitment, commitmentBytes, "header.commitment");
    const name = bytesToHex(header.keyId);
    const root = this.#keys.get(name) ?? this.#fromKeyring(header.keyId);
    if (root === undefined) throw unknownKey(name, `segment ${context.segmentId} needs it`);
    const secrets = derive(root, header.salt, suite, context);
    if (!equalBytes(secrets.commitment, header.commitment)) {
      secrets.key.fill(0);
      secrets.baseNonce.fill(0);
      throw new WalError(
        "WAL_WRONG_KEY",
        `root key ${name} has the id segment ${context.segmentId} names, but other bytes`,
      );
    }
    // "native" was asked for the suite of new segments; old ones open with what there is.
    const choice = suite.id === this.#suite.id ? this.#choice : "auto";
    return new AeadSegmentCipher(chooseAead(suite.name, choice), secrets, "reader");
  }

  /** Wipes the root keys held here, as far as the runtime allows. Close the log first. */
  destroy(): void {
    this.#destroyed = true;
    this.#current = undefined;
    for (const key of this.#keys.values()) key.destroy();
    this.#keys.clear();
    if (this.#ownsProvider) (this.#provider as Keyring).destroy();
  }

  /** Nothing secret: suite and public key names. */
  toJSON(): { suite: SuiteName; allowPlaintext: boolean; keys: string[] } {
    const { suite, allowPlaintext } = this;
    return { suite, allowPlaintext, keys: [...this.#keys.keys()] };
  }

  async #fetchCurrent(): Promise<RootKey> {
    const key = await fetched(() => this.#provider.current(), "the current key");
    return RootKey.from(key, "provider.current()");
  }

  async #fetch(keyId: Uint8Array): Promise<RootKey> {
    const name = bytesToHex(keyId);
    const found = await fetched(() => this.#provider.get(keyId), `root key ${name}`);
    if (found === undefined) throw unknownKey(name, "a segment needs it");
    const key = RootKey.from(isBytes(found) ? { id: keyId, key: found } : found, "provider.get()");
    if (key.name !== name) {
      throw new TypeError(`provider.get() must return the key asked for, ${name}, got ${key.name}`);
    }
    return key;
  }

  /** A keyring answers at once, so a key it holds needs no prepare(). */
  #fromKeyring(keyId: Uint8Array): RootKey | undefined {
    return this.#provider instanceof Keyring ? this.#provider.get(keyId) : undefined;
  }

  #assertAlive(): void {
    if (this.#destroyed) throw new WalError("WAL_CLOSED", "the encryption was destroyed");
  }
}

function derive(
  root: RootKey,
  salt: Uint8Array,
  suite: Suite,
  context: SegmentContext,
): SegmentSecrets {
  const key = root.exportBytes();
  try {
    return deriveSegment(key, salt, suite.id, context);
  } finally {
    key.fill(0);
  }
}

async function fetched<T>(ask: () => T | Promise<T>, what: string): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (isWalError(cause)) throw cause;
    throw new WalError("WAL_UNKNOWN_KEY", `the key provider failed to give ${what}`, { cause });
  }
}

function unknownKey(name: string, why: string): WalError {
  return new WalError("WAL_UNKNOWN_KEY", `root key ${name} was not given; ${why}`);
}

function checkProvider(provider: KeyProvider): KeyProvider {
  if (typeof provider?.current !== "function" || typeof provider.get !== "function") {
    throw new TypeError("provider must have the methods current() and get(keyId)");
  }
  return provider;
}

function checkLength(bytes: Uint8Array, length: number, name: string): void {
  if (bytes.length !== length) {
    throw new RangeError(`${name} must have ${length} bytes, got ${bytes.length}`);
  }
}
