/**
 * Memory while a lot goes through the log: appends GIB (4) GiB in 4 KiB records with 1,024 in flight,
 * checkpoints every 100 MB, prints resident memory as it goes. Then reads RECORDS (1,000,000) small
 * records as a stream.
 *
 *   node packages/node-fs/bench/memory.mjs [GIB] [RECORDS]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Wal } from "@stria/core";
import { nodeStorage } from "../dist/index.js";

const gib = Number(process.argv[2] ?? 4);
const records = Number(process.argv[3] ?? 1_000_000);
const directory = mkdtempSync(join(tmpdir(), "stria-memory-"));
const mib = (bytes) => (bytes / 2 ** 20).toFixed(0);
const resident = () => process.memoryUsage.rss();
const idle = resident();
let peak = idle;
const look = setInterval(() => (peak = Math.max(peak, resident())), 20);

try {
  const storage = nodeStorage(join(directory, "append"));
  const wal = await Wal.open({ storage, keepSegments: 2 });
  const record = new Uint8Array(4096).fill(7);
  const wanted = Math.ceil((gib * 2 ** 30) / record.length);
  let begun = 0;
  let checkpointed = 0;
  console.log(`idle process: ${mib(idle)} MiB`);
  const writer = async () => {
    while (begun < wanted) {
      const nth = ++begun;
      const lsn = await wal.append(record);
      if (lsn - checkpointed > 25_000) await wal.checkpoint((checkpointed = lsn));
      if (nth % Math.ceil(wanted / 8) === 0) {
        console.log(`${mib(nth * record.length)} MiB appended: ${mib(resident())} MiB resident`);
      }
    }
  };
  await Promise.all(Array.from({ length: 1024 }, writer));
  await wal.close();
  console.log(`append: peak ${mib(peak)} MiB, ${mib(peak - idle)} MiB above the idle process`);

  const many = nodeStorage(join(directory, "read"));
  const log = await Wal.open({ storage: many, durability: { mode: "async" } });
  const small = new Uint8Array(128);
  for (let i = 0; i < records; i++) {
    await log.append(small);
  }
  await log.close();
  globalThis.gc?.();
  const before = resident();
  peak = before;
  const reader = await Wal.open({ storage: many });
  let read = 0;
  for await (const batch of reader.readBatches()) {
    read += batch.length;
    peak = Math.max(peak, resident());
  }
  await reader.close();
  console.log(`read ${read} records: ${mib(before)} MiB before, peak ${mib(peak)} MiB`);
} finally {
  clearInterval(look);
  rmSync(directory, { recursive: true, force: true });
}
