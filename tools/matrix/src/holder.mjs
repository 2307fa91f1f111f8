/** Holds a log until it is killed: `holder.mjs <directory>`; says so when it does. */
import process from "node:process";
import { Wal } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";

const wal = await Wal.open({ storage: nodeStorage(process.argv[2] ?? "") });
console.log(`held at LSN ${wal.nextLsn}`);
setInterval(() => undefined, 1000);
