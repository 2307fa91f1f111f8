/**
 * A log under strace: one append at a time in the mode given, blocking and not, with rotations, a
 * checkpoint and a close, and a line after each: `traced.mjs <directory> <mode> [no-sync]`. What the
 * kernel saw between two lines is what the acknowledgement was worth.
 */
import process from "node:process";
import { Wal } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";
import { say } from "./report-line.mjs";
import { unsyncedStorage } from "./watched-storage.mjs";

const [directory = "", mode = "", sabotage] = process.argv.slice(2);
const real = nodeStorage(directory);
const wal = await Wal.open({
  storage: sabotage === "no-sync" ? unsyncedStorage(real) : real,
  durability: /** @type {import("@stria/core").Durability} */ ({ mode }),
  segmentBytes: 16 * 1024,
  keepSegments: 1,
});
const record = new Uint8Array(1200).fill(1);
for (let i = 0; i < 12; i++) {
  await wal.durable(await wal.append(record));
  say("acknowledged");
  await wal.appendBatch([record, record], { durability: "synchronous" });
  say("acknowledged");
  await wal.durable(wal.appendAsync(record));
  say("acknowledged");
  wal.appendSync(record);
  say("acknowledged");
}
await wal.checkpoint(wal.durableLsn);
say("checkpointed");
await wal.append(record);
await wal.close();
say("closed");
