/** Options of `Wal.open`: names, defaults, ranges. A bad one is refused before anything is touched. */
import type { Crc32 } from "./checksum.ts";
import { crc32 } from "./checksum.ts";
import type { Cipher } from "./cipher.ts";
import { type Clock, type Random, systemClock, systemRandom } from "./clock.ts";
import { type Durability, type DurabilityPolicy, durabilityPolicy } from "./commit/durability.ts";
import type { WalEventListener } from "./events.ts";
import { MAX_BODY_BYTES, frameBytes } from "./format/frame.ts";
import { RECORD_PREFIX_BYTES } from "./format/records.ts";
import { FRAMES_START, SECTOR_BYTES } from "./format/segment-header.ts";
import type { RecoveryMode } from "./recovery/report.ts";
import { SEAL_RESERVE_BYTES } from "./segment/segment-writer.ts";
import type { Storage } from "./storage.ts";

/** A place in the log's history: `wal.head()` gives it, `minHead` checks it. */
export interface WalHead {
  readonly lsn: number;
  /** Identity of the commit that ends with `lsn`, 32 hex digits. */
  readonly chain: string;
}

/** Options of `Wal.open`. Only `storage` is needed. */
export interface WalOptions {
  readonly storage: Storage;
  /** When an append is acknowledged; `{ mode: "synchronous" }`. */
  readonly durability?: Durability;
  /** How many producers may be attached at once; rounded up to a power of two; 16. */
  readonly stripes?: number;
  /** Memory of a stripe in bytes, rounded up to a power of two; 1 MiB. */
  readonly stripeBytes?: number;
  /** Size of a segment file in bytes, at least 16 KiB; 64 MiB or what the adapter allows. */
  readonly segmentBytes?: number;
  /** Segments that stay even when they are checkpointed; 10. */
  readonly keepSegments?: number;
  /** `{ mode: "checkpoint" }`; `{ mode: "count" }` makes a ring log that forgets by count alone. */
  readonly retention?: { readonly mode: "checkpoint" | "count" };
  /** Appends are refused with `WAL_NO_SPACE` before the live files exceed this; no limit. */
  readonly maxTotalBytes?: number;
  /** Most body bytes one frame collects; 256 KiB. A larger record makes a larger frame. */
  readonly frameBytes?: number;
  /** Encryption at rest, see `@stria/encryption`. */
  readonly cipher?: Cipher;
  /** Replaces the CRC-32 implementation; must compute the same numbers. */
  readonly checksum?: Crc32;
  /** Largest record, and largest batch, in bytes; 64 MiB. */
  readonly maxRecordBytes?: number;
  /** How long `append` waits for room in milliseconds; 30,000. */
  readonly maxAppendBlockMs?: number;
  /** `strict`; the other two open read-only. */
  readonly recovery?: RecoveryMode;
  /** Refuse a log that is older than this (`WAL_ROLLBACK`). */
  readonly minHead?: WalHead;
  /** `inline`: the flusher shares this thread; `worker` (see `WorkerWalOptions`): it has its own. */
  readonly flusher?: "inline";
  /** The flusher uses the storage's blocking calls for all but new files: for a thread that has nothing else to do. */
  readonly blockingWrites?: boolean;
  readonly onEvent?: WalEventListener;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Options with every default filled in. */
export interface ResolvedOptions {
  readonly storage: Storage;
  readonly durability: Durability;
  readonly policy: DurabilityPolicy;
  readonly stripes: number;
  readonly stripeBytes: number;
  readonly segmentBytes: number;
  readonly keepSegments: number;
  readonly byCount: boolean;
  readonly maxTotalBytes: number;
  readonly frameBytes: number;
  readonly cipher: Cipher | undefined;
  readonly crc32: Crc32;
  readonly maxRecordBytes: number;
  /** With the length prefixes: many small records may take more than their payload, never more than a frame. */
  readonly maxBatchBytes: number;
  readonly maxAppendBlockMs: number;
  readonly recovery: RecoveryMode;
  readonly minHead: WalHead | undefined;
  readonly blockingWrites: boolean;
  readonly onEvent: WalEventListener | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

const KIB = 1024;
const MIB = 1024 * KIB;
/** The largest record any segment of this storage can hold. */
const FRAME_ROOM = FRAMES_START + SEAL_RESERVE_BYTES + frameBytes(RECORD_PREFIX_BYTES + 16);

export function resolveOptions(options: WalOptions): ResolvedOptions {
  checkParts("Wal.open", options);
  const { storage } = options;
  const maxFile = storage.capabilities.maxFileBytes ?? Number.MAX_SAFE_INTEGER;
  const durability = options.durability ?? { mode: "synchronous" };
  const { mode: retention } = options.retention ?? { mode: "checkpoint" };
  oneOf("retention.mode", retention, ["checkpoint", "count"]);
  able("onEvent", options.onEvent);
  able("random", options.random);
  // Frames are whole sectors, and the odd bytes at the end of a file hold none.
  const maxBody = Math.floor(maxFile / SECTOR_BYTES) * SECTOR_BYTES - FRAME_ROOM;
  const maxRecordBytes = Math.min(
    integer("maxRecordBytes", options.maxRecordBytes ?? 64 * MIB, 1, MAX_BODY_BYTES - KIB),
    maxBody,
  );
  return {
    storage,
    durability,
    policy: durabilityPolicy(durability),
    stripes: 2 ** Math.ceil(Math.log2(integer("stripes", options.stripes ?? 16, 1, 1024))),
    stripeBytes: integer("stripeBytes", options.stripeBytes ?? MIB, KIB, 1024 * MIB),
    segmentBytes: integer(
      "segmentBytes",
      options.segmentBytes ?? Math.min(64 * MIB, maxFile),
      16 * KIB,
      maxFile,
    ),
    keepSegments: integer("keepSegments", options.keepSegments ?? 10, 0, Number.MAX_SAFE_INTEGER),
    byCount: retention === "count",
    maxTotalBytes:
      options.maxTotalBytes === undefined
        ? Infinity
        : integer("maxTotalBytes", options.maxTotalBytes, 64 * KIB, Number.MAX_SAFE_INTEGER),
    frameBytes: integer("frameBytes", options.frameBytes ?? 256 * KIB, 512, MAX_BODY_BYTES),
    cipher: options.cipher,
    crc32: options.checksum ?? nativeCrc32(storage) ?? crc32,
    maxRecordBytes,
    maxBatchBytes: Math.min(maxRecordBytes * 2 + 4 * KIB, MAX_BODY_BYTES - KIB, maxBody),
    maxAppendBlockMs: integer(
      "maxAppendBlockMs",
      options.maxAppendBlockMs ?? 30_000,
      0,
      0x7fff_ffff,
    ),
    recovery: oneOf("recovery", options.recovery ?? "strict", [
      "strict",
      "point-in-time",
      "salvage",
    ]),
    minHead: options.minHead === undefined ? undefined : checkedHead(options.minHead),
    blockingWrites: blockingWrites(options),
    onEvent: options.onEvent,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
  };
}

/** Refuses parts of a log that cannot be what they are given as, before one of them is missed later. */
export function checkParts(
  caller: string,
  options: Pick<WalOptions, "storage" | "cipher" | "checksum" | "clock">,
): void {
  if (typeof options?.storage?.open !== "function") {
    throw new TypeError(
      `${caller} needs { storage }: nodeStorage(path), opfsStorage(name), memoryStorage()`,
    );
  }
  able("cipher", options.cipher, "prepare", "createSegment", "openSegment");
  able("clock", options.clock, "now", "monotonic", "timer");
  able("checksum", options.checksum);
}

/** A value that is given must have these methods, or be a function if none are named. */
function able(name: string, value: object | undefined, ...methods: readonly string[]): void {
  if (value === undefined) return;
  const has = (method: string): boolean =>
    typeof (value as Readonly<Record<string, unknown>> | null)?.[method] === "function";
  if (methods.length === 0 ? typeof value === "function" : methods.every(has)) return;
  const wanted = methods.length === 0 ? "a function" : `an object with ${methods.join(", ")}`;
  // Not the value: it may be a key.
  throw new TypeError(`${name} must be ${wanted}, not ${typeof value}`);
}

/** An integer in a range, or a `RangeError` that names the option. */
export function integer(name: string, value: number, least: number, most: number): number {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new RangeError(
      `${name} must be an integer from ${least} to ${most}, not ${String(value)}`,
    );
  }
  return value;
}

function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) {
    throw new TypeError(`${name} must be ${allowed.join(", ")}, not ${value as string}`);
  }
  return value;
}

function checkedHead(head: WalHead): WalHead {
  if (head === null || typeof head !== "object") {
    throw new TypeError(`minHead must be what wal.head() gave, not ${String(head)}`);
  }
  integer("minHead.lsn", head.lsn, 0, Number.MAX_SAFE_INTEGER);
  if (typeof head.chain !== "string" || !/^[0-9a-f]{32}$/.test(head.chain)) {
    throw new TypeError(`minHead.chain must be 32 lower-case hex digits, not ${head.chain}`);
  }
  return head;
}

function blockingWrites({
  blockingWrites: isWanted = false,
  flusher,
  storage,
}: WalOptions): boolean {
  if (flusher !== undefined) oneOf("flusher", flusher, ["inline"]);
  if (isWanted && storage.blocking === undefined) {
    throw new TypeError(`blockingWrites: ${storage.name} has no blocking calls`);
  }
  return isWanted;
}

function nativeCrc32(storage: Storage): Crc32 | undefined {
  return storage.crc32 === undefined ? undefined : (bytes, seed) => storage.crc32!(bytes, seed);
}
