/** The parent's checks. Each throws, naming the promise that is broken, or says what it has seen. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type RecoveryReport, Wal } from "@stria/core";
import { type LogVerification, verifyLog } from "@stria/core/inspect";
import { nodeStorage } from "@stria/node-fs";
import { decodeEntry } from "./entry.ts";
import type { Evidence } from "./evidence.ts";
import { type Input, linesOf } from "./input.ts";

/** Something that was promised does not hold. */
class Broken extends Error {
  override readonly name: string = "Broken";
}

/** What stood in the log after the child was killed. */
export interface Survivors {
  readonly report: RecoveryReport;
  readonly openMs: number;
  readonly acknowledged: number;
  /** In the log, though nobody was told so yet. */
  readonly unacknowledged: number;
}

/** Opens the log for writing, as the next life would, and looks for every acknowledged record. */
export async function proveSurvival(directory: string, evidence: Evidence): Promise<Survivors> {
  const started = performance.now();
  const wal = await Wal.open({ storage: nodeStorage(directory) });
  const openMs = performance.now() - started;
  try {
    const { same, unknown } = await compareAll(wal, evidence);
    if (same !== evidence.count) {
      throw new Broken(`${evidence.count} records were acknowledged, ${same} are in the log`);
    }
    return { report: wal.recovery, openMs, acknowledged: same, unacknowledged: unknown };
  } finally {
    await wal.close();
  }
}

/** Reads every byte of the log, as `stria verify` does. */
export async function proveSound(directory: string): Promise<LogVerification> {
  const result = await verifyLog(nodeStorage(directory));
  const damage = result.findings.find(({ severity }) => severity === "damage");
  if (damage !== undefined) {
    const { segment, offset, message } = damage;
    throw new Broken(`verify: ${segment} offset ${offset ?? 0}: ${message}`);
  }
  return result;
}

/** Replays the log and compares it with the input: everything there, in full, once. */
export async function proveComplete(
  directory: string,
  input: Input,
  evidence: Evidence,
  expected: { unreadable: readonly string[]; paths: readonly string[] },
): Promise<{ records: number; seconds: number; vanished: number }> {
  const started = performance.now();
  const reader = await Wal.openReader({ storage: nodeStorage(directory) });
  try {
    const { same } = await compareAll(reader, evidence);
    if (same !== evidence.count) {
      throw new Broken(`${evidence.count} records were acknowledged, ${same} are replayed`);
    }
    const records = reader.durableLsn;
    const seconds = (performance.now() - started) / 1000;
    const vanished =
      input.kind === "file"
        ? await compareLines(reader, input.path)
        : await compareFiles(reader, input.path, expected);
    return { records, seconds, vanished };
  } finally {
    await reader.close();
  }
}

type Readable = Pick<Wal, "read">;

async function compareAll(
  log: Readable,
  evidence: Evidence,
): Promise<{ same: number; unknown: number }> {
  let [same, unknown, next] = [0, 0, 1];
  for await (const { lsn, payload } of log.read()) {
    if (lsn !== next++) throw new Broken(`LSN ${lsn} follows LSN ${next - 2}`);
    const verdict = evidence.compare(lsn, payload);
    if (verdict === "different") throw new Broken(`LSN ${lsn} is not the record acknowledged`);
    if (verdict === "same") same++;
    else unknown++;
  }
  return { same, unknown };
}

async function compareLines(log: Readable, path: string): Promise<number> {
  const records = log.read();
  let line = 0;
  for await (const expected of linesOf(path)) {
    line++;
    const next = await records.next();
    if (next.done === true) throw new Broken(`the log ends before line ${line}`);
    if (Buffer.compare(next.value.payload, expected) !== 0) {
      throw new Broken(`LSN ${next.value.lsn} is not line ${line}`);
    }
  }
  const rest = await records.next();
  if (rest.done !== true) throw new Broken(`the log goes on behind the last line, ${line}`);
  return 0;
}

/** Returns how many listed files went away before they could be read. */
async function compareFiles(
  log: Readable,
  root: string,
  expected: { unreadable: readonly string[]; paths: readonly string[] },
): Promise<number> {
  const journaled = new Set<string>();
  for await (const { lsn, payload } of log.read()) {
    const { path } = decodeEntry(payload);
    if (journaled.has(path)) throw new Broken(`LSN ${lsn}: ${path} is journaled twice`);
    journaled.add(path);
  }
  const unreadable = new Set(expected.unreadable);
  let vanished = 0;
  for (const path of expected.paths) {
    if (journaled.has(path) || unreadable.has(path)) continue;
    if (await exists(join(root, path))) throw new Broken(`${path} is not in the log`);
    vanished++;
  }
  return vanished;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return false;
    throw error;
  }
}
