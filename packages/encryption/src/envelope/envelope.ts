/**
 * The key file: root keys sealed under a passphrase, so that a new passphrase rewrites one small file
 * and no data. Bytes in, bytes out; storing them is the caller's (write a new file, sync, rename).
 *
 * A damaged file, a wrong passphrase and a file changed on purpose are told apart: the checksum, the
 * check value and the tag fail in that order.
 */
import { type Random, systemRandom, WalError } from "@stria/core";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { equalBytes } from "@noble/ciphers/utils.js";
import { keyBytes } from "../aead/suite.ts";
import { generateKey, type KeyInput, RootKey } from "../keys/root-key.ts";
import { Keyring } from "../keys/keyring.ts";
import { commitmentBytes, deriveKey, keyIdBytes } from "../segment/derivation.ts";
import {
  decodeEnvelope,
  encodeEnvelope,
  encodePrefix,
  entryBytes,
  envelopeNonceBytes,
  envelopeSaltBytes,
  maxKeys,
} from "./envelope-format.ts";
import {
  checkCost,
  checkFoundCost,
  defaultCost,
  defaultLimits,
  type PassphraseCost,
  type PassphraseLimits,
  stretch,
} from "./passphrase.ts";

/** Options of {@link createEnvelope}. */
export interface CreateEnvelopeOptions {
  /** The current root key, then older ones. Default: one fresh random key. */
  readonly keys?: readonly KeyInput[];
  /** A string (compared in Unicode NFKC) or bytes; not empty. */
  readonly passphrase: string | Uint8Array;
  /** What one guess costs. Default: 64 MiB, 3 passes, 4 lanes. */
  readonly cost?: PassphraseCost;
  /** Source of salt, nonce and key; a CSPRNG outside tests. Default: the runtime's. */
  readonly random?: Random;
}

/** Options of the calls that open a key file. */
export interface OpenEnvelopeOptions {
  /** The most the file may ask for; checked before any of it is spent. Default: 1 GiB, 64 passes, 16 lanes, 4 GiB of work. */
  readonly limits?: Partial<PassphraseLimits>;
  /** Source of salt and nonce when the file is written anew. Default: the runtime's. */
  readonly random?: Random;
}

/** A new key file. Throws `TypeError`/`RangeError` naming the option. */
export async function createEnvelope(options: CreateEnvelopeOptions): Promise<Uint8Array> {
  const random = options.random ?? systemRandom;
  const cost = checkCost(options.cost ?? defaultCost);
  const keyring = new Keyring(options.keys ?? [generateKey(random)]);
  const ids = keyring.ids();
  if (ids.length > maxKeys) throw new RangeError(`keys must have at most ${maxKeys} entries`);
  const salt = random(new Uint8Array(envelopeSaltBytes));
  const nonce = random(new Uint8Array(envelopeNonceBytes));
  const secrets = await wrappingSecrets(options.passphrase, salt, cost);
  const prefix = encodePrefix({ keyCount: ids.length, cost, salt, nonce, check: secrets.check });
  const entries = encodeEntries(ids, keyring);
  try {
    const sealed = xchacha20poly1305(secrets.key, nonce, prefix).encrypt(entries);
    return encodeEnvelope(prefix, sealed);
  } finally {
    entries.fill(0);
    secrets.key.fill(0);
    keyring.destroy();
  }
}

/**
 * The keys of a key file, the current one first: what `encryption({ keys })` takes.
 *
 * Throws `WAL_CORRUPT` (damaged, or no key file), `WAL_WRONG_KEY` (wrong passphrase),
 * `WAL_TAMPERED` (changed on purpose), `WAL_UNSUPPORTED` (costs more than the limits allow),
 * `WAL_UNSUPPORTED_VERSION`.
 */
