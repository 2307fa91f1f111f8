/**
 * What the crash explorer asks of a log: the part of `Wal` it drives and looks at. Structural, so that
 * a log built on Stria, or a toy that shows what the explorer finds, can be explored as well.
 */
import type { Random } from "@stria/core";
import type { SimulatedStorage } from "../simulation/simulated-storage.ts";
import type { VirtualClock } from "../simulation/virtual-clock.ts";

/** A log that can be crashed. `Wal` is one. */
export interface CrashableLog {
  append(payload: Uint8Array): Promise<number>;
  appendBatch(payloads: readonly Uint8Array[]): Promise<number[]>;
  appendAsync(payload: Uint8Array): number;
  durable(lsn: number): Promise<void>;
  flush(): Promise<unknown>;
  commit(): Promise<void>;
  /** Left out by a log that never forgets: scripts skip the step. */
  checkpoint?(lsn: number): Promise<unknown>;
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

/** What a log is opened on. Everything in it is simulated and replayable. */
export interface OpenContext {
  readonly storage: SimulatedStorage;
  readonly clock: VirtualClock;
  readonly random: Random;
}

/** Opens the log under test, with whatever options it is to be explored with. */
export type OpenLog = (context: OpenContext) => Promise<CrashableLog>;
