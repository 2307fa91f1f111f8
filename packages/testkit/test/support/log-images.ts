/** Logs as they lie on a disk: cleanly closed, killed, checkpointed, carried; and what is in them. */
import { Wal, type WalOptions } from "@stria/core";
import { SimulatedStorage, seededRandom, type DiskImage } from "../../src/index.ts";

/** A log on disk. Record `lsn` is {@link payloadOf} of it. */
export interface LogImage {
  readonly name: string;
  readonly image: DiskImage;
  /** Records that can be read lie between these. */
  readonly firstLsn: number;
  readonly lastLsn: number;
}

/** 16 KiB segments, nothing kept that is checkpointed. */
export const smallSegments = { segmentBytes: 16_384, frameBytes: 2048, keepSegments: 0 } as const;

/** What record `lsn` holds: up to some 900 bytes, different for every LSN. */
export function payloadOf(lsn: number): Uint8Array {
  return Uint8Array.from({ length: (lsn * 37) % 900 }, (_, i) => lsn * 31 + i * 7);
}

/** Opens a log on a storage as these tests do. */
export function openOn(storage: SimulatedStorage, options: Partial<WalOptions> = {}): Promise<Wal> {
  const random = seededRandom(`${storage.name} ids`);
  return Wal.open({ ...smallSegments, storage, clock: storage.clock, random, ...options });
}

/** Appends records up to `lastLsn`, each its own group. */
export async function appendTo(wal: Wal, lastLsn: number): Promise<void> {
  while (wal.nextLsn <= lastLsn) await wal.append(payloadOf(wal.nextLsn));
}

/** Several segments, closed in peace: every record is vouched for. */
export async function closedLog(seed = 1, lastLsn = 22): Promise<LogImage> {
  const storage = new SimulatedStorage({ seed });
  const wal = await openOn(storage);
  await appendTo(wal, lastLsn);
  await wal.close();
  return { name: "closed", image: storage.image(), firstLsn: 1, lastLsn };
}

/** Killed after its last acknowledgement: nothing vouches for the last record. */
export async function killedLog(lastLsn = 22): Promise<LogImage> {
  const storage = new SimulatedStorage({ seed: 2 });
  const wal = await openOn(storage);
  await appendTo(wal, lastLsn);
  return { name: "killed", image: storage.kill().image(), firstLsn: 1, lastLsn };
}

/** Killed, opened again and closed: the tail was written again in a segment of its own. */
export async function carriedLog(lastLsn = 22): Promise<LogImage> {
  const storage = new SimulatedStorage({ seed: 3 });
  await appendTo(await openOn(storage), lastLsn - 2);
  const next = storage.kill();
  const wal = await openOn(next);
  await appendTo(wal, lastLsn);
  await wal.close();
  return { name: "carried", image: next.image(), firstLsn: 1, lastLsn };
}

/** Its oldest segments were retired; they can be resurrected. */
export async function checkpointedLog(lastLsn = 40): Promise<LogImage> {
  const storage = new SimulatedStorage({ seed: 4 });
  const wal = await openOn(storage);
  await appendTo(wal, lastLsn);
  await wal.checkpoint(Math.floor(lastLsn / 2));
  await appendTo(wal, lastLsn + 3);
  const { firstLsn } = wal;
  await wal.close();
  return { name: "checkpointed", image: storage.image(), firstLsn, lastLsn: lastLsn + 3 };
}
