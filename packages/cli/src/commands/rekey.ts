/** `stria rekey`: a verified copy of a log under new keys. The old one is not touched. */
import { resolve } from "node:path";
import { encryption } from "@stria/encryption";
import { type RekeyProgress, type RekeyReport, rekeyLog } from "@stria/core/inspect";
import type { Command } from "commander";
import { wholeNumber } from "../arguments.ts";
import { UsageError } from "../exit-code.ts";
import {
  addKeyOptions,
  addSuiteOption,
  allKeys,
  cipherOptions,
  collect,
  type KeyOptions,
} from "../keys/key-options.ts";
import { existingLog, writableLog } from "../log-directory.ts";
import { output, outputDocument } from "../output/output.ts";
import { ProgressLine } from "../output/progress-line.ts";
import { count, counted, lsns } from "../output/text.ts";

interface RekeyCommandOptions extends KeyOptions {
  readonly newKeyFile: readonly string[];
  readonly newPassphraseEnv?: string;
  readonly segmentBytes?: number;
  readonly progress?: boolean;
  readonly json?: boolean;
}

export function addRekey(program: Command): void {
  const command = program
    .command("rekey")
    .description("copy a log under new keys and compare the copy; run it again if interrupted")
    .argument("<dir>", "directory of the old log; it is only read, and locked meanwhile")
    .argument("<newdir>", "directory of the copy: empty, not there yet, or of an interrupted run")
    .requiredOption("--new-key-file <file>", "key of the new log; again for more", collect)
    .option("--new-passphrase-env <name>", "variable with the passphrase of the new key files")
    .option("--segment-bytes <bytes>", "size of a segment file", wholeNumber(16 * 1024))
    .option("--progress", "tell on stderr how far it is")
    .option("--json", "one JSON document")
    .action(rekey);
  addSuiteOption(addKeyOptions(command));
}

async function rekey(
  directory: string,
  newDirectory: string,
  options: RekeyCommandOptions,
): Promise<void> {
  if (resolve(directory) === resolve(newDirectory)) {
    throw new UsageError("a log is never re-encrypted in place: name another directory");
  }
  const { suite, segmentBytes, newKeyFile, newPassphraseEnv, ...old } = options;
  const source = await existingLog(directory);
  const target = await writableLog(newDirectory);
  const keys = await allKeys(newKeyFile, newPassphraseEnv);
  let step: RekeyProgress | undefined;
  const progress = new ProgressLine(options.progress === true, () =>
    step === undefined ? "" : `${step.phase}: LSN ${count(step.lsn)} of ${count(step.lastLsn)}`,
  );
  let report: RekeyReport;
  try {
    report = await rekeyLog(source, target, {
      ...(await cipherOptions(old)),
      newCipher: encryption({ keys, ...(suite === undefined ? {} : { suite }) }),
      ...(segmentBytes === undefined ? {} : { segmentBytes }),
      onProgress: (now) => {
        step = now;
      },
    });
  } finally {
    progress.stop();
  }
  if (options.json === true) await outputDocument(report);
  else {
    const { records, segments, lastLsn, gaps } = report;
    const how = { new: "copied", continued: "copied (continued)", present: "there already" };
    await output(
      `${counted(records, "record")} ${how[report.copy]} in ${counted(segments, "segment")}, each compared; the log goes on at LSN ${count(lastLsn + 1)}\n` +
        gaps.map(({ from, to }) => `gap     ${lsns(from, to)}\n`).join(""),
    );
  }
}
