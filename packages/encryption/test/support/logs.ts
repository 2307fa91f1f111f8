/** Logs for the tests here: made, copied, read back, damaged on purpose. */
import { type Clock, type Storage, systemClock, Wal, isWalError } from "@stria/core";
import { memoryStorage } from "@stria/core";

/** Looking again must not take time. */
export const hasty: Clock = { ...systemClock, timer: (run) => systemClock.timer(run, 0) };

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Record `n`: long enough that a few dozen fill a segment of 16 KiB. */
export const payload = (n: number): Uint8Array => bytesOf(`record ${n} ${"x".repeat(n % 40)}`);

/** Every file as it stands. */
export async function filesOf(storage: Storage): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const name of (await storage.list()).toSorted()) {
    const file = await storage.open(name);
    const bytes = new Uint8Array(await file.size());
    let got = 0;
    while (got < bytes.length) got += await file.read(bytes.subarray(got), got);
    await file.close();
    files.set(name, bytes);
  }
  return files;
}

/** A memory storage with copies of `files`. */
export async function storageOf(files: ReadonlyMap<string, Uint8Array>): Promise<Storage> {
  const storage = memoryStorage("copy");
  await fill(storage, files);
  return storage;
}

/** Puts copies of `files` into an empty storage. */
export async function fill(
  storage: Storage,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  for (const [name, bytes] of files) {
    const file = await storage.create(name);
    await file.write(bytes, 0);
    await file.close();
  }
}

/** LSN, text and time of everything a log holds, and the gaps between as `gap to LSN`. */
export async function readAll(
  storage: Storage,
  options: Omit<Parameters<typeof Wal.openReader>[0], "storage"> = {},
): Promise<string[]> {
  const reader = await Wal.openReader({ storage, clock: hasty, ...options });
  const found: string[] = [];
  let from = reader.firstLsn;
  try {
    while (from <= reader.durableLsn) {
      try {
        for await (const { lsn, payload: bytes, timestamp } of reader.read({ from })) {
          found.push(`${lsn} ${textOf(bytes)} ${timestamp}`);
          from = lsn + 1;
        }
        break;
      } catch (error) {
        if (!isWalError(error, "WAL_GAP")) throw error;
        const { resumeLsn = 0 } = error.details;
        found.push(`gap to ${resumeLsn}`);
        if (resumeLsn <= from) break;
        from = resumeLsn;
      }
    }
  } finally {
    await reader.close();
  }
  return found;
}
