/**
 * Payloads sealed for one subject each, inside whatever the log does to its frames. After the
 * subject's key is forgotten the record keeps its LSN, its place and its checksum, and says only
 * that it is shredded. Pure but for random nonces; storing keys is not its business.
 */
import { type Random, systemRandom, WalError } from "@stria/core";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { bytesToHex, concatBytes } from "@noble/hashes/utils.js";
import type { SubjectKeys } from "./subject-keys.ts";
import {
  decodeSubjectPayload,
  encodeSubjectPrefix,
  subjectBytes,
  type SubjectParts,
  subjectNonceBytes,
} from "./subject-payload.ts";

/** What a sealed payload opens to. */
export type OpenedPayload =
  | { readonly subject: string; readonly shredded: false; readonly payload: Uint8Array }
  | { readonly subject: string; readonly shredded: true };

/** Seals and opens payloads. Made by {@link subjectSealer}. */
export interface SubjectSealer {
  /**
   * The payload to append. Throws `WAL_UNKNOWN_KEY` if the subject has no key yet: `keys.add` it and
   * store the keys first. The subject's name stays readable to whoever reads the log: use a
   * customer number, not an e-mail address.
   */
  seal(subject: string, payload: Uint8Array): Uint8Array;
  /**
   * The payload, or word that it is shredded. Throws `WAL_CORRUPT` for bytes that were not sealed
   * here, `WAL_TAMPERED` for a wrong tag, and `WAL_UNKNOWN_KEY` for a key that was neither given nor
   * forgotten (an old copy of the key store): that is never mistaken for erasure.
   */
  open(payload: Uint8Array): OpenedPayload;
}

/**
 * A sealer over a store of subject keys.
 *
 * ```ts
 * const sealer = subjectSealer(keys);
 * await wal.append(sealer.seal("customer-42", bytes));
 * for await (const record of wal.read({ from: 1 })) {
 *   const opened = sealer.open(record.payload);
 *   if (!opened.shredded) apply(opened.payload);
 * }
 * ```
 */
export function subjectSealer(
  keys: SubjectKeys,
  options: { readonly random?: Random } = {},
): SubjectSealer {
  const random = options.random ?? systemRandom;
  return {
    seal(subject, payload) {
      const name = subjectBytes(subject);
      const entry = keys.current(subject);
      if (entry === undefined) {
        throw new WalError("WAL_UNKNOWN_KEY", "the subject has no key: add it and store the keys");
      }
      const nonce = random(new Uint8Array(subjectNonceBytes));
      const prefix = encodeSubjectPrefix(name, entry.handle, nonce);
      const sealed = xchacha20poly1305(entry.key, nonce, prefix).encrypt(payload);
      entry.key.fill(0);
      return concatBytes(prefix, sealed);
    },
    open(payload) {
      const parts = decodeSubjectPayload(payload);
      const { subject } = parts;
      const found = keys.lookup(parts.handle);
      if (found.state === "forgotten") return { subject, shredded: true };
      if (found.state === "known") {
        return { subject, shredded: false, payload: unseal(found.key, parts) };
      }
      throw new WalError(
        "WAL_UNKNOWN_KEY",
        `subject key ${bytesToHex(parts.handle)} was neither given nor forgotten`,
      );
    },
  };
}

function unseal(key: Uint8Array, parts: SubjectParts): Uint8Array {
  try {
    return xchacha20poly1305(key, parts.nonce, parts.prefix).decrypt(parts.sealed);
  } catch (cause) {
    throw new WalError("WAL_TAMPERED", "sealed for a subject: wrong authentication tag", { cause });
  } finally {
    key.fill(0);
  }
}
