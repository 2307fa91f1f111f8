/**
 * What the crash explorer asks of a log: the part of `Wal` it drives and looks at. Structural, so that
 * a log built on Stria, or a toy that shows what the explorer finds, can be explored as well.
 */
import type { AbortSignalLike, Random, Storage } from "@stria/core";
import type { SimulatedStorage } from "../simulation/simulated-storage.ts";
import type { VirtualClock } from "../simulation/virtual-clock.ts";

/** A log that can be crashed. `Wal` is one. */
export interface CrashableLog {
  append(payload: Uint8Array, options?: { durability: "synchronous" }): Promise<number>;
  appendBatch(payloads: readonly Uint8Array[]): Promise<number[]>;
  appendAsync(payload: Uint8Array): number;
  durable(lsn: number): Promise<void>;
  flush(): Promise<unknown>;
  commit(): Promise<void>;
  /** Left out by a log that never forgets: scripts skip the step. */
  checkpoint?(lsn: number): Promise<unknown>;
  /** Left out by a log without keys. */
  rotateKey?(): Promise<void>;
  /** Left out by a log that cannot be copied while it runs. */
  backup?(target: Storage): Promise<void>;
  read(options: {
    from: number;
  }): AsyncIterable<{ readonly lsn: number; readonly payload: Uint8Array }>;
  readonly firstLsn: number;
  readonly durableLsn: number;
  readonly nextLsn: number;
  readonly checkpointLsn: number;
  readonly health: { readonly ok: boolean };
  close(): Promise<void>;
}

/** A log read without its lock, while another process may be writing it. */
export interface CrashableReader {
  read(options: {
    from: number;
    follow?: boolean;
    signal?: AbortSignalLike;
  }): AsyncIterable<{ readonly lsn: number; readonly payload: Uint8Array }>;
  readonly firstLsn: number;
  readonly durableLsn: number;
  close(): Promise<void>;
}

/** Opens a log for reading alone: beside its writer, or a copy of it. */
export type OpenReader = (context: {
  readonly storage: Storage;
  readonly clock: VirtualClock;
}) => Promise<CrashableReader>;

/** What a log is opened on. Everything in it is simulated and replayable. */
export interface OpenContext {
  readonly storage: SimulatedStorage;
  readonly clock: VirtualClock;
  readonly random: Random;
}

/** Opens the log under test, with whatever options it is to be explored with. */
export type OpenLog = (context: OpenContext) => Promise<CrashableLog>;
