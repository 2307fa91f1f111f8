/** What tables of other logs' tests need: write, damage, open, and say in one line what is there. */
import { isWalError, type RecoveryMode } from "@stria/core";
import { SimulatedStorage, type DiskImage } from "../../src/index.ts";
import { appendTo, openOn } from "./log-images.ts";

/** A killed log with `lastLsn` records in one segment; only the last is not vouched for. */
export async function openTail(lastLsn: number): Promise<DiskImage> {
  const storage = new SimulatedStorage({ seed: 1 });
  const wal = await openOn(storage, { segmentBytes: 65_536 });
  await appendTo(wal, lastLsn);
  return storage.kill().image();
}

/** LSNs that can be read, or the code of the error that came instead. */
export async function outcome(
  image: DiskImage,
  recovery: RecoveryMode = "strict",
): Promise<string> {
  const storage = SimulatedStorage.from(image);
  try {
    const wal = await openOn(storage, { recovery });
    try {
      const lsns: number[] = [];
      for await (const { lsn } of wal.read()) lsns.push(lsn);
      return ranges(lsns);
    } finally {
      await wal.close();
    }
  } catch (error) {
    if (!isWalError(error)) throw error;
    return error.code;
  }
}

/** `1-4,7` */
function ranges(lsns: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < lsns.length;) {
    let end = i;
    while (lsns[end + 1] === (lsns[end] ?? 0) + 1) end++;
    parts.push(end === i ? String(lsns[i]) : `${lsns[i]}-${lsns[end]}`);
    i = end + 1;
  }
  return parts.join();
}
