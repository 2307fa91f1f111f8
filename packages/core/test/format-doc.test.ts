/**
 * docs/format.md against the code, both ways: its bytes decode to what it says, what it says encodes
 * to its bytes, its numbers are the code's numbers, and its field tables name the bytes that change.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { crc32 } from "../src/checksum.ts";
import { toHex } from "../src/format/bytes.ts";
import * as frameFormat from "../src/format/frame.ts";
import * as markFormat from "../src/format/mark.ts";
import * as headerFormat from "../src/format/segment-header.ts";
import { RECORD_PREFIX_BYTES, type WalRecord, decodeRecords } from "../src/format/records.ts";
import { openBody } from "../src/segment/frame-body.ts";
import { SEAL_RESERVE_BYTES } from "../src/segment/segment-writer.ts";
import { type Row, codeBlock, hexBlock, tableBelow } from "./golden/document.ts";

const header = decodedHeader();
const context = frameFormat.frameContext(header, crc32);

describe("numbers of docs/format.md", () => {
  const { MAX_SEAL_BODY_BYTES } = markFormat;
  const known: Record<string, unknown> = {
    ...frameFormat,
    ...headerFormat,
    FORMAT_VERSION: headerFormat.FORMAT_VERSION,
    ...markFormat,
    MAX_SEAL_BODY_BYTES,
    RECORD_PREFIX_BYTES,
    SEAL_RESERVE_BYTES,
  };

  test.each(tableBelow("# On-disk format").map((row) => [row["number"]!, row["value"]!]))(
    "%s is %s",
    (name, value) => {
      expect(known[name]).toBe(Number(value));
    },
  );

  test("the second copy of the header stands where the document puts it", () => {
    expect(headerFormat.HEADER_COPIES).toEqual([0, 4096]);
  });
});

describe("the header of docs/format.md", () => {
  test("decodes to its fields", () => {
    expect(plain(header)).toEqual(JSON.parse(codeBlock("json", "segment-header")));
  });

  test("encodes to its bytes", () => {
    const sector = headerFormat.encodeHeader(header);
    headerFormat.finishHeader(sector, header.tag, crc32);
    expect(toHex(sector)).toBe(toHex(hexBlock("segment-header")));
  });

  const rows = tableBelow("### Header");

  test("has a table that covers every byte once", () => {
    expect(uncovered(rows, headerFormat.SECTOR_BYTES)).toEqual([]);
  });

  const cipher = {
    suite: 0,
    keyId: new Uint8Array(16),
    salt: new Uint8Array(32),
    commitment: new Uint8Array(32),
  };
  test.each(rows.filter(isWritten).map((row) => [row["field"]!, row]))(
    "keeps %s in the bytes its table says",
    (field, row) => {
      const before = headerFormat.encodeHeader({ ...header, cipher });
      const after = headerFormat.encodeHeader(changed({ ...header, cipher }, field));
      expect(changedBytes(before, after)).toEqual(rangeOf(row));
    },
  );
});

describe.each(["records-frame", "carried-frame", "mark-frame", "seal-frame"])(
  "the %s of docs/format.md",
  (name) => {
    const bytes = hexBlock(name);
    const said = JSON.parse(codeBlock("json", name)) as Record<string, unknown>;

    test("decodes to its fields", () => {
      expect(describeFrame(bytes.slice())).toEqual(said);
    });

    test("encodes to its bytes", () => {
      const again = new Uint8Array(bytes.length);
      const fields = said as unknown as frameFormat.FrameFields;
      frameFormat.putFrameHeader(again, 0, header.epoch, fields);
      again.set(encodeBody(said), frameFormat.FRAME_HEADER_BYTES);
      frameFormat.finishFrame(again, 0, fields.bodyBytes, context);
      expect(toHex(again)).toBe(toHex(bytes));
    });
  },
);

describe("the frame table of docs/format.md", () => {
  const rows = tableBelow("## 2. Frames");
  const base = { type: 1, flags: 0, count: 1, sequence: 1, firstLsn: 1, syncedLsn: 0, time: 0 };

  test("covers every byte of the frame's header once", () => {
    expect(uncovered(rows, frameFormat.FRAME_HEADER_BYTES)).toEqual([]);
  });

  test.each(rows.filter((row) => (row["field"] ?? "") in { ...base, bodyBytes: 0 }))(
    "keeps $field in the bytes it says",
    (row) => {
      const encode = (fields: frameFormat.FrameFields): Uint8Array => {
        const bytes = new Uint8Array(frameFormat.FRAME_HEADER_BYTES);
        frameFormat.putFrameHeader(bytes, 0, 1, fields);
        return bytes;
      };
      const fields = { ...base, bodyBytes: 8 };
      const after = encode(changed(fields, row["field"]!));
      expect(changedBytes(encode(fields), after)).toEqual(rangeOf(row));
    },
  );
});

test("the blocks of docs/format.md are the golden log they are said to be", () => {
  const url = new URL(
    "../../../fixtures/v1/carried-tail/00000000000000000002.wal",
    import.meta.url,
  );
  const file = new Uint8Array(10_240);
  for (const at of headerFormat.HEADER_COPIES) file.set(hexBlock("segment-header"), at);
  file.set(hexBlock("carried-frame"), 8192);
  file.set(hexBlock("mark-frame"), 8704);
  file.set(hexBlock("records-frame"), 9216);
  file.set(hexBlock("seal-frame"), 9728);
  expect(Buffer.from(file).equals(readFileSync(url))).toBe(true);
});

function decodedHeader(): headerFormat.SegmentHeader {
  const outcome = headerFormat.decodeHeader(hexBlock("segment-header"), crc32);
  if (outcome.kind !== "header") throw new Error(`the header does not decode: ${outcome.reason}`);
  return outcome.header;
}

function describeFrame(bytes: Uint8Array): Record<string, unknown> {
  const span = { available: bytes.length, remaining: bytes.length };
  const outcome = frameFormat.decodeFrame(bytes, 0, span, context);
  if (outcome.kind !== "frame") throw new Error(`the frame does not decode: ${outcome.kind}`);
  const { size, crc: _crc, ...fields } = outcome.frame;
  expect(size).toBe(bytes.length);
  const opened = openBody(bytes, 0, outcome.frame, undefined);
  if (opened.kind !== "body") throw new Error(opened.reason);
  const common = { ...fields, identity: toHex(opened.identity) };
  switch (fields.type) {
    case frameFormat.FRAME_RECORDS: {
      const records: WalRecord[] = [];
      const all = { from: 1, to: Number.MAX_SAFE_INTEGER };
      if (!decodeRecords(opened.body, fields, all, records)) throw new Error("bad records");
      const decoder = new TextDecoder();
      return { ...common, records: records.map(({ payload }) => decoder.decode(payload)) };
    }
    case frameFormat.FRAME_MARK:
      return { ...common, ...markFormat.decodeMark(opened.body) };
    default: {
      const seal = markFormat.decodeSeal(opened.body, header.firstLsn);
      return { ...common, ...seal, chain: toHex(seal!.chain) };
    }
  }
}

/** A body from what the document says of it: bytes written by hand, not by the code under test. */
function encodeBody(said: Record<string, unknown>): Uint8Array {
  if (Array.isArray(said["records"])) {
    const carried = said["flags"] === frameFormat.FLAG_CARRIED;
    const bytes = carried ? [...Buffer.from(said["identity"] as string, "hex")] : [];
    for (const record of said["records"] as string[]) {
      bytes.push(record.length, 0, 0, 0, ...Buffer.from(record));
    }
    return Uint8Array.from(bytes);
  }
  if (said["type"] === frameFormat.FRAME_MARK) {
    return markFormat.encodeMark(said as unknown as markFormat.Mark);
  }
  const chain = Buffer.from(said["chain"] as string, "hex");
  return markFormat.encodeSeal({ ...(said as unknown as markFormat.Seal), chain }, header.firstLsn);
}

