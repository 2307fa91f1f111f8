/**
 * CRC-32 (IEEE, the zlib polynomial). The `crc-32` package unless the storage brings a faster
 * implementation of the same function; the numbers on disk are the same either way.
 */
import CRC32 from "crc-32";

/** CRC-32 of `bytes` continuing from `seed` (0 to start); an unsigned 32-bit integer. */
export type Crc32 = (bytes: Uint8Array, seed: number) => number;

/** The portable implementation. */
export const crc32: Crc32 = (bytes, seed) => CRC32.buf(bytes, seed) >>> 0;
