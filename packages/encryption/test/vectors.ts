/**
 * Published vectors (Wycheproof, C2SP): data kept next to the repository or where STRIA_VECTORS
 * says, and not part of it. Tests that need them are skipped where they are not.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder =
  process.env["STRIA_VECTORS"] ??
  fileURLToPath(new URL("../../../../shared/vectors", import.meta.url));

/** True if the file is there. */
export function hasVectors(file: string): boolean {
  return existsSync(join(folder, file));
}

/** The file's content; its shape is the caller's to know. */
export function readVectors(file: string): unknown {
  return JSON.parse(readFileSync(join(folder, file), "utf8")) as unknown;
}

/** One AEAD vector; everything but `tcId`, `comment` and `result` is hex. */
export interface AeadVector {
  readonly tcId: number;
  readonly comment: string;
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
  readonly result: "valid" | "invalid";
}
