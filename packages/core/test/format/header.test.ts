/** The segment header and names: fields to bytes and back, and what must not decode. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc32 } from "../../src/checksum.ts";
import {
  type SegmentHeader,
  decodeHeader,
  encodeHeader,
  finishHeader,
} from "../../src/format/segment-header.ts";
import { putU16, putU32 } from "../../src/format/bytes.ts";
import { segmentId, segmentName } from "../../src/format/segment-name.ts";

const bytesOf = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const safe = fc.maxSafeNat();

/** Headers that say nothing impossible. */
const header: fc.Arbitrary<SegmentHeader> = fc
  .record({
    logId: bytesOf(16).filter((id) => id.some((byte) => byte !== 0)),
    segmentId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    before: fc.nat(),
    epoch: fc.integer({ min: 1, max: 0xffff_ffff }),
    cutLsn: fc.maxSafeNat().filter((lsn) => lsn < Number.MAX_SAFE_INTEGER - 2 ** 32),
    cutOffset: safe,
    chain: bytesOf(16),
    lost: fc.option(fc.nat(), { nil: 0 }),
    repeats: fc.option(fc.nat(), { nil: undefined }),
    low: fc.nat(),
    checkpoint: fc.nat(),
    created: safe,
    mayIgnore: fc.nat(0xffff),
    cipher: fc.option(
      fc.record({
        suite: fc.integer({ min: 1, max: 255 }),
        keyId: bytesOf(16),
        salt: bytesOf(32),
        commitment: bytesOf(32),
      }),
      { nil: undefined },
    ),
    tag: bytesOf(16),
  })
  .map((draw) => {
    const firstLsn = draw.cutLsn + 1 + draw.lost;
    return {
      logId: draw.logId,
      segmentId: draw.segmentId,
      epoch: draw.epoch,
      firstLsn,
      carriedTo: draw.repeats === undefined ? 0 : firstLsn + draw.repeats,
      predecessor: {
        id: Math.min(draw.before, draw.segmentId - 1),
        cutLsn: draw.cutLsn,
        cutOffset: draw.cutOffset,
        chain: draw.chain,
      },
      durableLsn: draw.cutLsn,
      mayIgnore: draw.mayIgnore,
      lowLsn: Math.min(draw.low, draw.checkpoint),
      checkpointLsn: draw.checkpoint,
      gapAfter: draw.lost === 0 ? 0 : draw.cutLsn,
      created: draw.created,
      cipher: draw.cipher,
      tag: draw.tag,
    };
  })
  // A gap behind LSN 0 cannot be told from none.
  .filter((made) => made.predecessor.cutLsn > 0 || made.firstLsn === 1);

function encoded(value: SegmentHeader): Uint8Array {
  const sector = encodeHeader(value);
  finishHeader(sector, value.tag, crc32);
  return sector;
}

describe("the segment header", () => {
  test("comes back as it was written", () => {
    fc.assert(
      fc.property(header, (value) => {
        expect(decodeHeader(encoded(value), crc32)).toEqual({ kind: "header", header: value });
      }),
      { numRuns: 500 },
    );
  });

  test("with any byte changed it is not a header", () => {
    fc.assert(
      fc.property(header, fc.nat(511), fc.integer({ min: 1, max: 255 }), (value, at, mask) => {
        const sector = encoded(value);
        sector[at]! ^= mask;
        expect(decodeHeader(sector, crc32).kind).not.toBe("header");
      }),
      { numRuns: 500 },
    );
  });

  test("shorter than a sector, or of zeros, it is bad", () => {
    fc.assert(
      fc.property(header, fc.nat(511), (value, length) => {
        expect(decodeHeader(encoded(value).subarray(0, length), crc32).kind).toBe("bad");
      }),
    );
    expect(decodeHeader(new Uint8Array(512), crc32).kind).toBe("bad");
  });

  const some = fc.sample(header, { seed: 1, numRuns: 1 })[0]!;

  test("a newer version and unknown must-understand flags are unsupported, whatever else they say", () => {
    const newer = encoded(some);
    putU16(newer, 8, 2);
    expect(decodeHeader(newer, crc32)).toMatchObject({ kind: "unsupported" });
    const flags = encodeHeader(some);
    putU16(flags, 10, 0x8000);
    finishHeader(flags, some.tag, crc32);
    expect(decodeHeader(flags, crc32)).toMatchObject({ kind: "unsupported" });
  });

  test("may-ignore flags are ignored", () => {
    const sector = encodeHeader(some);
    putU16(sector, 12, 0xffff);
    finishHeader(sector, some.tag, crc32);
    const flagged = { ...some, mayIgnore: 0xffff };
    expect(decodeHeader(sector, crc32)).toEqual({ kind: "header", header: flagged });
  });

  test.each([
    ["segment id 0", { segmentId: 0 }],
    ["epoch 0", { epoch: 0 }],
    ["first LSN 0", { firstLsn: 0 }],
    ["a predecessor that is not older", { predecessor: { ...some.predecessor, id: 2 ** 53 - 1 } }],
    ["low above checkpoint", { lowLsn: 10, checkpointLsn: 9 }],
    ["carried to before its first", { firstLsn: 100, carriedTo: 99 }],
    ["a zero log id", { logId: new Uint8Array(16) }],
  ])("a sound checksum does not excuse %s", (_what, change) => {
    expect(decodeHeader(encoded({ ...some, ...change }), crc32).kind).toBe("bad");
  });

  test("numbers beyond 2^53 are bad, not wrong", () => {
    const sector = encodeHeader(some);
    putU32(sector, 52, 0xffff_ffff);
    finishHeader(sector, some.tag, crc32);
    expect(decodeHeader(sector, crc32)).toMatchObject({ kind: "bad" });
  });
});

describe("segment names", () => {
  test("sort like ids and come back", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        (a, b) => {
          expect(segmentId(segmentName(a))).toBe(a);
          expect(segmentName(a) < segmentName(b)).toBe(a < b);
        },
      ),
    );
    expect(segmentName(7)).toBe("00000000000000000007.wal");
  });

  test.each(["", "7.wal", "00000000000000000000.wal", "99999999999999999999.wal", "x.wal"])(
    "%s is none",
    (name) => {
      expect(segmentId(name)).toBeUndefined();
    },
  );
});