/** Bytes as hex, and nothing that is undefined: what JSON can say. */
function plain(value: unknown): unknown {
  const bytesAsHex = (_key: string, item: unknown): unknown =>
    item instanceof Uint8Array ? toHex(item) : item;
  return JSON.parse(JSON.stringify(value, bytesAsHex));
}

/** Rows whose bytes a field of the header object decides. */
function isWritten(row: Row): boolean {
  const fixed = ["magic", "version", "must-understand", "may-ignore", "zero", "tag", "crc"];
  return !fixed.includes(row["field"]!);
}

/** `value` with every bit of one field turned (`a.b` = field b of a): all its bytes change. */
function changed<T extends object>(value: T, path: string): T {
  const [name, ...rest] = path.split(".");
  const old = (value as Record<string, unknown>)[name!];
  if (rest.length > 0) return { ...value, [name!]: changed(old as object, rest.join(".")) };
  if (old instanceof Uint8Array) return { ...value, [name!]: old.map((byte) => byte ^ 0xff) };
  // Differs from every small number in the bytes a field of 1, 2, 4 or 8 has.
  return { ...value, [name!]: 0x0102_0304_0506_07f0 };
}

function changedBytes(before: Uint8Array, after: Uint8Array): { from: number; to: number } {
  const at = [...before.keys()].filter((i) => before[i] !== after[i]);
  return { from: at.at(0) ?? -1, to: at.at(-1) ?? -1 };
}

function rangeOf(row: Row): { from: number; to: number } {
  const from = Number(row["offset"]);
  return { from, to: from + Number(row["size"]) - 1 };
}

/** Gaps and overlaps between the rows of a table, and what is missing at its end. */
function uncovered(rows: readonly Row[], total: number): string[] {
  const found: string[] = [];
  let at = 0;
  for (const row of rows) {
    if (Number(row["offset"]) !== at) found.push(`${row["field"]} at ${row["offset"]}, not ${at}`);
    at = rangeOf(row).to + 1;
  }
  if (at !== total) found.push(`ends at ${at}, not ${total}`);
  return found;
}
