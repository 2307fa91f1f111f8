/**
 * The subject key store as a file: sealed under a root key. Knows nothing of subjects.
 *
 * | off | size | field |
 * |---|---|---|
 * | 0 | 8 | magic `STRIASUB` |
 * | 8 | 4 | version, 1 (little-endian) |
 * | 12 | 16 | id of the root key |
 * | 28 | 32 | salt |
 * | 60 | 32 | commitment: right for the right root key only |
 * | 92 | 24 | nonce |
 * | 116 | n + 16 | the store, sealed with XChaCha20-Poly1305, AAD = bytes 0 to 115 |
 * | end | 8 | checksum of everything before it, in every version |
 */
import { type Random, WalError } from "@stria/core";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { equalBytes } from "@noble/ciphers/utils.js";
import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { keyBytes, tagBytes } from "../aead/suite.ts";
import { withChecksum, withoutChecksum } from "../checksum.ts";
import { Keyring } from "../keys/keyring.ts";
import type { KeyInput, RootKey } from "../keys/root-key.ts";
import { commitmentBytes, deriveKey, saltBytes } from "../segment/derivation.ts";
import { subjectNonceBytes } from "./subject-payload.ts";

/** The file around `body`. */
export function sealSubjectKeys(body: Uint8Array, root: RootKey, random: Random): Uint8Array {
  const salt = random(new Uint8Array(saltBytes));
  const nonce = random(new Uint8Array(subjectNonceBytes));
  const { key, commitment } = wrappingSecrets(root, salt);
  const version = Uint8Array.of(currentVersion, 0, 0, 0);
  const prefix = concatBytes(magic, version, root.id, salt, commitment, nonce);
  const sealed = xchacha20poly1305(key, nonce, prefix).encrypt(body);
  key.fill(0);
  return withChecksum(concatBytes(prefix, sealed));
}

/** The body of a file, opened with whichever of `keys` the file names. Throws as `SubjectKeys.open`. */
export function openSubjectKeys(file: Uint8Array, keys: readonly KeyInput[]): Uint8Array {
  const whole = withoutChecksum(file);
  if (bytesToHex(file.subarray(0, 8)) !== bytesToHex(magic)) {
    throw new WalError("WAL_CORRUPT", "not a subject key store: it does not begin with STRIASUB");
  }
  if (whole === undefined || whole.length < prefixBytes + tagBytes) {
    throw new WalError("WAL_CORRUPT", `subject key store is damaged: ${file.length} bytes`);
  }
  const version = new DataView(whole.buffer, whole.byteOffset).getUint32(8, true);
  if (version !== currentVersion) {
    throw new WalError("WAL_UNSUPPORTED_VERSION", `subject key store has version ${version}`);
  }
  const keyring = new Keyring(keys);
  try {
    return unseal(whole, keyring);
  } finally {
    keyring.destroy();
  }
}

const magic = utf8ToBytes("STRIASUB");
const currentVersion = 1;
const prefixBytes = 116;

function unseal(whole: Uint8Array, keyring: Keyring): Uint8Array {
  const keyId = whole.subarray(12, 28);
  const root = keyring.get(keyId);
  if (root === undefined) {
    const name = bytesToHex(keyId);
    throw new WalError(
      "WAL_UNKNOWN_KEY",
      `root key ${name} was not given; the subject keys need it`,
    );
  }
  const { key, commitment } = wrappingSecrets(root, whole.subarray(28, 60));
  try {
    if (!equalBytes(commitment, whole.subarray(60, 92))) {
      throw new WalError(
        "WAL_WRONG_KEY",
        `root key ${root.name} has the id the subject keys name, but other bytes`,
      );
    }
    return open(key, whole);
  } finally {
    key.fill(0);
  }
}

function open(key: Uint8Array, whole: Uint8Array): Uint8Array {
  const prefix = whole.subarray(0, prefixBytes);
  try {
    return xchacha20poly1305(key, whole.subarray(92, prefixBytes), prefix).decrypt(
      whole.subarray(prefixBytes),
    );
  } catch (cause) {
    throw new WalError("WAL_TAMPERED", "subject key store: right key, wrong authentication tag", {
      cause,
    });
  }
}

function wrappingSecrets(
  root: RootKey,
  salt: Uint8Array,
): { key: Uint8Array; commitment: Uint8Array } {
  const secret = root.exportBytes();
  const key = deriveKey(secret, salt, "subject keys wrap", keyBytes);
  const commitment = deriveKey(secret, salt, "subject keys commitment", commitmentBytes);
  secret.fill(0);
  return { key, commitment };
}
