/** `stria salvage`: what can still be read of a damaged log, into a new one. The old one is not touched. */
import { importLog, salvageLog, verifyLog } from "@stria/core/inspect";
import type { Command } from "commander";
import { Failed, UsageError } from "../exit-code.ts";
import {
  addKeyOptions,
  addSuiteOption,
  cipherOptions,
  type KeyOptions,
} from "../keys/key-options.ts";
import { existingLog, newLog } from "../log-directory.ts";
import { output, outputDocument } from "../output/output.ts";
import { counted, lsns, style } from "../output/text.ts";
import { findingLines } from "./verify.ts";
import { resolve } from "node:path";

interface SalvageCommandOptions extends KeyOptions {
  readonly segmentBytes?: number;
  readonly json?: boolean;
}

export function addSalvage(program: Command): void {
  const command = program
    .command("salvage")
    .description("copy what can be read of a damaged log into a new one, under the same LSNs")
    .argument("<dir>", "directory of the damaged log; it is only read")
    .argument("<newdir>", "directory of the new log: empty, or not there yet")
    .option("--json", "one JSON document")
    .action(salvage);
  addSuiteOption(addKeyOptions(command));
}

async function salvage(
  directory: string,
  newDirectory: string,
  options: SalvageCommandOptions,
): Promise<void> {
  if (resolve(directory) === resolve(newDirectory)) {
    throw new UsageError("a log is never salvaged in place: name another directory");
  }
  const source = await existingLog(directory);
  const target = await newLog(newDirectory);
  const cipher = await cipherOptions(options);
  const salvaged = await salvageLog(source, cipher);
  const { lowLsn, checkpointLsn, lastLsn, findings } = salvaged;
  const report = await importLog(target, salvaged.frames(), {
    lowLsn,
    checkpointLsn,
    lastLsn,
    ...cipher,
  });
  const check = await verifyLog(target, cipher);
  const { records, segments, gaps } = report;
  const lostRecords = gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  if (options.json === true) {
    const sound = check.sound;
    await outputDocument({ records, segments, lastLsn, lostRecords, lost: gaps, findings, sound });
  } else {
    const lost =
      lostRecords === 0
        ? style("green", "nothing was lost")
        : style("red", `${counted(lostRecords, "record")} lost`);
    await output(
      `${counted(records, "record")} saved into ${counted(segments, "segment")}, ${lost}; the log goes on at LSN ${lastLsn + 1}\n` +
        gaps.map(({ from, to }) => `${style("red", "lost  ")}  ${lsns(from, to)}\n`).join("") +
        findingLines(findings),
    );
  }
  if (!check.sound) {
    process.stderr.write(`stria: WAL_CORRUPT: the new log in ${newDirectory} does not verify\n`);
    throw new Failed();
  }
}
