/**
 * Bytes of the subject key store's secret part. Pure: no cipher, no I/O. Integers are little-endian.
 *
 *     u32 number of subjects, then each: name length u8, name (UTF-8), handle 16, key 32
 *     u32 number of forgotten keys, then each: handle 16
 */
import { WalError } from "@stria/core";
import { bytesToUtf8 } from "@noble/ciphers/utils.js";
import { keyBytes } from "../aead/suite.ts";
import { handleBytes, subjectBytes } from "./subject-payload.ts";

/** One subject's key. */
export interface SubjectKeyEntry {
  readonly subject: string;
  readonly handle: Uint8Array;
  readonly key: Uint8Array;
}

/** All a store holds. */
export interface SubjectKeysContent {
  readonly entries: readonly SubjectKeyEntry[];
  readonly forgotten: readonly Uint8Array[];
}

/** The store as bytes, secrets in the clear. The caller wipes them. */
export function encodeSubjectKeys({ entries, forgotten }: SubjectKeysContent): Uint8Array {
  const names = entries.map((entry) => subjectBytes(entry.subject));
  const nameBytes = names.reduce((sum, name) => sum + name.length, 0);
  const fixed = 8 + entries.length * (1 + handleBytes + keyBytes) + forgotten.length * handleBytes;
  const body = new Uint8Array(fixed + nameBytes);
  const view = new DataView(body.buffer);
  view.setUint32(0, entries.length, true);
  let at = 4;
  for (const [index, entry] of entries.entries()) {
    const name = names[index] ?? new Uint8Array(0);
    body[at] = name.length;
    body.set(name, at + 1);
    body.set(entry.handle, at + 1 + name.length);
    body.set(entry.key, at + 1 + name.length + handleBytes);
    at += 1 + name.length + handleBytes + keyBytes;
  }
  view.setUint32(at, forgotten.length, true);
  at += 4;
  for (const handle of forgotten) {
    body.set(handle, at);
    at += handleBytes;
  }
  return body;
}

/** Reads the bytes back. They were authenticated, so a wrong shape is a defect of the writer: `WAL_CORRUPT`. */
export function decodeSubjectKeys(body: Uint8Array): SubjectKeysContent {
  const reader = new Reader(body);
  const entries: SubjectKeyEntry[] = [];
  for (let left = reader.u32(); left > 0; left--) {
    const subject = bytesToUtf8(reader.take(reader.u8()));
    entries.push({ subject, handle: reader.take(handleBytes), key: reader.take(keyBytes) });
  }
  const forgotten: Uint8Array[] = [];
  for (let left = reader.u32(); left > 0; left--) forgotten.push(reader.take(handleBytes));
  reader.end();
  return { entries, forgotten };
}

class Reader {
  readonly #body: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(body: Uint8Array) {
    this.#body = body;
    this.#view = new DataView(body.buffer, body.byteOffset, body.length);
  }

  u8(): number {
    return this.take(1)[0] ?? 0;
  }

  u32(): number {
    this.#need(4);
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  /** A copy of the next bytes. */
  take(bytes: number): Uint8Array {
    this.#need(bytes);
    this.#at += bytes;
    return this.#body.slice(this.#at - bytes, this.#at);
  }

  end(): void {
    if (this.#at !== this.#body.length)
      throw misshapen(`${this.#body.length - this.#at} bytes left`);
  }

  #need(bytes: number): void {
    if (this.#at + bytes > this.#body.length) throw misshapen(`${bytes} bytes missing`);
  }
}

function misshapen(how: string): WalError {
  return new WalError("WAL_CORRUPT", `subject key store does not hold what it says: ${how}`);
}
