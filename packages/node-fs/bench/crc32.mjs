// Nanoseconds a call of zlib's and the crc-32 package's CRC-32, to find where they cross.
//   node bench/crc32.mjs
import * as zlib from "node:zlib";
import CRC32 from "crc-32";

function nanoseconds(sum, bytes) {
  const calls = Math.floor(3e7 / (bytes.length + 200));
  let best = Number.POSITIVE_INFINITY;
  let crc = 0;
  for (let round = 0; round < 6; round += 1) {
    const start = performance.now();
    for (let call = 0; call < calls; call += 1) crc = sum(bytes, crc);
    best = Math.min(best, ((performance.now() - start) * 1e6) / calls);
  }
  return Math.round(best);
}

console.log("bytes | zlib ns | crc-32 ns");
for (const length of [64, 128, 256, 384, 512, 1024, 4096, 65_536]) {
  const bytes = Uint8Array.from({ length }, (_, index) => (index * 7) & 255);
  const native = nanoseconds((part, seed) => zlib.crc32(part, seed), bytes);
  const portable = nanoseconds((part, seed) => CRC32.buf(part, seed) >>> 0, bytes);
  console.log([length, native, portable].join(" | "));
}
