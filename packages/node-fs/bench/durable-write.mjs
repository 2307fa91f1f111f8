// Mean and percentiles of one durable group, with and without zeros ahead, asynchronous and blocking.
//   pnpm run build && node bench/durable-write.mjs [directory]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { nodeStorage } from "../dist/index.js";

const parent = mkdtempSync(join(process.argv[2] ?? tmpdir(), "stria-bench-"));
const rounds = 3;
let lastFile = 0;

async function run(groupBytes, { blocking, zeroAhead }) {
  const groups = groupBytes >= 65_536 ? 300 : 600;
  const storage = nodeStorage(parent, { zeroAhead });
  const file = await storage.create(`${(lastFile += 1)}.wal`, { preallocateBytes: 64 << 20 });
  await file.write(new Uint8Array(4096), 0);
  await file.sync();
  const bytes = new Uint8Array(groupBytes).fill(7);
  const times = [];
  const start = performance.now();
  for (let index = 0, at = 4096; index < groups; index += 1, at += groupBytes) {
    const before = performance.now();
    if (blocking) file.blocking.writeAndSync(bytes, at);
    else await file.writeAndSync(bytes, at);
    times.push(performance.now() - before);
  }
  const mean = (performance.now() - start) / groups;
  await file.close();
  times.sort((a, b) => a - b);
  return { mean, p50: times[groups >> 1], p99: times[Math.floor(groups * 0.99)] };
}

const micro = (milliseconds) => Math.round(milliseconds * 1000);
console.log("group bytes | verbs | zeros ahead | mean µs | p50 µs | p99 µs (median of rounds)");
for (const groupBytes of [256, 4096, 16_384, 32_768, 65_536, 262_144]) {
  for (const blocking of [false, true]) {
    for (const zeroAhead of [false, true]) {
      const results = [];
      for (let round = 0; round < rounds; round += 1) {
        results.push(await run(groupBytes, { blocking, zeroAhead }));
      }
      results.sort((a, b) => a.mean - b.mean);
      const { mean, p50, p99 } = results[rounds >> 1];
      const verbs = blocking ? "blocking" : "async";
      const cells = [
        groupBytes,
        verbs,
        zeroAhead ? "yes" : "no",
        micro(mean),
        micro(p50),
        micro(p99),
      ];
      console.log(cells.join(" | "));
    }
  }
}
rmSync(parent, { recursive: true, force: true });