export async function openEnvelope(
  file: Uint8Array,
  passphrase: string | Uint8Array,
  options: OpenEnvelopeOptions = {},
): Promise<RootKey[]> {
  const parts = decodeEnvelope(file);
  checkFoundCost(parts.cost, { ...defaultLimits, ...options.limits });
  const secrets = await wrappingSecrets(passphrase, parts.salt, parts.cost);
  try {
    if (!equalBytes(secrets.check, parts.check)) {
      throw new WalError("WAL_WRONG_KEY", "the passphrase does not open this key file");
    }
    return decodeEntries(unseal(secrets.key, parts.nonce, parts.prefix, parts.sealed));
  } finally {
    secrets.key.fill(0);
  }
}

/** The same keys under a new passphrase, and under `cost` if given. No log is touched. Throws as {@link openEnvelope}. */
export async function changePassphrase(
  file: Uint8Array,
  oldPassphrase: string | Uint8Array,
  newPassphrase: string | Uint8Array,
  options: OpenEnvelopeOptions & { readonly cost?: PassphraseCost } = {},
): Promise<Uint8Array> {
  return rewrite(file, oldPassphrase, newPassphrase, options, (keys) => keys);
}

/**
 * The file with `key` (default: a fresh one) as the current key and the others behind it. Store the
 * file before the log uses the key. Throws as {@link openEnvelope}.
 */
export async function addKeyToEnvelope(
  file: Uint8Array,
  passphrase: string | Uint8Array,
  key?: KeyInput,
  options: OpenEnvelopeOptions = {},
): Promise<Uint8Array> {
  const current = RootKey.from(key ?? generateKey(options.random), "key");
  return rewrite(file, passphrase, passphrase, options, (keys) => [current, ...keys]);
}

async function rewrite(
  file: Uint8Array,
  oldPassphrase: string | Uint8Array,
  newPassphrase: string | Uint8Array,
  options: OpenEnvelopeOptions & { readonly cost?: PassphraseCost },
  change: (keys: RootKey[]) => RootKey[],
): Promise<Uint8Array> {
  const keys = change(await openEnvelope(file, oldPassphrase, options));
  try {
    return await createEnvelope({
      keys,
      passphrase: newPassphrase,
      cost: options.cost ?? decodeEnvelope(file).cost,
      random: options.random ?? systemRandom,
    });
  } finally {
    for (const key of keys) key.destroy();
  }
}

/** The key that seals the file's keys, and the value that only the right passphrase reproduces. */
async function wrappingSecrets(
  passphrase: string | Uint8Array,
  salt: Uint8Array,
  cost: PassphraseCost,
): Promise<{ key: Uint8Array; check: Uint8Array }> {
  const stretched = await stretch(passphrase, salt, cost);
  const none = new Uint8Array(0);
  const key = deriveKey(stretched, none, "key file wrap", keyBytes);
  const check = deriveKey(stretched, none, "key file check", commitmentBytes);
  stretched.fill(0);
  return { key, check };
}

function unseal(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array {
  try {
    return xchacha20poly1305(key, nonce, aad).decrypt(sealed);
  } catch (cause) {
    throw new WalError("WAL_TAMPERED", "key file: right passphrase, wrong authentication tag", {
      cause,
    });
  }
}

function encodeEntries(ids: readonly Uint8Array[], keyring: Keyring): Uint8Array {
  const entries = new Uint8Array(ids.length * entryBytes);
  for (const [at, id] of ids.entries()) {
    const secret = keyring.get(id)?.exportBytes() ?? new Uint8Array(0);
    entries.set(id, at * entryBytes);
    entries.set(secret, at * entryBytes + keyIdBytes);
    secret.fill(0);
  }
  return entries;
}

function decodeEntries(entries: Uint8Array): RootKey[] {
  const keys: RootKey[] = [];
  for (let at = 0; at < entries.length; at += entryBytes) {
    const id = entries.subarray(at, at + keyIdBytes);
    const key = entries.subarray(at + keyIdBytes, at + entryBytes);
    keys.push(RootKey.from({ id, key }, "key file"));
  }
  entries.fill(0);
  return keys;
}
