import type * as core from "@stria/core";
import type * as crypto from "../../src/index.ts";

/** A value as JSON knows it. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** What is used of the packages. */
export interface Packages {
  readonly core: Pick<typeof core, "Wal" | "isWalError" | "memoryStorage">;
  readonly encryption: typeof crypto.encryption;
  readonly keyIdOf: typeof crypto.keyIdOf;
}

export function describeLog(
  packages: Packages,
  files: ReadonlyMap<string, Uint8Array>,
  options: { readonly keys: readonly Uint8Array[]; readonly allowPlaintext: boolean },
): Promise<{ [key: string]: Json }>;

export function filesOf(storage: core.Storage): Promise<Map<string, Uint8Array>>;
