/** `stria stats`: figures of a log at rest or at work, from its frames. Needs neither key nor lock. */
import { type LogInspection, inspectLog, readFrames } from "@stria/core/inspect";
import { type Storage, Wal } from "@stria/core";
import type { Command } from "commander";
import { addKeyOptions, cipherOptions, type KeyOptions } from "../keys/key-options.ts";
import { existingLog } from "../log-directory.ts";
import { output, outputDocument } from "../output/output.ts";
import { count, duration, lsns, size, time } from "../output/text.ts";
import { Spread } from "./spread.ts";
import { recordCount } from "./record-count.ts";

interface StatsOptions extends KeyOptions {
  readonly json?: boolean;
}

/** What the frames of the live segments add up to. */
export interface LogFigures {
  readonly records: number;
  readonly firstLsn: number;
  readonly lastLsn: number;
  readonly segments: number;
  readonly fileBytes: number;
  /** Records with their length prefixes, as stored. */
  readonly bodyBytes: number;
  readonly recordFrames: number;
  readonly marks: number;
  /** Records a frame, that is a commit group or a part of one. */
  readonly recordsPerFrame: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Commit times of the first and last frame, ms since 1970; 0 = no frame. */
  readonly firstTime: number;
  readonly lastTime: number;
}

export function addStats(program: Command): void {
  const command = program
    .command("stats")
    .description("figures of a log: records, bytes, group sizes, time range")
    .argument("<dir>", "directory of the log")
    .option("--json", "one JSON document")
    .action(stats);
  addKeyOptions(command);
}

async function stats(directory: string, options: StatsOptions): Promise<void> {
  const storage = await existingLog(directory);
  const { cipher } = await cipherOptions(options);
  // The figures are in the clear; with a key it is made sure that it is the right one.
  if (cipher !== undefined) await (await Wal.openReader({ storage, cipher })).close();
  const log = await inspectLog(storage);
  if (log.problem !== undefined) throw log.problem;
  const figures = await logFigures(storage, log);
  if (options.json === true) await outputDocument(figures);
  else await output(figuresText(figures));
}

/** Reads the frames of every live segment. */
export async function logFigures(storage: Storage, log: LogInspection): Promise<LogFigures> {
  const live = log.segments.filter(({ usedBytes }) => usedBytes > 0);
  const groups = new Spread();
  let [bodyBytes, recordFrames, marks, firstTime, lastTime] = [0, 0, 0, 0, 0];
  for (const segment of live) {
    for await (const frame of readFrames(storage, segment.name)) {
      if (frame.offset >= segment.usedBytes || frame.kind === "bad" || frame.kind === "empty")
        continue;
      if (frame.kind !== "records") {
        marks++;
        continue;
      }
      recordFrames++;
      bodyBytes += frame.bodyBytes - (frame.encrypted ? 16 : 0) - (frame.carried ? 16 : 0);
      groups.add(frame.records);
      firstTime = firstTime === 0 ? frame.time : firstTime;
      lastTime = frame.time;
    }
  }
  return {
    records: recordCount(log),
    firstLsn: log.firstLsn,
    lastLsn: log.lastLsn,
    segments: live.length,
    fileBytes: live.reduce((sum, { fileBytes }) => sum + fileBytes, 0),
    bodyBytes,
    recordFrames,
    marks,
    recordsPerFrame: { p50: groups.at(0.5), p99: groups.at(0.99), max: groups.at(1) },
    firstTime,
    lastTime,
  };
}

function figuresText(figures: LogFigures): string {
  const { records, recordsPerFrame: groups, firstTime, lastTime, bodyBytes, fileBytes } = figures;
  const share = fileBytes === 0 ? 0 : Math.round((bodyBytes / fileBytes) * 100);
  const span = Math.max(0, lastTime - firstTime);
  const lines: [string, string][] = [
    [
      "records",
      records === 0 ? "0" : `${count(records)}, ${lsns(figures.firstLsn, figures.lastLsn)}`,
    ],
    ["average", records === 0 ? "-" : size((bodyBytes - records * 4) / records)],
    ["segments", count(figures.segments)],
    ["on disk", `${size(fileBytes)}, ${share} % of it records`],
    [
      "frames",
      `${count(figures.recordFrames)} of records, ${count(figures.marks)} marks and seals`,
    ],
    [
      "a frame",
      `p50 ${count(groups.p50)}, p99 ${count(groups.p99)}, at most ${count(groups.max)} records`,
    ],
    [
      "written",
      records === 0 ? "-" : `${time(firstTime)} to ${time(lastTime)} UTC, ${duration(span)}`,
    ],
  ];
  return lines.map(([name, value]) => `${name.padEnd(10)}${value}\n`).join("");
}
