// What encryption costs a group commit: writers that each wait for their record to be durable, on a disk, in
// plaintext and under the native AES-256-GCM (or the suite that is named), in turns. After a build:
//
//     node bench/group-commit.mjs [directory] [suite] [rounds]
//
// Each round runs every contestant once, in an order that turns round every time, on logs that stay open. The ratio
// is that of the two throughputs of one round; the median of all rounds is printed, and the middle half. The CPU
// column is processor time of this process for each record: what is left of the cost where the disk is waited for.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Wal } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";
import { encryption, generateKey } from "../dist/index.js";

const [directory = tmpdir(), suite = "aes-256-gcm", roundsText = "41"] = process.argv.slice(2);
const rounds = Number(roundsText);
const roundMs = 100;
const rows = [
  { writers: 64, bytes: 128 },
  { writers: 1024, bytes: 128 },
  { writers: 64, bytes: 4096 },
  { writers: 1024, bytes: 4096 },
];

/** A log that stays open for all rounds of a row. */
async function contestant(place, options) {
  const wal = await Wal.open({
    storage: nodeStorage(place),
    durability: { mode: "synchronous" },
    retention: { mode: "count" },
    keepSegments: 2,
    ...options,
  });
  return { wal, rates: [], cpu: [], groups: [] };
}

/** Records a second of `writers` that append one after the other for a while. */
async function run({ wal, rates, cpu, groups }, { writers, bytes }) {
  const payload = new Uint8Array(bytes).fill(0x5a);
  const before = wal.stats();
  const start = process.cpuUsage();
  const from = performance.now();
  const until = from + roundMs;
  let records = 0;
  await Promise.all(
    Array.from({ length: writers }, async () => {
      while (performance.now() < until) {
        await wal.append(payload);
        records++;
      }
    }),
  );
  const { user, system } = process.cpuUsage(start);
  rates.push((records / (performance.now() - from)) * 1000);
  cpu.push((user + system) / records);
  groups.push(records / Math.max(1, wal.stats().syncs - before.syncs));
}

function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

function spread(values) {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(values, share).toFixed(3));
  return `${middle} (${low} to ${high})`;
}

const home = await mkdtemp(join(directory, "stria-group-commit-"));
try {
  const cipher = encryption({ keys: [generateKey()], suite });
  console.log(`node ${process.version}, ${suite} ${cipher.implementation}, ${rounds} rounds`);
  console.log(
    "writers bytes  plain/s  sealed/s  records a sync  sealed/plain       CPU sealed/plain",
  );
  for (const row of rows) {
    const name = `${row.writers}-${row.bytes}`;
    const plain = await contestant(join(home, `${name}-plain`), {});
    const sealed = await contestant(join(home, `${name}-sealed`), { cipher });
    for (let round = -1; round < rounds; round++) {
      for (const each of round % 2 === 0 ? [plain, sealed] : [sealed, plain]) await run(each, row);
      // The first round warms up.
      if (round >= 0) continue;
      for (const { rates, cpu, groups } of [plain, sealed]) {
        for (const list of [rates, cpu, groups]) list.length = 0;
      }
    }
    await plain.wal.close();
    await sealed.wal.close();
    const ratios = sealed.rates.map((rate, round) => rate / plain.rates[round]);
    const cpus = sealed.cpu.map((each, round) => each / plain.cpu[round]);
    console.log(
      [
        String(row.writers).padStart(7),
        String(row.bytes).padStart(5),
        quantile(plain.rates, 0.5).toFixed(0).padStart(8),
        quantile(sealed.rates, 0.5).toFixed(0).padStart(9),
        quantile(sealed.groups, 0.5).toFixed(0).padStart(15),
        ` ${spread(ratios)}`,
        spread(cpus),
      ].join(" "),
    );
  }
} finally {
  await rm(home, { recursive: true, force: true });
}
