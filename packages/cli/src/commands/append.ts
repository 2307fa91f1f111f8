/** `stria append`: records from standard input into a log, durable in order. */
import { type Durability, Wal } from "@stria/core";
import { type Command, Option } from "commander";
import { wholeNumber } from "../arguments.ts";
import { Failed } from "../exit-code.ts";
import { LineSplitter, PrefixSplitter } from "../input/split.ts";
import { checkStandardInput, standardInput } from "../input/standard-input.ts";
import {
  addKeyOptions,
  addSuiteOption,
  cipherOptions,
  type KeyOptions,
} from "../keys/key-options.ts";
import { writableLog } from "../log-directory.ts";
import { outputJson } from "../output/output.ts";
import { ProgressLine } from "../output/progress-line.ts";
import { count, counted, duration, lsns, size } from "../output/text.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { Feed } from "./feed.ts";

interface AppendOptions extends KeyOptions {
  readonly lengthPrefixed?: boolean;
  readonly durability: Durability["mode"];
  readonly batch?: number;
  readonly segmentBytes?: number;
  readonly acks?: boolean;
  readonly progress?: boolean;
  readonly json?: boolean;
}

/** The log's own limit: a longer record is refused before it fills the memory. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;

export function addAppend(program: Command): void {
  const command = program
    .command("append")
    .description("append records from standard input, a line each; done when all are durable")
    .argument("<dir>", "directory of the log, made if it is not there")
    .option("--length-prefixed", "input is u32 little-endian lengths and payloads, not lines")
    .addOption(
      new Option("--durability <mode>", "how groups are formed")
        .choices(["synchronous", "group-commit", "async", "async-batched"])
        .default("group-commit"),
    )
    .option("--batch <n>", "make every n records one atomic batch", wholeNumber(1, 1_000_000))
    .option("--segment-bytes <bytes>", "size of a segment file", wholeNumber(16 * 1024))
    .option("--acks", "write each LSN to standard output once it is durable")
    .option("--progress", "tell on stderr how far it is")
    .option("--json", "write a summary as JSON to standard output; with --acks, JSON lines")
    .action(append);
  addSuiteOption(addKeyOptions(command));
}

async function append(directory: string, options: AppendOptions): Promise<void> {
  checkStandardInput();
  const storage = await writableLog(directory);
  const cipher = await cipherOptions(options);
  const started = performance.now();
  const wal = await Wal.open({
    storage,
    durability: { mode: options.durability },
    ...cipher,
    ...(options.segmentBytes === undefined ? {} : { segmentBytes: options.segmentBytes }),
  });
  const first = wal.nextLsn;
  const input = standardInput();
  const feed = new Feed(wal, options.batch);
  const acks = options.acks === true ? new Acknowledgements(wal, options.json === true) : undefined;
  const progress = new ProgressLine(options.progress === true, () => {
    const ms = performance.now() - started;
    const durable = wal.durableLsn - first + 1;
    const rate = count((durable / ms) * 1000);
    return `${counted(feed.records, "record")} appended, ${count(durable)} durable, ${size(feed.bytes)}, ${rate} records/s`;
  });
  try {
    const splitter =
      options.lengthPrefixed === true
        ? new PrefixSplitter(MAX_RECORD_BYTES)
        : new LineSplitter(MAX_RECORD_BYTES);
    for await (const chunk of input.chunks) {
      await feed.push(splitter.push(chunk));
      acks?.announce();
    }
    // Interrupted inside a record: what is complete counts, the rest was never a record.
    if (input.signal === undefined) await feed.push(splitter.end());
    await feed.finish();
    await acks?.finish();
  } finally {
    progress.stop();
    input.release();
    await wal.close();
  }
  const last = first + feed.records - 1;
  const seconds = (performance.now() - started) / 1000;
  if (options.json === true) {
    const { records, bytes } = feed;
    const range = records === 0 ? {} : { firstLsn: first, lastLsn: last };
    await outputJson({ records, bytes, ...range, durableLsn: wal.durableLsn, seconds });
  } else {
    const where = feed.records === 0 ? "" : `, ${lsns(first, last)}`;
    const took = duration(seconds * 1000);
    process.stderr.write(
      `${counted(feed.records, "record")}${where}, ${size(feed.bytes)} durable in ${took}\n`,
    );
  }
  // Everything was made durable; the exit code says that there may have been more to read.
  if (input.signal !== undefined) throw new Failed(input.signal === "SIGINT" ? 130 : 143);
}
