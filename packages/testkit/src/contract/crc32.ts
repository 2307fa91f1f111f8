/** Contract: a storage's own `crc32` gives the numbers of zlib, or every frame it checks would look damaged. */
import { expectEqual } from "./expect.ts";
import { pattern, type ContractRun, type Declare } from "./subject.ts";

/** Declares the tests of `crc32`. */
export function crc32Contract(declare: Declare): void {
  declare("crc32: the check value of the polynomial", async (run) => {
    const crc32 = requireCrc32(run);
    const digits = Uint8Array.from("123456789", (digit) => digit.charCodeAt(0));
    expectEqual(crc32(digits, 0), 0xcbf43926, "CRC-32 of 123456789");
    expectEqual(crc32(new Uint8Array(0), 0), 0, "CRC-32 of nothing");
    expectEqual(crc32(new Uint8Array(0), 0x12345678), 0x12345678, "CRC-32 of nothing, continued");
  });

  declare("crc32: agrees with a bit-by-bit computation at every length and seed", async (run) => {
    const crc32 = requireCrc32(run);
    for (const length of [1, 3, 8, 31, 64, 257, 4096, 70_001]) {
      for (const seed of [0, 1, 0x80000000, 0xffffffff]) {
        const bytes = pattern(length + 5).subarray(5);
        expectEqual(
          crc32(bytes, seed),
          slowCrc32(bytes, seed),
          `${length} bytes from seed ${seed}`,
        );
      }
    }
  });

  declare("crc32: continues where it stopped", async (run) => {
    const crc32 = requireCrc32(run);
    const bytes = pattern(1000);
    const whole = crc32(bytes, 77);
    for (const cut of [0, 1, 499, 1000]) {
      const continued = crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut), 77));
      expectEqual(continued, whole, `cut at ${cut}`);
    }
  });
}

function requireCrc32(run: ContractRun): (bytes: Uint8Array, seed: number) => number {
  const { storage } = run;
  if (storage.crc32 === undefined) run.skip("the storage brings no crc32");
  return (bytes, seed) => storage.crc32?.(bytes, seed) ?? -1;
}

function slowCrc32(bytes: Uint8Array, seed: number): number {
  let crc = ~seed;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
