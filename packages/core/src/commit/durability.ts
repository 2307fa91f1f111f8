/** The four durability modes: when a group is due, and what an `append` waits for. */

/** When `append` resolves, and how long a group may wait for company. All delays in milliseconds. */
export type Durability =
  /** Default. Written and synced at once; whoever arrives during a sync forms the next group. */
  | { readonly mode: "synchronous" }
  /** As above, but a group waits up to `maxDelayMs` (10) for `maxBatchRecords` (200) records. */
  | {
      readonly mode: "group-commit";
      readonly maxDelayMs?: number;
      readonly maxBatchRecords?: number;
    }
  /** `append` resolves when the record is buffered; written and synced every `flushIntervalMs` (10). */
  | { readonly mode: "async"; readonly flushIntervalMs?: number }
  /** `append` resolves when the record is buffered; written and synced by `maxDelayMs` (10) or `maxBatchRecords` (100). */
  | {
      readonly mode: "async-batched";
      readonly maxDelayMs?: number;
      readonly maxBatchRecords?: number;
    };

/** A mode with every number filled in. */
export interface DurabilityPolicy {
  readonly mode: Durability["mode"];
  /** `append` resolves after the sync (else after buffering). */
  readonly waits: boolean;
  /** A group is due so long after its first record; 0 = at once. */
  readonly delayMs: number;
  /** A group is due with so many records. */
  readonly batchRecords: number;
}

/** Checks and completes a mode; a bad one is a `TypeError`/`RangeError` that names the option. */
export function durabilityPolicy(durability: Durability): DurabilityPolicy {
  if (typeof durability !== "object" || durability === null) {
    const given = JSON.stringify(durability);
    throw new TypeError(
      `durability must be an object such as { mode: "synchronous" }, not ${given}`,
    );
  }
  const { mode } = durability;
  switch (durability.mode) {
    case "synchronous":
      return { mode: "synchronous", waits: true, delayMs: 0, batchRecords: 1 };
    case "group-commit":
      return {
        mode: "group-commit",
        waits: true,
        delayMs: milliseconds("maxDelayMs", durability.maxDelayMs ?? 10),
        batchRecords: records(durability.maxBatchRecords ?? 200),
      };
    case "async":
      return {
        mode: "async",
        waits: false,
        delayMs: milliseconds("flushIntervalMs", durability.flushIntervalMs ?? 10),
        batchRecords: Infinity,
      };
    case "async-batched":
      return {
        mode: "async-batched",
        waits: false,
        delayMs: milliseconds("maxDelayMs", durability.maxDelayMs ?? 10),
        batchRecords: records(durability.maxBatchRecords ?? 100),
      };
    default:
      throw new TypeError(
        `durability.mode must be synchronous, group-commit, async or async-batched, not ${mode as string}`,
      );
  }
}

/** What one call asks for: only more than the mode gives. Another word must not be taken for a promise. */
export function checkAsked(durability: string | undefined): void {
  if (durability === undefined || durability === "synchronous") return;
  throw new TypeError(`the durability of a call can only be synchronous, not ${durability}`);
}

function milliseconds(name: string, value: number): number {
  if (typeof value !== "number" || !(value >= 0) || value > 0x7fff_ffff) {
    throw new RangeError(`durability.${name} must be 0 to 2147483647 ms, not ${String(value)}`);
  }
  return value;
}

function records(value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(
      `durability.maxBatchRecords must be an integer of at least 1, not ${String(value)}`,
    );
  }
  return value;
}
