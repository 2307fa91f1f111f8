/** What `cat` and `tail` share: records to standard output, and what happens at a gap. */
import { type ReadOptions, type WalReader, isWalError } from "@stria/core";
import { output } from "../output/output.ts";
import { type RecordFormat, encodeRecords } from "../output/records.ts";
import { lsns } from "../output/text.ts";

export interface OutputOptions {
  readonly format: RecordFormat;
  readonly skipGaps: boolean;
  readonly read: ReadOptions;
}

/** Writes what `read` asks for. At a gap it rejects with `WAL_GAP`, or goes on behind it and says so. */
export async function outputRecords(reader: WalReader, options: OutputOptions): Promise<void> {
  let { read } = options;
  for (;;) {
    try {
      for await (const batch of reader.readBatches(read)) {
        await output(encodeRecords(batch, options.format));
      }
      return;
    } catch (error) {
      if (!options.skipGaps || !isWalError(error, "WAL_GAP")) throw error;
      const { lsn = 0, resumeLsn = 0 } = error.details;
      // The end of the log: a gap with nothing behind it.
      if (resumeLsn <= lsn) return;
      process.stderr.write(`stria: ${lsns(lsn, resumeLsn - 1)} skipped: not in the log\n`);
      const { last: _last, ...rest } = read;
      read = { ...rest, from: resumeLsn };
    }
  }
}
