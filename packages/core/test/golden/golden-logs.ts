/**
 * The scripts behind fixtures/v1: each writes a small log through the public API (or, where the API
 * writes no such log, through the segment writer), and may then do to its files what a crash or a bad
 * disk would. docs/format.md describes the bytes.
 */
import { bornSegment } from "../../src/segment/birth.ts";
import { crc32 } from "../../src/checksum.ts";
import { segmentName } from "../../src/format/segment-name.ts";
import { runIo } from "../../src/io.ts";
import { memoryStorage } from "../../src/memory-storage.ts";
import { SegmentWriter } from "../../src/segment/segment-writer.ts";
import type { Storage } from "../../src/storage.ts";
import { Wal } from "../../src/wal.ts";
import {
  type LogFiles,
  ScriptClock,
  filesOf,
  repeatableRandom,
  storageOf,
} from "./deterministic.ts";

/** A log kept as files, and what it is there to show. */
export interface GoldenLog {
  readonly about: string;
  readonly make: () => Promise<LogFiles>;
}

/** By folder name below fixtures/v1. */
export const goldenLogs: Readonly<Record<string, GoldenLog>> = {
  "sealed-rotation": {
    about: "five segments, closed cleanly; records of 0, 1 and many bytes, and a batch",
    make: sealedRotation,
  },
  "torn-tail": {
    about:
      "killed: LSN 1-3 vouched for by a mark, 4 whole but unvouched, 5 cut in its second sector",
    make: tornTail,
  },
  "carried-tail": {
    about:
      "the log of torn-tail, opened (LSN 4 was carried into segment 2), a batch appended, closed",
    make: carriedTail,
  },
  "carried-whole": {
    about: "three short lives: each repeats the small segment of the one before it",
    make: carriedWhole,
  },
  checkpointed: {
    about: "six segments were written, the first ones retired by a checkpoint, then closed",
    make: checkpointed,
  },
  stillborn: {
    about: "closed cleanly, then a crash during the birth of segment 2 left zeros",
    make: stillborn,
  },
  "header-copy": {
    about: "closed cleanly; the first copy of the header is damaged, the second is not",
    make: headerCopy,
  },
  "damaged-record": {
    about: "one bit of a record that a seal vouches for is flipped: refused, salvaged around",
    make: damagedRecord,
  },
  "recorded-gap": {
    about: "segment 2 records that LSN 4-9 are lost: reading stops there and says where to resume",
    make: recordedGap,
  },
};

const SEGMENT_BYTES = 16 * 1024;
const text = new TextEncoder();

function record(n: number): Uint8Array {
  return text.encode(`record ${n}`);
}

/** `length` bytes that differ from record to record. */
function block(n: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + n * 13) & 0xff);
}

