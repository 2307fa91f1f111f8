/** What this machine can do at all, measured beside everything else: disk, memory, checksum. */
import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  openSync,
  write,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import * as zlib from "node:zlib";
import { Histogram } from "../histogram.ts";
import type { Job, Measurement } from "../job.ts";

const SPACE_BYTES = 16 * 1024 * 1024;
const STREAM_BYTES = 128 * 1024 * 1024;
const { O_CREAT, O_DSYNC, O_RDWR } = constants;

/** Each loop gets an equal part of the job's time. */
export async function limits(job: Job): Promise<Measurement> {
  const milliseconds = job.measureMs / 4;
  const zeroed = join(job.directory, "zeroed");
  const bandwidth = stream(zeroed);
  const figures: Record<string, number> = { bandwidthMbPerSecond: bandwidth, ...memory() };
  for (const bytes of [128, 4096]) {
    const record = Buffer.alloc(bytes, 1);
    const loops: Record<string, () => Histogram | Promise<Histogram>> = {
      blockingZeroed: () => blocking(zeroed, O_RDWR, record, milliseconds),
      blockingGrowing: () =>
        blocking(join(job.directory, `sync${bytes}`), O_RDWR | O_CREAT, record, milliseconds),
      oneHopZeroed: () => hops(zeroed, O_RDWR | O_DSYNC, record, milliseconds),
      oneHopGrowing: () =>
        hops(join(job.directory, `hop${bytes}`), O_RDWR | O_CREAT | O_DSYNC, record, milliseconds),
      twoHopsZeroed: () => hops(zeroed, O_RDWR, record, milliseconds),
    };
    for (const [name, loop] of Object.entries(loops)) {
      const before = performance.now();
      const latency = await loop();
      const seconds = (performance.now() - before) / 1000;
      figures[`${name}${bytes}PerSecond`] = latency.total / seconds;
      figures[`${name}${bytes}P50Us`] = latency.percentile(0.5) * 1000;
    }
  }
  return { figures, readBack: "not applicable" };
}

/** Write and fdatasync on the caller's thread. */
function blocking(path: string, flags: number, record: Buffer, milliseconds: number): Histogram {
  const fd = openSync(path, flags);
  const latency = new Histogram();
  const end = performance.now() + milliseconds;
  let at = 0;
  for (let before = performance.now(); before < end;) {
    writeSync(fd, record, 0, record.length, at);
    fdatasyncSync(fd);
    const now = performance.now();
    latency.record(now - before);
    before = now;
    at = (at + record.length) % SPACE_BYTES;
  }
  closeSync(fd);
  return latency;
}

/** The raw asynchronous loop: one write whose descriptor syncs, or a write and an fdatasync. */
function hops(
  path: string,
  flags: number,
  record: Buffer,
  milliseconds: number,
): Promise<Histogram> {
  const fd = openSync(path, flags);
  const latency = new Histogram();
  const end = performance.now() + milliseconds;
  const oneHop = (flags & O_DSYNC) === O_DSYNC;
  let at = 0;
  return new Promise((resolve, reject) => {
    let before = performance.now();
    const done = (error: Error | null): void => {
      const now = performance.now();
      latency.record(now - before);
      before = now;
      at = (at + record.length) % SPACE_BYTES;
      if (error === null && now < end) next();
      else {
        closeSync(fd);
        if (error === null) resolve(latency);
        else reject(error);
      }
    };
    const next = (): void =>
      write(fd, record, 0, record.length, at, (error) => {
        if (error !== null || oneHop) done(error);
        else fdatasync(fd, done);
      });
    next();
  });
}

/** Megabytes a second of large writes with one sync at the end; leaves the file zero-written. */
function stream(path: string): number {
  const fd = openSync(path, "w");
  const piece = Buffer.alloc(1024 * 1024);
  const before = performance.now();
  for (let at = 0; at < STREAM_BYTES; at += piece.length) writeSync(fd, piece);
  fdatasyncSync(fd);
  const seconds = (performance.now() - before) / 1000;
  closeSync(fd);
  return STREAM_BYTES / 1e6 / seconds;
}

function memory(): Record<string, number> {
  const from = Buffer.alloc(256 * 1024, 1);
  const into = Buffer.alloc(from.length);
  const copies = 4000;
  const copied = timed(() => into.set(from), copies);
  const { crc32 } = zlib as { crc32?: (bytes: Uint8Array) => number };
  return {
    memcpyGbPerSecond: from.length / copied,
    ...(crc32 !== undefined && { crc32GbPerSecond: from.length / timed(() => crc32(from), 400) }),
  };
}

/** Nanoseconds a call. */
function timed(call: () => unknown, times: number): number {
  for (let i = 0; i < times / 10; i++) call();
  const before = performance.now();
  for (let i = 0; i < times; i++) call();
  return ((performance.now() - before) * 1e6) / times;
}
