/**
 * `--damage`: 1,000 acknowledged records, SIGKILL, a wound, reopen, one more append, reopen. Says of
 * everybody what was lost, hidden, returned as garbage or refused.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CommandLine } from "../command-line.ts";
import { contestantNamed } from "../contestants/index.ts";
import { benchDirectory } from "../measure.ts";
import { describeMachine, type Machine } from "../machine.ts";
import { publishDamage } from "./publish-damage.ts";
import { eioCell, secondCell } from "./live-damage.ts";
import { type Cell, judge } from "./judge.ts";
import { runVictim, startVictim } from "./victims.ts";
import { type Wound, present, wounds } from "./wounds.ts";

export interface DamageResults {
  readonly machine: Machine;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly contestant: string; readonly cells: readonly Cell[] }[];
}

const hurt = [
  "stria",
  "better-sqlite3 FULL",
  "lmdb overlappingSync:false",
  "classic-level sync",
  "rocksdb sync",
  "event-storage syncOnFlush",
  "async-append-only-log 1 ms",
  "writeahead",
  "hypercore",
  "sonic-boom flush",
  "fs write+datasync",
];

export async function damage(line: CommandLine): Promise<void> {
  const directory = benchDirectory();
  const machine = describeMachine("pnpm run bench --damage", dirname(directory));
  mkdirSync(directory, { recursive: true });
  const root = mkdtempSync(join(directory, "damage-"));
  const rows: DamageResults["rows"][number][] = [];
  const names = hurt.filter((name) => line.only === undefined || name.includes(line.only));
  try {
    for (const contestant of names) {
      const cells: Cell[] = [];
      for (const wound of wounds) cells.push(await woundCell(contestant, wound, root));
      cells.push(await eioCell(contestant, mkdtempSync(join(root, "case-"))));
      cells.push(await secondCell(contestant, mkdtempSync(join(root, "case-"))));
      rows.push({ contestant, cells });
      console.log(`${contestant}\n${cells.map(({ text }) => `  ${text}`).join("\n")}`);
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  const columns = [...wounds.map(({ name }) => name), "EIO once", "second process"];
  const results: DamageResults = { machine, columns, rows };
  if (line.json !== undefined) writeFileSync(line.json, `${JSON.stringify(results, null, 2)}\n`);
  if (line.publish) publishDamage(results);
  const bad = rows.map(({ contestant, cells }) => {
    return [contestant, cells.filter(({ verdict }) => verdict === "bad").length] as const;
  });
  console.log(JSON.stringify({ badCells: Object.fromEntries(bad) }));
}

async function woundCell(contestant: string, wound: Wound, root: string): Promise<Cell> {
  const directory = mkdtempSync(join(root, "case-"));
  const victim = startVictim({ step: "write", contestant, directory });
  const told = await victim.next();
  await victim.kill();
  if ("died" in told) return { text: `cannot be run: ${told.died}`, verdict: "none" };
  if (!wound.inflict(directory)) return { text: "record not found in its files", verdict: "none" };
  const left = present(directory);
  const first = await runVictim({ step: "look", contestant, directory, append: true });
  const second = await runVictim({ step: "look", contestant, directory });
  const salvaged =
    contestantNamed(contestant).salvage !== undefined && "error" in first
      ? await runVictim({ step: "look", contestant, directory, salvage: true })
      : undefined;
  return judge({ left, first, second, salvaged });
}
