/** Frames, records, marks and seals: fields to bytes and back, and what must not decode. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc32 } from "../../src/checksum.ts";
import { getU64, putU32, putU64, toHex } from "../../src/format/bytes.ts";
import {
  FRAME_HEADER_BYTES,
  FRAME_MARK,
  FRAME_RECORDS,
  type FrameFields,
  decodeFrame,
  finishFrame,
  frameBytes,
  frameContext,
  mayIgnore,
  putFrameHeader,
} from "../../src/format/frame.ts";
import { decodeMark, decodeSeal, encodeMark, encodeSeal } from "../../src/format/mark.ts";
import { type WalRecord, decodeRecords } from "../../src/format/records.ts";

const logId = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const place = { logId, segmentId: 3, epoch: 0xdead_beef };
const context = frameContext(place, crc32);

function encoded(fields: FrameFields, body: Uint8Array, into = context): Uint8Array {
  const bytes = new Uint8Array(frameBytes(body.length)).fill(0xaa);
  putFrameHeader(bytes, 0, into.epoch, fields);
  bytes.set(body, FRAME_HEADER_BYTES);
  finishFrame(bytes, 0, body.length, into);
  return bytes;
}

function decoded(bytes: Uint8Array, by = context): ReturnType<typeof decodeFrame> {
  const span = { available: bytes.length, remaining: bytes.length };
  return decodeFrame(bytes, 0, span, by);
}

const body = fc.uint8Array({ minLength: 1, maxLength: 2000 });
const fields: fc.Arbitrary<Omit<FrameFields, "bodyBytes">> = fc
  .record({
    type: fc.constantFrom(1, 2, 3, 0x81),
    flags: fc.integer({ min: 0, max: 3 }),
    count: fc.integer({ min: 1, max: 0xffff_ffff }),
    sequence: fc.integer({ min: 1, max: 0x7fff_ffff }),
    firstLsn: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER - 2 ** 32 }),
    syncedLsn: fc.maxSafeNat(),
    time: fc.maxSafeNat(),
  })
  .map(({ count, syncedLsn, ...draw }) => {
    const records = draw.type === FRAME_RECORDS ? count : 0;
    return Object.assign(draw, { count: records, syncedLsn: syncedLsn % draw.firstLsn });
  });

const mark: FrameFields = {
  type: FRAME_MARK,
  flags: 0,
  count: 0,
  sequence: 1,
  firstLsn: 5,
  syncedLsn: 4,
  time: 1,
  bodyBytes: 16,
};

describe("a frame", () => {
  test("comes back as it was written, in whole sectors, padded with zeros", () => {
    fc.assert(
      fc.property(fields, body, (drawn, content) => {
        const bytes = encoded({ ...drawn, bodyBytes: content.length }, content);
        expect(bytes.length % 512).toBe(0);
        const outcome = decoded(bytes);
        expect(outcome).toMatchObject({
          kind: "frame",
          frame: { ...drawn, bodyBytes: content.length, size: bytes.length },
        });
        const end = FRAME_HEADER_BYTES + content.length;
        expect(bytes.subarray(FRAME_HEADER_BYTES, end)).toEqual(content);
        expect(bytes.subarray(end).every((byte) => byte === 0)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("with any byte changed, padding included, it is bad or needs more", () => {
    fc.assert(
      fc.property(
        fields,
        body,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (drawn, content, at, mask) => {
          const bytes = encoded({ ...drawn, bodyBytes: content.length }, content);
          bytes[at % bytes.length]! ^= mask;
          expect(decoded(bytes).kind).toBe("bad");
        },
      ),
      { numRuns: 500 },
    );
  });

  test("of another log, segment or epoch it is bad", () => {
    const bytes = encoded(mark, encodeMark({ lowLsn: 1, checkpointLsn: 2 }));
    const other = Uint8Array.from(logId, (byte) => byte ^ 1);
    for (const strange of [
      { ...place, logId: other },
      { ...place, segmentId: 4 },
      { ...place, epoch: 0xdead_beee },
    ]) {
      expect(decoded(bytes, frameContext(strange, crc32)).kind).toBe("bad");
    }
    expect(decoded(bytes).kind).toBe("frame");
  });

  test("asks for exactly the bytes it needs, and refuses lengths that run past the end", () => {
    const bytes = encoded({ ...mark, bodyBytes: 1000 }, new Uint8Array(1000));
    const at = (available: number, remaining: number): unknown =>
      decodeFrame(bytes, 0, { available, remaining }, context);
    expect(at(100, 4096)).toEqual({ kind: "short", needBytes: 512 });
    expect(at(512, 4096)).toEqual({ kind: "short", needBytes: bytes.length });
    expect(at(512, 1024)).toMatchObject({ kind: "bad" });
    const wild = bytes.slice();
    putU32(wild, 8, 0xffff_ffff);
    expect(decodeFrame(wild, 0, { available: 512, remaining: 2 ** 50 }, context).kind).toBe("bad");
  });

  test("zeros are never a frame", () => {
    expect(decoded(new Uint8Array(512)).kind).toBe("bad");
  });

  test.each([
    ["sequence 0", { sequence: 0 }],
    ["LSN 0", { firstLsn: 0, syncedLsn: 0 }],
    ["synced beyond its first LSN", { syncedLsn: 5 }],
    ["records in a mark", { count: 1 }],
    ["no records in a record frame", { type: FRAME_RECORDS }],
    ["an unknown type", { type: 9 }],
    ["an unknown flag", { flags: 4 }],
  ])("a sound checksum does not excuse %s", (_what, change) => {
    expect(decoded(encoded({ ...mark, ...change }, new Uint8Array(16))).kind).toBe("bad");
  });

  test("of an unknown type with bit 7 it may be skipped", () => {
    const outcome = decoded(encoded({ ...mark, type: 0x89 }, new Uint8Array(16)));
    expect(outcome.kind === "frame" && mayIgnore(outcome.frame)).toBe(true);
  });

  test("golden: a mark, byte by byte", () => {
    const bytes = encoded(mark, encodeMark({ lowLsn: 2, checkpointLsn: 3 }));
    const crc = crc32(bytes.subarray(4), context.crcSeed).toString(16).padStart(8, "0");
    expect(toHex(bytes.subarray(0, 4))).toBe(crc.match(/../g)!.toReversed().join(""));
    expect(toHex(bytes.subarray(4, 64))).toBe(
      ["efbeadde", "10000000", "02000000", "00000000", "01000000"].join("") +
        ["0500000000000000", "0400000000000000", "0100000000000000"].join("") +
        ["0200000000000000", "0300000000000000"].join(""),
    );
  });
});

describe("records", () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 50 }), { minLength: 1, maxLength: 20 });

  function joined(list: readonly Uint8Array[]): Uint8Array {
    return Uint8Array.from(list.flatMap((payload) => [payload.length, 0, 0, 0, ...payload]));
  }

  test("come back in range, each with its LSN", () => {
    fc.assert(
      fc.property(payloads, fc.nat(25), fc.nat(25), (list, from, to) => {
        const frame = { firstLsn: 3, count: list.length, time: 7 };
        const out: WalRecord[] = [];
        expect(decodeRecords(joined(list), frame, { from, to }, out)).toBe(true);
        const wanted = list
          .map((payload, i) => ({ lsn: 3 + i, payload, timestamp: 7 }))
          .filter(({ lsn }) => lsn >= from && lsn <= to);
        expect(out).toEqual(wanted);
      }),
    );
  });

  test("that do not fill the body exactly are refused and leave nothing", () => {
    fc.assert(
      fc.property(payloads, fc.integer({ min: -3, max: 3 }), (list, off) => {
        fc.pre(off !== 0);
        const whole = joined(list);
        const out: WalRecord[] = [{ lsn: 1, payload: new Uint8Array(0), timestamp: 0 }];
        const short = whole.subarray(0, whole.length - Math.max(1, off));
        const frame = { firstLsn: 3, count: list.length, time: 7 };
        const all = { from: 0, to: 100 };
        expect(decodeRecords(short, frame, all, out)).toBe(false);
        const count = list.length + (off > 0 ? 1 : -1);
        expect(decodeRecords(whole, { ...frame, count }, all, out)).toBe(false);
        expect(out.length).toBe(1);
      }),
    );
  });

  test("a wild length does not allocate or pass", () => {
    const wild = joined([new Uint8Array(4)]);
    putU32(wild, 0, 0xffff_fff0);
    expect(decodeRecords(wild, { firstLsn: 1, count: 1, time: 0 }, { from: 0, to: 9 }, [])).toBe(
      false,
    );
  });
});

describe("marks and seals", () => {
  test("come back as they were written", () => {
    const entry = fc.record({ step: fc.nat(1000), offset: fc.nat(100_000) });
    fc.assert(
      fc.property(
        fc.record({ lowLsn: fc.maxSafeNat(), checkpointLsn: fc.maxSafeNat() }),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.nat(),
        fc.array(entry, { maxLength: 256 }),
        (watermarks, chain, recordFrames, steps) => {
          const index = steps.map(({ step, offset }) => ({ lsn: 9 + step, offset: offset * 512 }));
          const seal = { ...watermarks, chain, recordFrames, index };
          const bytes = encodeSeal(seal, 9);
          expect(decodeSeal(bytes, 9)).toEqual(seal);
          expect(decodeMark(bytes)).toEqual(watermarks);
          expect(decodeMark(encodeMark(watermarks))).toEqual(watermarks);
          expect(decodeSeal(bytes.subarray(0, -1), 9)).toBeUndefined();
        },
      ),
    );
  });

  test("too short, or with more entries than allowed, is undefined", () => {
    expect(decodeMark(new Uint8Array(15))).toBeUndefined();
    const seal = encodeSeal(
      { lowLsn: 0, checkpointLsn: 0, chain: new Uint8Array(16), recordFrames: 0, index: [] },
      1,
    );
    putU32(seal, 36, 0xffff_ffff);
    expect(decodeSeal(seal, 1)).toBeUndefined();
  });
});

test("64-bit integers: exact below 2^53, unsafe above", () => {
  const bytes = new Uint8Array(8);
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      putU64(bytes, 0, value);
      expect(getU64(bytes, 0)).toBe(value);
      expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(BigInt(value));
    }),
  );
  bytes.fill(0xff);
  expect(Number.isSafeInteger(getU64(bytes, 0))).toBe(false);
});