/** A life of a log in which every record is a group of its own, a second after the one before. */
async function life(
  storage: Storage,
  seed: number,
  doing: (wal: Wal, append: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
  segmentBytes = SEGMENT_BYTES,
): Promise<Wal> {
  const clock = new ScriptClock();
  clock.time += seed * 3_600_000;
  const random = repeatableRandom(seed);
  const wal = await Wal.open({ storage, clock, random, segmentBytes, keepSegments: 0 });
  await doing(wal, async (bytes) => {
    clock.time += 1000;
    await wal.append(bytes);
  });
  return wal;
}

async function sealedRotation(): Promise<LogFiles> {
  const storage = memoryStorage();
  const wal = await life(storage, 1, async (open, append) => {
    await append(new Uint8Array(0));
    await append(Uint8Array.of(0x2a));
    await append(record(3));
    await open.appendBatch([record(4), record(5), new Uint8Array(0), record(7)]);
    for (let n = 8; n <= 16; n++) await append(block(n, 1000));
    await append(block(17, 6000));
  });
  await wal.close();
  return filesOf(storage);
}

async function tornTail(): Promise<LogFiles> {
  const storage = memoryStorage();
  await life(storage, 2, async (wal, append) => {
    for (let n = 1; n <= 3; n++) await append(record(n));
    // A backup vouches for what it copies: it writes a mark.
    await wal.backup(memoryStorage());
    await append(record(4));
    await append(block(5, 1000));
  });
  const files = await filesOf(storage);
  const name = segmentName(1);
  const whole = files.get(name)!;
  return files.set(name, whole.slice(0, whole.length - 700));
}

async function carriedTail(): Promise<LogFiles> {
  const storage = await storageOf(await tornTail());
  const wal = await life(storage, 3, async (open) => {
    await open.appendBatch([record(5), record(6)]);
  });
  await wal.close();
  return filesOf(storage);
}

async function carriedWhole(): Promise<LogFiles> {
  const storage = memoryStorage();
  for (let n = 1; n <= 3; n++) {
    // Up to a quarter of a segment is carried whole, the 8 KiB in front of the frames included.
    const wal = await life(storage, 3 + n, (_wal, append) => append(record(n)), 64 * 1024);
    await wal.close();
  }
  return filesOf(storage);
}

async function checkpointed(): Promise<LogFiles> {
  const storage = memoryStorage();
  const wal = await life(storage, 7, async (open, append) => {
    for (let n = 1; n <= 18; n++) await append(block(n, 1400));
    await open.checkpoint(14);
    await append(record(19));
  });
  await wal.close();
  return filesOf(storage);
}

async function small(seed: number): Promise<Map<string, Uint8Array>> {
  const storage = memoryStorage();
  const wal = await life(storage, seed, async (_wal, append) => {
    for (let n = 1; n <= 4; n++) await append(record(n));
  });
  await wal.close();
  return filesOf(storage);
}

async function stillborn(): Promise<LogFiles> {
  return (await small(8)).set(segmentName(2), new Uint8Array(4608));
}

async function headerCopy(): Promise<LogFiles> {
  const files = await small(9);
  files.get(segmentName(1))!.fill(0xff, 100, 200);
  return files;
}

async function damagedRecord(): Promise<LogFiles> {
  const files = await small(10);
  // A letter of the second record: "record 2" becomes "recorD 2".
  const bytes = files.get(segmentName(1))!;
  bytes[8192 + 512 + 48 + 4 + 5]! ^= 0x20;
  return files;
}

async function recordedGap(): Promise<LogFiles> {
  const storage = memoryStorage();
  const logId = repeatableRandom(11)(new Uint8Array(16));
  const common = { logId, carriedTo: 0, lowLsn: 0, checkpointLsn: 0, segmentBytes: SEGMENT_BYTES };
  const created = new ScriptClock().time;
  const root = { id: 0, cutLsn: 0, cutOffset: 0, chain: new Uint8Array(16) };
  const first = {
    ...common,
    segmentId: 1,
    epoch: 0x11,
    firstLsn: 1,
    predecessor: root,
    durableLsn: 0,
    gapAfter: 0,
    created,
  };
  const before = await sealedSegment(storage, first, 3);
  const { id, lastLsn: cutLsn, end: cutOffset, chain } = before;
  const predecessor = { id, cutLsn, cutOffset, chain };
  const second = {
    ...first,
    segmentId: 2,
    epoch: 0x12,
    firstLsn: 10,
    predecessor,
    durableLsn: 3,
    gapAfter: 3,
  };
  await sealedSegment(storage, second, 2);
  return filesOf(storage);
}

async function sealedSegment(
  storage: Storage,
  plan: Parameters<typeof bornSegment>[1],
  records: number,
): Promise<SegmentWriter["segment"]> {
  const { segment, file } = await runIo(bornSegment(storage, plan, { cipher: undefined, crc32 }));
  const writer = new SegmentWriter(segment, file, plan.segmentBytes);
  for (let i = 0; i < records; i++) {
    const body = record(plan.firstLsn + i);
    const firstLsn = plan.firstLsn + i;
    const bodyBytes = 4 + body.length;
    const fill = (into: Uint8Array, at: number): void => {
      into.set([body.length, 0, 0, 0], at);
      into.set(body, at + 4);
    };
    writer.addRecords({ count: 1, firstLsn, time: plan.created, bodyBytes, fill }, firstLsn - 1);
    await runIo(writer.write(true));
  }
  await runIo(writer.seal({ lowLsn: 0, checkpointLsn: 0 }, plan.created));
  return segment;
}
