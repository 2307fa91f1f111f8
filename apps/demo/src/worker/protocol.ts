/**
 * What page and workers say to each other: one call at a time by number, answers, and news nobody asked for. Errors
 * cross as plain values, because the page only shows them.
 */
import type { Durability, RecoveryReport, WalErrorDetails, WalEvent, WalStats } from "@stria/core";

/** The programs one worker file can be. */
export type Role = "log" | "producer" | "doctor" | "sqlite";

/** Page to worker. */
export interface Call {
  readonly call: number;
  readonly verb: string;
  readonly argument: unknown;
}

/** Worker to page. */
export type Answer =
  | { readonly call: number; readonly value: unknown }
  | { readonly call: number; readonly failure: Failure }
  | { readonly news: unknown };

/** An error as it is shown. */
export interface Failure {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
  readonly details?: WalErrorDetails;
  readonly cause?: Failure;
}

/** What the log worker is asked to open. */
export interface OpenRequest {
  readonly name: string;
  readonly durability?: Durability;
  readonly recovery?: "strict" | "point-in-time" | "salvage";
  readonly segmentBytes?: number;
  readonly stripeBytes?: number;
  readonly keepSegments?: number;
  readonly slots?: { readonly slotBytes?: number; readonly maxSlots?: number };
  /** Root keys, current first; the log is encrypted if they are given. */
  readonly keys?: readonly Uint8Array[];
}

/** How it went. */
export interface Opened {
  readonly ms: number;
  readonly recovery: RecoveryReport;
  readonly marks: Marks;
  readonly concerns: readonly string[];
}

/** The places on the line of LSNs. */
export interface Marks {
  readonly firstLsn: number;
  /** Last record that has an LSN. */
  readonly appended: number;
  readonly durable: number;
  readonly checkpoint: number;
}

/** A frame that became durable. */
export interface FramePlace {
  readonly segment: string;
  readonly offset: number;
  readonly bytes: number;
  readonly records: number;
}

/** News of the log worker, about twenty times a second while the log is open. */
export interface Pulse {
  readonly kind: "pulse";
  readonly marks: Marks;
  readonly stats: WalStats;
  /** Most bytes that waited in each stripe since the last pulse. */
  readonly peaks: readonly number[];
  readonly frames: readonly FramePlace[];
}

/** News of the log worker: an event of the log, or that a sync is being held back. */
export type LogNews =
  | Pulse
  | { readonly kind: "event"; readonly event: WalEvent["type"]; readonly text: string }
  | { readonly kind: "held" };

/** How a producer is to work. */
export interface ProducerSettings {
  /** Records a second; 0 = as fast as the log takes them. */
  readonly rate: number;
  readonly recordBytes: number;
  /** `append` does not wait for the disk: durability is learnt from the watermark. */
  readonly buffered: boolean;
}

/** News of a producer, ten times a second. */
export interface ProducerNews {
  readonly kind: "produced";
  readonly sent: number;
  readonly durable: number;
  readonly bytes: number;
  /** Milliseconds from append to durable; a sample of at most 256. */
  readonly latencies: Float64Array;
  readonly failure?: Failure;
}

/** Name of the channel on which the log worker tells the durable LSN. */
export const watermarkChannel = "stria-demo-watermark";
