/** Records on their way to standard output: a line each, length-prefixed, or as JSON. */
import { isUtf8 } from "node:buffer";
import type { WalRecord } from "@stria/core";

/** How records are written. */
export type RecordFormat = "lines" | "length-prefixed" | "json";

/** The format two options choose. */
export function recordFormat(options: { json?: boolean; lengthPrefixed?: boolean }): RecordFormat {
  if (options.json === true) return "json";
  return options.lengthPrefixed === true ? "length-prefixed" : "lines";
}

/** One buffer for a batch: a write per record would cost more than the reading. */
export function encodeRecords(records: readonly WalRecord[], format: RecordFormat): Uint8Array {
  if (format === "json") return Buffer.from(records.map((record) => jsonLine(record)).join(""));
  const extra = format === "lines" ? 1 : 4;
  const bytes = records.reduce((sum, { payload }) => sum + payload.length + extra, 0);
  const buffer = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const { payload } of records) {
    if (format === "length-prefixed") at = buffer.writeUInt32LE(payload.length, at);
    buffer.set(payload, at);
    at += payload.length;
    if (format === "lines") at = buffer.writeUInt8(0x0a, at);
  }
  return buffer;
}

/** `text` where the payload is UTF-8, `base64` where it is not. */
function jsonLine({ lsn, timestamp, payload }: WalRecord): string {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  const content = isUtf8(bytes)
    ? { text: bytes.toString("utf8") }
    : { base64: bytes.toString("base64") };
  return `${JSON.stringify({ lsn, timestamp, ...content })}\n`;
}
