/** Opens a damaged log, reads all of it, and holds what happens against what is promised of damage. */
import { isWalError } from "@stria/core";
import { expect } from "vitest";
import { SimulatedStorage, type DiskImage } from "../../src/index.ts";
import { vouchedLsn } from "../support/evidence.ts";
import { openOn, payloadOf, type LogImage } from "../support/log-images.ts";

/** How a damaged log answered. */
export interface Verdict {
  /** Of an error met while opening or reading. */
  readonly code: string | undefined;
  readonly lastLsn: number;
}

const damageCodes: readonly string[] = ["WAL_CORRUPT", "WAL_TAMPERED"];

/**
 * Checks: no wrong record, ever; an error is a `WalError` that names a segment; without an error every
 * record is there that anything left in the directory vouches for.
 */
export async function judge(log: LogImage, damaged: DiskImage, what: string): Promise<Verdict> {
  const storage = SimulatedStorage.from(damaged, { seed: what });
  let lastLsn = log.firstLsn - 1;
  let code: string | undefined;
  try {
    const wal = await openOn(storage);
    try {
      for await (const { lsn, payload } of wal.read({ from: log.firstLsn })) {
        expect(lsn, `on ${what}`).toBe(lastLsn + 1);
        expect(payload, `${what}: record ${lsn}`).toEqual(payloadOf(lsn));
        lastLsn = lsn;
      }
    } finally {
      await wal.close();
    }
  } catch (error) {
    if (!isWalError(error)) throw error;
    expect(damageCodes, `${what}: ${error.message}`).toContain(error.code);
    expect(error.details.segment, `${what}: ${error.message}`).toMatch(/^\d{20}\.wal$/);
    ({ code } = error);
  }
  if (code === undefined) {
    const vouched = Math.min(vouchedLsn(damaged), log.lastLsn);
    expect(lastLsn, `${what}: lost in silence`).toBeGreaterThanOrEqual(vouched);
  }
  expect(lastLsn, `on ${what}`).toBeLessThanOrEqual(log.lastLsn);
  return { code, lastLsn };
}
