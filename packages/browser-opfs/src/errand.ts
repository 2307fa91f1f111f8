/** A job a page has a worker do without opening a log, and the answer. */
import type { WireError } from "@stria/core/remote";

/** From the page. */
export interface Errand {
  readonly kind: "destroy";
  readonly name: string;
  readonly options: { readonly lockTimeoutMs?: number };
}

/** From the worker. */
export interface ErrandReply {
  readonly kind: "destroyed";
  readonly error?: WireError;
}

export function isErrand(data: unknown): data is Errand {
  return (data as Partial<Errand> | null)?.kind === "destroy";
}

export function isReply(data: unknown): data is ErrandReply {
  return (data as Partial<ErrandReply> | null)?.kind === "destroyed";
}
