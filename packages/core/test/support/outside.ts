/** Logs to look at from outside: made, copied, damaged on purpose, read back. */
import { type Clock, type Storage, Wal, isWalError, memoryStorage, systemClock } from "@stria/core";

/** Looking again must not take time. */
export const hasty: Clock = {
  ...systemClock,
  timer: (run) => systemClock.timer(run, 0),
};

export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
export const payload = (lsn: number): Uint8Array =>
  new TextEncoder().encode(`record ${lsn} ${"x".repeat(lsn % 40)}`);

/** Two lives: several segments, the last one sealed. */
export async function sample(records = 60): Promise<Storage> {
  const storage = memoryStorage();
  for (const upTo of [records / 2, records]) {
    const wal = await Wal.open({ storage, segmentBytes: 16 * 1024 });
    while (wal.nextLsn <= upTo) await wal.append(payload(wal.nextLsn));
    await wal.close();
  }
  return storage;
}

export async function copy(storage: Storage): Promise<Storage> {
  const target = memoryStorage("copy");
  for (const name of await storage.list()) {
    const [from, to] = [await storage.open(name), await target.create(name)];
    const bytes = new Uint8Array(await from.size());
    await from.read(bytes, 0);
    await to.write(bytes, 0);
  }
  return target;
}

export async function flip(storage: Storage, name: string, offset: number): Promise<void> {
  const file = await storage.open(name);
  const byte = new Uint8Array(1);
  await file.read(byte, offset);
  byte[0] = (byte[0] ?? 0) ^ 4;
  await file.write(byte, offset);
}

/** LSN to text of everything the log holds once it is opened, going on behind gaps. */
export async function readAll(storage: Storage): Promise<Map<number, string>> {
  const wal = await Wal.open({ storage });
  const records = new Map<number, string>();
  let from = wal.firstLsn;
  while (from <= wal.durableLsn) {
    try {
      for await (const record of wal.read({ from })) records.set(record.lsn, text(record.payload));
      break;
    } catch (error) {
      if (!isWalError(error, "WAL_GAP")) throw error;
      const { resumeLsn = 0 } = error.details;
      // At the last LSN of a gap that ends the log there is nothing to go on to.
      from = resumeLsn > from ? resumeLsn : Infinity;
    }
  }
  await wal.close();
  return records;
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
