/** Records that name themselves, and what a test needs to look at a log. */
import type { WalRecord } from "../../src/format/records.ts";
import { isWalError, type WalError } from "../../src/errors.ts";
import type { ReadOptions } from "../../src/read/reads.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The bytes of a short text. */
export function bytes(value: string): Uint8Array {
  return encoder.encode(value);
}

export function text(payload: Uint8Array): string {
  return decoder.decode(payload);
}

/** `length` bytes that differ from number to number. */
export function block(n: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + n * 13 + (i >> 8)) & 0xff);
}

/** Something that can be read: a log, or a reader beside one. */
interface Readable {
  read(options?: ReadOptions): AsyncGenerator<WalRecord, void, undefined>;
}

/** All records, oldest first. */
export async function records(log: Readable, options?: ReadOptions): Promise<WalRecord[]> {
  const found: WalRecord[] = [];
  for await (const record of log.read(options)) found.push(record);
  return found;
}

/** All records as `lsn:text`. */
export async function texts(log: Readable, options?: ReadOptions): Promise<string[]> {
  const found = await records(log, options);
  return found.map(({ lsn, payload }) => `${lsn}:${text(payload)}`);
}

/** What `doing` is rejected with; fails if it is not a `WalError`. */
export async function walError(doing: Promise<unknown>): Promise<WalError> {
  const error = await doing.then(
    (value) => new Error(`resolved to ${String(value)}`),
    (reason: unknown) => reason,
  );
  if (!isWalError(error)) throw error;
  return error;
}

/** The same for a call that throws. */
export function thrownWalError(doing: () => unknown): WalError {
  let thrown: unknown = new Error("nothing was thrown");
  try {
    doing();
  } catch (error) {
    thrown = error;
  }
  if (!isWalError(thrown)) throw thrown;
  return thrown;
}

/** Resolves when everything that can go on without a held call or a timer has gone on. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
