/** Makes logs, and damages them on purpose. */
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Wal } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";
import { jsonLines, stria } from "./stria.ts";

/** A frame as `inspect --frames --json` lists it. */
export interface Frame {
  readonly segment: string;
  readonly kind: string;
  readonly offset: number;
  readonly firstLsn: number;
  readonly lastLsn: number;
}

/** A log of the numbers 1 to `records`, one record a frame, in several segments. */
export async function numbersLog(directory: string, records: number = 300): Promise<void> {
  const wal = await Wal.open({ storage: nodeStorage(directory), segmentBytes: 32 * 1024 });
  while (wal.nextLsn <= records) await wal.append(Buffer.from(String(wal.nextLsn)));
  await wal.close();
}

/** Its segment files, oldest first. */
export async function segmentFiles(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith(".wal")).toSorted();
}

/** All its frames, oldest first. */
export async function framesOf(directory: string): Promise<Frame[]> {
  const lines = jsonLines(await stria(["inspect", directory, "--frames", "--json"]));
  return lines.filter(({ type }) => type === "frame") as unknown as Frame[];
}

/** Changes one byte of a file. */
export async function damage(directory: string, name: string, offset: number): Promise<void> {
  const path = join(directory, name);
  const bytes = await readFile(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 0x10;
  await writeFile(path, bytes);
}
