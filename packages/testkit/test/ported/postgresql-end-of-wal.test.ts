/**
 * PostgreSQL's end-of-WAL cases: what may stand where the next record's header is looked for. Nothing
 * vouches for it, so whatever it is, the log ends there and goes on.
 */
import { describe, expect, test } from "vitest";
import { crc32 } from "../../../core/src/checksum.ts";
import { finishFrame, frameContext, putFrameHeader } from "../../../core/src/format/frame.ts";
import { SeededRandom, SimulatedStorage, type DiskImage } from "../../src/index.ts";
import { openTail, outcome } from "../support/end-of-log.ts";
import { headerOf } from "../support/evidence.ts";
import { appendTo, openOn } from "../support/log-images.ts";

const records = 5;
const fields = {
  type: 1,
  flags: 0,
  count: 1,
  sequence: 100,
  firstLsn: records + 1,
  syncedLsn: records - 1,
  time: 0,
  bodyBytes: 20,
};

/** Bytes behind the last frame. */
async function withEnd(end: (image: DiskImage, name: string) => Uint8Array): Promise<DiskImage> {
  const image = await openTail(records);
  const [name = ""] = image.names;
  return image.overwrite(name, image.content(name).length, end(image, name));
}

/** A frame with a right checksum. */
function frame(change: Partial<typeof fields>, epochOff = 0) {
  return (image: DiskImage, name: string): Uint8Array => {
    const header = headerOf(image, name);
    if (header === undefined) throw new Error(`${name} has no header`);
    const context = frameContext({ ...header, epoch: header.epoch + epochOff }, crc32);
    const bytes = new Uint8Array(512);
    putFrameHeader(bytes, 0, context.epoch, { ...fields, ...change });
    finishFrame(bytes, 0, fields.bodyBytes, context);
    return bytes;
  };
}

const noise = (length: number): Uint8Array =>
  new SeededRandom(`noise ${length}`).fillBytes(new Uint8Array(length));

const ends: Readonly<Record<string, (image: DiskImage, name: string) => Uint8Array>> = {
  "zeros, one sector": () => new Uint8Array(512),
  "zeros, many sectors": () => new Uint8Array(20_480),
  "a part of a header, then nothing": (image, name) => frame({})(image, name).slice(0, 30),
  "a header without its body": (image, name) => {
    const bytes = frame({ bodyBytes: 5000 })(image, name);
    return bytes.slice(0, 48);
  },
  "a length of zero": (image, name) => frame({})(image, name).fill(0, 8, 12),
  "a length behind the file": frame({ bodyBytes: 100_000 }),
  "the largest length": frame({ bodyBytes: 0xffff_ffff }),
  "a type nobody knows": frame({ type: 77 }),
  "flags nobody knows": frame({ flags: 0x80 }),
  "no records in a frame of records": frame({ count: 0 }),
  "the LSN before": frame({ firstLsn: records, syncedLsn: records - 1 }),
  "an LSN too far ahead": frame({ firstLsn: records + 7 }),
  "LSN zero": frame({ firstLsn: 0, syncedLsn: 0 }),
  "an old sequence": frame({ sequence: 1 }),
  "the epoch of an earlier life": frame({}, 2),
  "noise, one sector": () => noise(512),
  "noise, many sectors": () => noise(30_000),
  "noise in the middle of zeros": () => {
    const bytes = new Uint8Array(8192);
    bytes.set(noise(512), 4096);
    return bytes;
  },
};

describe.each(Object.entries(ends))("behind the last record: %s", (_name, end) => {
  test("the log ends before it", async () => {
    expect(await outcome(await withEnd(end))).toBe(`1-${records}`);
  });

  test("it goes on, and what stood there is not taken for a record later", async () => {
    const storage = SimulatedStorage.from(await withEnd(end));
    const wal = await openOn(storage);
    await appendTo(wal, records + 4);
    await wal.close();
    expect(await outcome(storage.image())).toBe(`1-${records + 4}`);
  });
});
