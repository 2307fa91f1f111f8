import CRC32 from "crc-32";
import fc from "fast-check";
import { expect, test } from "vitest";
import { crc32, nativeFromBytes } from "../src/crc32.ts";
import { nodeStorage } from "../src/index.ts";

test("gives the published check value, below and above the crossing", () => {
  const check = new TextEncoder().encode("123456789");
  expect(crc32?.(check, 0)).toBe(0xcbf4_3926);
  // From `python3 -c "import zlib; print(hex(zlib.crc32(bytes(1000))))"`.
  expect(crc32?.(new Uint8Array(1000), 0)).toBe(0x060b_1780);
});

test("agrees with the portable one for every length, seed and place to continue", () => {
  const bytes = fc.uint8Array({ maxLength: 3 * nativeFromBytes });
  fc.assert(
    fc.property(bytes, bytes, fc.integer({ min: 0, max: 0xffff_ffff }), (first, second, seed) => {
      const joined = Buffer.concat([first, second]);
      expect(crc32?.(joined, seed)).toBe(CRC32.buf(joined, seed) >>> 0);
      expect(crc32?.(second, crc32(first, seed))).toBe(crc32?.(joined, seed));
    }),
  );
});

test("the storage offers it", () => {
  const check = new TextEncoder().encode("123456789");
  expect(nodeStorage("unused").crc32?.(check, 0)).toBe(0xcbf4_3926);
});
