/**
 * One log, two who follow it: a search index in the same program, and a mailer in a process of its own.
 * Each keeps its own place; neither can hold the writer up.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { pathToFileURL } from "node:url";
import { Wal } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";

const directory = process.argv[2]
  ? pathToFileURL(`${process.argv[2]}/`)
  : new URL("data/", import.meta.url);
const wal = await Wal.open({ storage: nodeStorage(new URL("log/", directory)) });

// In this program: a loop over the log that waits at its end for what comes. Leave it with `break` or
// `return` as here, or from outside with an AbortSignal: wal.read({ follow: true, signal }).
const words = new Map();
async function index() {
  for await (const { lsn, payload } of wal.read({ follow: true })) {
    for (const word of new TextDecoder().decode(payload).split(" ")) {
      words.set(word, [...(words.get(word) ?? []), lsn]);
    }
    if (lsn === lastLsn) return;
  }
}

// In another process: see mailer.js. It reads the same files, without the writer's lock.
const mailer = fork(new URL("mailer.js", import.meta.url), [directory.href]);

const orders = ["tea for ada", "coffee for bob", "tea for grace"];
const lastLsn = wal.nextLsn + orders.length - 1;
const indexed = index();
for (const order of orders) {
  const lsn = await wal.append(new TextEncoder().encode(order));
  console.log(`order ${lsn}: ${order}`);
}

await indexed;
console.log(`index: "tea" is in ${words.get("tea").length} orders`);

mailer.send({ stopAt: lastLsn });
await once(mailer, "exit");
await wal.close();
