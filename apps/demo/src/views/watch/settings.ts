/** What can be set on this view, and what the log makes of it. */
import type { Durability } from "@stria/core";
import { signal } from "@preact/signals";

/** The four modes. */
export type Mode = Durability["mode"];

/** What each mode promises, in a sentence. */
export const modes: readonly { value: Mode; text: string; promise: string }[] = [
  {
    value: "synchronous",
    text: "synchronous",
    promise: "Synced at once; whoever arrives during a sync shares the next one.",
  },
  {
    value: "group-commit",
    text: "group commit",
    promise: "Waits up to 10 ms for company, then one sync for all.",
  },
  {
    value: "async",
    text: "async",
    promise: "Acknowledged in memory, written every 10 ms: a crash may take the last ones.",
  },
  {
    value: "async-batched",
    text: "async batched",
    promise: "Acknowledged in memory, written in batches of 100: a crash may take the last ones.",
  },
];

export const rates = [
  { value: 50, text: "50 /s" },
  { value: 1000, text: "1 k/s" },
  { value: 5000, text: "5 k/s" },
  { value: 0, text: "all it takes" },
] as const;

export const sizes = [
  { value: 64, text: "64 B" },
  { value: 256, text: "256 B" },
  { value: 1024, text: "1 KiB" },
  { value: 8192, text: "8 KiB" },
] as const;

export const mostProducers = 8;

export const mode = signal<Mode>("synchronous");
export const encrypted = signal(false);
export const producers = signal(3);
export const rate = signal<number>(1000);
export const recordBytes = signal<number>(256);

/** Room of a segment: small, so that one can watch them fill. */
export const segmentBytes = 1024 * 1024;
/** Memory of a producer's stripe: small, for the same reason. */
export const stripeBytes = 128 * 1024;
/** More live segments than this are checkpointed away. */
export const keptSegments = 6;

/** The mode as the log's options want it. */
export function durability(): Durability {
  return { mode: mode.value };
}

/** `append` resolves before the disk has it. */
export function isBuffered(): boolean {
  return mode.value === "async" || mode.value === "async-batched";
}
