/** `stria cat`: the records of a log, beside its writer or without one. */
import { Wal } from "@stria/core";
import { type Command, Option } from "commander";
import { wholeNumber } from "../arguments.ts";
import { UsageError } from "../exit-code.ts";
import { addKeyOptions, cipherOptions, type KeyOptions } from "../keys/key-options.ts";
import { existingLog } from "../log-directory.ts";
import { recordFormat } from "../output/records.ts";
import { outputRecords } from "./output-records.ts";

interface CatOptions extends KeyOptions {
  readonly from?: number;
  readonly to?: number;
  readonly last?: number;
  readonly lengthPrefixed?: boolean;
  readonly skipGaps?: boolean;
  readonly json?: boolean;
}

export function addCat(program: Command): void {
  const command = program
    .command("cat")
    .description("write records to standard output, a line each")
    .argument("<dir>", "directory of the log")
    .option("--from <lsn>", "first record", wholeNumber(1))
    .option("--to <lsn>", "last record", wholeNumber(0))
    .addOption(
      new Option("--last <n>", "the last n records").argParser(wholeNumber(0)).conflicts("from"),
    )
    .addOption(
      new Option("--length-prefixed", "u32 little-endian length in front of each record").conflicts(
        "json",
      ),
    )
    .option("--skip-gaps", "go on behind records that are retired or lost, saying so on stderr")
    .option("--json", "JSON lines: lsn, timestamp, text or base64")
    .action(cat);
  addKeyOptions(command);
}

async function cat(directory: string, options: CatOptions): Promise<void> {
  const { from, to, last } = options;
  if (from !== undefined && to !== undefined && to < from) {
    throw new UsageError(`--to ${to} is before --from ${from}`);
  }
  const storage = await existingLog(directory);
  const reader = await Wal.openReader({ storage, ...(await cipherOptions(options)) });
  try {
    await outputRecords(reader, {
      format: recordFormat(options),
      skipGaps: options.skipGaps ?? false,
      read: {
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        ...(last === undefined ? {} : { last }),
      },
    });
  } finally {
    await reader.close();
  }
}
