/** `stria inspect`: what a log consists of. Needs neither the key nor the lock. */
import type { Storage } from "@stria/core";
import {
  type FrameInspection,
  type LogInspection,
  type SegmentInspection,
  inspectLog,
  readFrames,
} from "@stria/core/inspect";
import type { Command } from "commander";
import { Failed } from "../exit-code.ts";
import { existingLog } from "../log-directory.ts";
import { output, outputDocument, outputJson } from "../output/output.ts";
import {
  type Column,
  count,
  counted,
  lsns,
  range,
  size,
  style,
  table,
  time,
} from "../output/text.ts";
import { recordCount } from "./record-count.ts";

interface InspectCommandOptions {
  readonly frames?: boolean;
  readonly json?: boolean;
}

export function addInspect(program: Command): void {
  program
    .command("inspect")
    .description("list segments, and frames with --frames; needs no key and no lock")
    .argument("<dir>", "directory of the log")
    .option("--frames", "list the frames of every segment")
    .option("--json", "one JSON document; with --frames, JSON lines: log, segments, frames")
    .action(inspect);
}

async function inspect(directory: string, options: InspectCommandOptions): Promise<void> {
  const storage = await existingLog(directory);
  const log = await inspectLog(storage);
  const frames = options.frames === true;
  if (options.json !== true) await writeText(storage, log, frames);
  else if (frames) await writeJsonLines(storage, log);
  else await outputDocument(forJson(log));
  if (log.problem !== undefined) {
    process.stderr.write(`stria: ${log.problem.code}: ${log.problem.message}\n`);
    throw new Failed();
  }
}

async function writeText(storage: Storage, log: LogInspection, frames: boolean): Promise<void> {
  await output(`${summary(log)}\n`);
  if (log.segments.length > 0) {
    await output(
      `\n${table(
        segmentColumns,
        log.segments.map((segment) => segmentRow(segment)),
      )}`,
    );
  }
  for (const segment of frames ? log.segments : []) {
    await output(`\n${style("bold", segment.name)}\n`);
    if (segment.header === undefined)
      await output(`no readable header: ${segment.reason ?? segment.state}\n`);
    else await writeFrames(storage, segment);
  }
}

function summary(log: LogInspection): string {
  const live = log.segments.filter(({ usedBytes }) => usedBytes > 0);
  const bytes = live.reduce((sum, { usedBytes }) => sum + usedBytes, 0);
  const records = recordCount(log);
  const encrypted = live.some(({ header }) => header?.cipher !== undefined);
  const lines = [
    `log ${log.logId ?? "-"}${encrypted ? ", encrypted" : ""}`,
    `${records === 0 ? "no records" : `${lsns(log.firstLsn, log.lastLsn)}, ${counted(records, "record")}`}, ${counted(live.length, "segment")}, ${size(bytes)}`,
  ];
  if (log.lowLsn > 0) lines.push(`everything up to LSN ${log.lowLsn} is retired`);
  if (log.strangers.length > 0) lines.push(`other files: ${log.strangers.join(", ")}`);
  return lines.join("\n");
}

const segmentColumns: readonly Column[] = [
  { title: "segment" },
  { title: "state" },
  { title: "LSN" },
  { title: "records", right: true },
  { title: "used", right: true },
  { title: "file", right: true },
  { title: "created (UTC)" },
  { title: "remarks" },
];

function segmentRow(segment: SegmentInspection): string[] {
  const { name, state, firstLsn, lastLsn, usedBytes, fileBytes, header, reason } = segment;
  const known = firstLsn !== undefined && lastLsn !== undefined;
  const remarks = [
    ...(header === undefined || header.gapAfter === 0
      ? []
      : [`gap: ${lsns(header.gapAfter + 1, (firstLsn ?? 0) - 1)}`]),
    ...(header === undefined || header.carriedTo === 0
      ? []
      : [`repeats ${lsns(firstLsn ?? 0, header.carriedTo)}`]),
    ...(header?.cipher === undefined
      ? []
      : [`${suiteText(header.cipher.suite)}, key ${header.cipher.keyId.slice(0, 8)}`]),
    ...(header?.damagedCopy === true ? ["one header copy is damaged"] : []),
    ...(reason === undefined ? [] : [reason]),
  ];
  return [
    name,
    state,
    range(firstLsn, lastLsn),
    known ? count(lastLsn - firstLsn + 1) : "-",
    usedBytes === 0 ? "-" : size(usedBytes),
    size(fileBytes),
    time(header?.created ?? 0),
    remarks.join("; "),
  ];
}

/** A suite as people know it. */
function suiteText(suite: number): string {
  return suites.get(suite) ?? `suite ${suite}`;
}

const suites: ReadonlyMap<number, string> = new Map([
  [1, "aes-256-gcm"],
  [2, "chacha20-poly1305"],
]);

const frameColumns: readonly Column[] = [
  { title: "    offset", right: true },
  { title: "kind   " },
  { title: "    bytes", right: true },
  { title: "records", right: true },
  { title: "LSN                " },
  { title: "synced     " },
  { title: "time (UTC)" },
];

/** In pieces: a segment may hold a hundred thousand frames. */
async function writeFrames(storage: Storage, segment: SegmentInspection): Promise<void> {
  let rows: string[][] = [];
  let isFirst = true;
  const flush = async (): Promise<void> => {
    const text = table(frameColumns, rows);
    await output(isFirst ? text : text.slice(text.indexOf("\n") + 1));
    isFirst = false;
    rows = [];
  };
  for await (const frame of readFrames(storage, segment.name)) {
    rows.push(frameRow(frame));
    if (rows.length === 1000) await flush();
  }
  if (rows.length > 0 || isFirst) await flush();
}

function frameRow(frame: FrameInspection): string[] {
  const place = [String(frame.offset), frame.kind, String(frame.bytes)];
  if ("reason" in frame) {
    return frame.kind === "empty" ? place : [...place, "", "", "", frame.reason];
  }
  return [
    ...place,
    frame.records === 0 ? "" : String(frame.records),
    range(frame.firstLsn, frame.lastLsn),
    String(frame.syncedLsn),
    `${time(frame.time)}${frame.carried ? ", repeated" : ""}`,
  ];
}

async function writeJsonLines(storage: Storage, log: LogInspection): Promise<void> {
  const { segments, ...rest } = forJson(log);
  await outputJson({ type: "log", ...rest });
  for (const segment of segments) {
    await outputJson({ type: "segment", ...segment });
    if (segment.header === undefined) continue;
    let lines = "";
    for await (const frame of readFrames(storage, segment.name)) {
      lines += `${JSON.stringify({ type: "frame", segment: segment.name, ...frame })}\n`;
      if (lines.length < 64 * 1024) continue;
      await output(lines);
      lines = "";
    }
    await output(lines);
  }
}

/** An error's message does not show in JSON by itself. */
function forJson(log: LogInspection): Omit<LogInspection, "problem"> & { problem?: object } {
  const { problem, ...rest } = log;
  if (problem === undefined) return rest;
  const { code, message, details } = problem;
  return { ...rest, problem: { code, message, ...details } };
}
