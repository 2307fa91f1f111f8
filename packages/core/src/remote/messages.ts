/**
 * Every message between a remote log and its host. One group of appends and one block of records are
 * one message each, whatever they hold; nothing is sent per record.
 */
import type { Durability } from "../commit/durability.ts";
import type { CommittedFrame } from "../commit/log-writer.ts";
import type { WalEvent } from "../events.ts";
import type { ReadOptions } from "../read/reads.ts";
import type { RecoveryReport } from "../recovery/report.ts";
import type { StorageCapabilities } from "../storage.ts";
import type { WireState } from "./log-state.ts";
import type { WireError } from "./wire-error.ts";

/** Smaller buffers are copied by a port for less than moving them costs. */
export const TRANSFER_BYTES: number = 16 * 1024;

/** What a producer's end asks besides a remote log's calls: it leaves. */
export const LEAVE = "leave";

/** All appends since the last group, in order. */
export interface WireGroup {
  /** Records in the layout of the stripes: u32 length, payload. Transferred where the port can. */
  readonly bytes: ArrayBuffer;
  /** How many of the bytes are meant. */
  readonly used: number;
  /** Appends: single ones, but for the batches. */
  readonly calls: number;
  /** Pairs: index of a call, and how many records its batch holds. */
  readonly batches: readonly number[];
  /** Indices of calls that asked for `durability: "synchronous"`. */
  readonly urgent: readonly number[];
}

/** What became of a group. */
export interface WireOutcome {
  /** Pairs: first LSN, and how many calls follow each other from there; LSN 0 = refused calls. */
  readonly runs: readonly number[];
  /** Why, by index of the refused call. */
  readonly refused?: readonly (readonly [number, WireError])[];
}

/** A block of records on its way to a reader. */
export interface WireBlock {
  readonly bytes: ArrayBuffer;
  /** Triples: first LSN, count, timestamp of records that follow each other. */
  readonly runs: readonly number[];
}

/** What stays the same as long as the log is open. */
export interface HostedAbout {
  readonly durability: Durability;
  readonly recovery: RecoveryReport;
  readonly storage: { readonly name: string; readonly capabilities: StorageCapabilities };
}

export type WireReadOptions = Omit<ReadOptions, "signal">;

/** An event with its error as plain data. */
export type WireEvent =
  | Exclude<WalEvent, { readonly error: unknown }>
  | { readonly type: "failure"; readonly of: WalEvent["type"]; readonly error: WireError };

/** From the remote log to its host. */
export type ToHost =
  | { readonly kind: "open"; readonly request: unknown }
  | { readonly kind: "append"; readonly group: number; readonly appends: WireGroup }
  | {
      readonly kind: "call";
      readonly call: number;
      readonly verb: string;
      readonly argument: unknown;
    }
  | { readonly kind: "read"; readonly reader: number; readonly options: WireReadOptions }
  | { readonly kind: "more"; readonly reader: number }
  | { readonly kind: "stop"; readonly reader: number };

/** From the host to the remote log. */
export type ToRemote =
  | { readonly kind: "opened"; readonly about: HostedAbout; readonly state: WireState }
  | { readonly kind: "failed"; readonly error: WireError }
  /** Accepted; durable too where the mode promises that to every append. `spare` is a buffer coming home. */
  | {
      readonly kind: "accepted";
      readonly group: number;
      readonly outcome: WireOutcome;
      readonly state: WireState;
      readonly spare?: ArrayBuffer;
    }
  /** The host was closing: not one record of the group was taken. */
  | { readonly kind: "returned"; readonly group: number; readonly bytes: ArrayBuffer }
  /** The host was closing: the call was not begun. */
  | { readonly kind: "unasked"; readonly call: number }
  /** The durable LSN has moved, or never will again. */
  | { readonly kind: "moved"; readonly state: WireState; readonly failure?: WireError }
  | {
      readonly kind: "answer";
      readonly call: number;
      readonly value?: unknown;
      readonly error?: WireError;
      readonly state?: WireState;
    }
  | { readonly kind: "block"; readonly reader: number; readonly block: WireBlock }
  | { readonly kind: "end"; readonly reader: number; readonly error?: WireError }
  | { readonly kind: "frames"; readonly frames: readonly CommittedFrame[] }
  | { readonly kind: "event"; readonly event: WireEvent }
  /** The log was closed by its owner; everything before is answered. */
  | { readonly kind: "gone" };
