/** `stria tail`: the end of a log, and with `-f` what is appended from now on. */
import { Wal } from "@stria/core";
import { type Command, Option } from "commander";
import { wholeNumber } from "../arguments.ts";
import { addKeyOptions, cipherOptions, type KeyOptions } from "../keys/key-options.ts";
import { existingLog } from "../log-directory.ts";
import { recordFormat } from "../output/records.ts";
import { outputRecords } from "./output-records.ts";

interface TailOptions extends KeyOptions {
  readonly records: number;
  readonly follow?: boolean;
  readonly lengthPrefixed?: boolean;
  readonly json?: boolean;
}

export function addTail(program: Command): void {
  const command = program
    .command("tail")
    .description("write the last records to standard output, and go on with -f")
    .argument("<dir>", "directory of the log")
    .option("-n, --records <n>", "how many", wholeNumber(0), 10)
    .option("-f, --follow", "wait for new records until interrupted")
    .addOption(
      new Option("--length-prefixed", "u32 little-endian length in front of each record").conflicts(
        "json",
      ),
    )
    .option("--json", "JSON lines: lsn, timestamp, text or base64")
    .action(tail);
  addKeyOptions(command);
}

async function tail(directory: string, options: TailOptions): Promise<void> {
  const storage = await existingLog(directory);
  const reader = await Wal.openReader({ storage, ...(await cipherOptions(options)) });
  try {
    await outputRecords(reader, {
      format: recordFormat(options),
      // A follower that was overtaken by retention goes on with what is there.
      skipGaps: true,
      read: { last: options.records, follow: options.follow ?? false },
    });
  } finally {
    await reader.close();
  }
}
