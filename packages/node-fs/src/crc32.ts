/**
 * CRC-32 by whichever is faster for the length: zlib's native one for large inputs, the `crc-32`
 * package below, where the call into native code costs more than the sum. Same numbers either way.
 */
import * as zlib from "node:zlib";
import CRC32 from "crc-32";
import { runtime } from "./platform.ts";

type Crc32 = (bytes: Uint8Array, seed: number) => number;

// Absent before Node 20.15: a named import of it would not even link there.
const native = (zlib as { crc32?: Crc32 }).crc32;

/**
 * From this length zlib wins, or draws and needs no warming up; measured with bench/crc32.mjs, the README
 * has the figures.
 */
export const nativeFromBytes: number = runtime === "node" ? 256 : 96;

/** CRC-32 (IEEE) of `bytes`, continuing from `seed`, unsigned; undefined where zlib has none. */
export const crc32: Crc32 | undefined =
  native === undefined
    ? undefined
    : (bytes, seed) =>
        bytes.length < nativeFromBytes ? CRC32.buf(bytes, seed) >>> 0 : native(bytes, seed);
