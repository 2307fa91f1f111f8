/**
 * Keys of subjects: one random key each, so that forgetting it makes everything sealed under it
 * unreadable for good. Never derived from anything: a derived key could be derived again.
 * Serialised sealed under a root key; storing the bytes is the caller's.
 */
import { type Random, systemRandom } from "@stria/core";
import { bytesToHex } from "@noble/hashes/utils.js";
import { keyBytes } from "../aead/suite.ts";
import { inspectAs } from "../keys/inspect.ts";
import { generateKey, type KeyInput, RootKey } from "../keys/root-key.ts";
import {
  decodeSubjectKeys,
  encodeSubjectKeys,
  type SubjectKeyEntry,
} from "./subject-keys-format.ts";
import { handleBytes, subjectBytes } from "./subject-payload.ts";
import { openSubjectKeys, sealSubjectKeys } from "./subject-keys-seal.ts";

/** What the store says of a handle found in a payload. */
export type SubjectKeyLookup =
  | { readonly state: "known"; readonly key: Uint8Array }
  | { readonly state: "forgotten" }
  | { readonly state: "unknown" };

/**
 * The keys of all subjects, and the handles of the forgotten ones.
 *
 * ```ts
 * const keys = SubjectKeys.create();
 * if (keys.add("customer-42")) await store(keys.seal(rootKey)); // before the first record
 * …
 * keys.forget("customer-42");
 * await store(keys.seal(rootKey)); // and let no backup keep an older copy
 * ```
 */
export class SubjectKeys {
  static {
    inspectAs(this.prototype, (self) => `SubjectKeys ${JSON.stringify(self)}`);
  }

  readonly #bySubject = new Map<string, SubjectKeyEntry>();
  readonly #byHandle = new Map<string, SubjectKeyEntry>();
  readonly #forgotten = new Map<string, Uint8Array>();
  readonly #random: Random;

  private constructor(random: Random) {
    this.#random = random;
  }

  /** A store without subjects. */
  static create(options: { readonly random?: Random } = {}): SubjectKeys {
    return new SubjectKeys(options.random ?? systemRandom);
  }

  /**
   * The store that {@link seal} made. `keys` are root keys; the one the file names is used. Throws
   * `WAL_CORRUPT`, `WAL_UNSUPPORTED_VERSION`, `WAL_UNKNOWN_KEY`, `WAL_WRONG_KEY`, `WAL_TAMPERED`.
   */
  static open(
    file: Uint8Array,
    keys: readonly KeyInput[],
    options: { readonly random?: Random } = {},
  ): SubjectKeys {
    const store = SubjectKeys.create(options);
    const body = openSubjectKeys(file, keys);
    const { entries, forgotten } = decodeSubjectKeys(body);
    body.fill(0);
    for (const entry of entries) store.#insert(entry);
    for (const handle of forgotten) store.#forgotten.set(bytesToHex(handle), handle);
    return store;
  }

  /** All of it, sealed under a root key; every call gives other bytes. */
  seal(rootKey: KeyInput): Uint8Array {
    const body = encodeSubjectKeys({
      entries: [...this.#bySubject.values()],
      forgotten: [...this.#forgotten.values()],
    });
    try {
      return sealSubjectKeys(body, RootKey.from(rootKey, "rootKey"), this.#random);
    } finally {
      body.fill(0);
    }
  }

  /**
   * Gives the subject a key. True if it had none: then the sealed store must be durable before a
   * record for it is appended, or a crash makes that record unreadable.
   */
  add(subject: string): boolean {
    subjectBytes(subject);
    if (this.#bySubject.has(subject)) return false;
    const handle = this.#random(new Uint8Array(handleBytes));
    this.#insert({ subject, handle, key: generateKey(this.#random) });
    return true;
  }

  /** True if the subject has a key. */
  has(subject: string): boolean {
    return this.#bySubject.has(subject);
  }

  /** Names of the subjects that have a key. */
  subjects(): string[] {
    return [...this.#bySubject.keys()];
  }

  /**
   * Wipes the subject's key; its handle stays, its name does not. False if it had none. The erasure
   * counts once the sealed store is durable and no older copy of it is left.
   */
  forget(subject: string): boolean {
    const entry = this.#bySubject.get(subject);
    if (entry === undefined) return false;
    entry.key.fill(0);
    this.#bySubject.delete(subject);
    this.#byHandle.delete(bytesToHex(entry.handle));
    this.#forgotten.set(bytesToHex(entry.handle), entry.handle);
    return true;
  }

  /** The key to seal with for a subject, as a copy. For sealers. */
  current(subject: string): { handle: Uint8Array; key: Uint8Array } | undefined {
    const entry = this.#bySubject.get(subject);
    return entry && { handle: entry.handle.slice(), key: entry.key.slice() };
  }

  /** What is known of a handle; the key is a copy. For sealers. */
  lookup(handle: Uint8Array): SubjectKeyLookup {
    const name = bytesToHex(handle);
    const entry = this.#byHandle.get(name);
    if (entry !== undefined) return { state: "known", key: entry.key.slice(0, keyBytes) };
    return { state: this.#forgotten.has(name) ? "forgotten" : "unknown" };
  }

  /** Wipes all keys held in memory; the stored bytes are what they were. */
  destroy(): void {
    for (const entry of this.#bySubject.values()) entry.key.fill(0);
    this.#bySubject.clear();
    this.#byHandle.clear();
    this.#forgotten.clear();
  }

  /** Counts only. */
  toJSON(): { subjects: number; forgotten: number } {
    return { subjects: this.#bySubject.size, forgotten: this.#forgotten.size };
  }

  #insert(entry: SubjectKeyEntry): void {
    this.#bySubject.set(entry.subject, entry);
    this.#byHandle.set(bytesToHex(entry.handle), entry);
  }
}
