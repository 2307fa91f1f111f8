/**
 * From a passphrase to a key: Argon2id (RFC 9106), its cost, and the bounds of that cost.
 * The bounds hold before anything is allocated: a key file may come from an attacker.
 */
import { WalError } from "@stria/core";
import { argon2idAsync } from "@noble/hashes/argon2.js";
import { isBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { keyBytes } from "../aead/suite.ts";

/** What one guess at the passphrase costs. */
export interface PassphraseCost {
  /** Memory in KiB; at least 8 per lane. */
  readonly memoryKiB: number;
  /** Passes over that memory. */
  readonly passes: number;
  /** Lanes; computed one after the other here. */
  readonly lanes: number;
}

/** The most a key file may cost to open. */
export interface PassphraseLimits extends PassphraseCost {
  /** Memory times passes, in KiB: bounds the time. */
  readonly workKiB: number;
}

/** RFC 9106 section 4, second recommended option: 64 MiB, 3 passes, 4 lanes. */
export const defaultCost: PassphraseCost = { memoryKiB: 65_536, passes: 3, lanes: 4 };

/** What may be written, and what is opened unless told otherwise: 1 GiB, 64 passes, 16 lanes, 4 GiB of work. */
export const defaultLimits: PassphraseLimits = {
  memoryKiB: 1_048_576,
  passes: 64,
  lanes: 16,
  workKiB: 4 * 1_048_576,
};

/** Checks a cost given as an option. Throws `RangeError` naming it and its range. */
export function checkCost(cost: PassphraseCost): PassphraseCost {
  const { memoryKiB, passes, lanes } = cost;
  checkInteger("cost.lanes", lanes, 1, defaultLimits.lanes);
  checkInteger("cost.memoryKiB", memoryKiB, 8 * lanes, defaultLimits.memoryKiB);
  checkInteger("cost.passes", passes, 1, defaultLimits.passes);
  if (memoryKiB * passes > defaultLimits.workKiB) {
    throw new RangeError(`cost.memoryKiB times passes must be at most ${defaultLimits.workKiB}`);
  }
  return { memoryKiB, passes, lanes };
}

/** Checks a cost read from a file: `WAL_CORRUPT` if impossible, `WAL_UNSUPPORTED` if above the limits. */
export function checkFoundCost(cost: PassphraseCost, limits: PassphraseLimits): void {
  const { memoryKiB, passes, lanes } = cost;
  if (passes < 1 || lanes < 1 || memoryKiB < 8 * lanes) {
    throw new WalError("WAL_CORRUPT", `key file: impossible Argon2id cost ${describe(cost)}`);
  }
  const withinLimits =
    memoryKiB <= limits.memoryKiB &&
    passes <= limits.passes &&
    lanes <= limits.lanes &&
    memoryKiB * passes <= limits.workKiB;
  if (!withinLimits) {
    throw new WalError(
      "WAL_UNSUPPORTED",
      `key file asks for ${describe(cost)}, more than is allowed here; raise limits if you trust the file`,
    );
  }
}

/** Argon2id of the passphrase; yields to other work meanwhile. */
export async function stretch(
  passphrase: string | Uint8Array,
  salt: Uint8Array,
  cost: PassphraseCost,
): Promise<Uint8Array> {
  const bytes = passphraseBytes(passphrase);
  try {
    return await argon2idAsync(bytes, salt, {
      m: cost.memoryKiB,
      t: cost.passes,
      p: cost.lanes,
      dkLen: keyBytes,
      // noble's own guard counts bytes and would refuse what the limits above allow.
      maxmem: 2 ** 32 - 1,
    });
  } finally {
    bytes.fill(0);
  }
}

/** The passphrase as bytes: strings in Unicode NFKC, so that every keyboard spells it alike. */
function passphraseBytes(passphrase: string | Uint8Array): Uint8Array {
  const bytes = isBytes(passphrase)
    ? Uint8Array.from(passphrase)
    : typeof passphrase === "string"
      ? utf8ToBytes(passphrase.normalize("NFKC"))
      : undefined;
  if (bytes === undefined) throw new TypeError("passphrase must be a string or a Uint8Array");
  if (bytes.length === 0) throw new RangeError("passphrase must not be empty");
  return bytes;
}

function checkInteger(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} must be an integer from ${min} to ${max}, got ${value}`);
  }
}

function describe(cost: PassphraseCost): string {
  return `${cost.memoryKiB} KiB, ${cost.passes} passes, ${cost.lanes} lanes`;
}
