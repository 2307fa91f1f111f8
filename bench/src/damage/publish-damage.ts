/** The damage table in the README, one wound a row, and its JSON. */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { aboutRun, formatPublished, replacePart } from "../results/publish.ts";
import { table } from "../results/text.ts";
import type { DamageResults } from "./damage.ts";

export function publishDamage(results: DamageResults): void {
  const folder = fileURLToPath(new URL("../../results/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}damage.json`, `${JSON.stringify(results, null, 2)}\n`);
  const tables = results.columns.map((wound, column) => {
    const body = results.rows.map(({ contestant, cells }) => {
      const { text, verdict } = cells[column]!;
      const mark = { good: "yes", bad: "**no**", none: "" }[verdict];
      return [contestant, text, mark];
    });
    return `### ${wound[0]!.toUpperCase()}${wound.slice(1)}\n\n${table(["", "what came back", "honest"], body)}`;
  });
  const about = aboutRun({ machine: results.machine, rounds: 1 }).replace(
    "1 interleaved rounds, ",
    "",
  );
  replacePart("damage", [about, ...tables].join("\n\n"));
  formatPublished();
}
