/** A job a page has a worker do without opening a log, and the answer; errors as text a message can carry. */
import { isWalError, WalError } from "@stria/core";
import type { WalErrorCode, WalErrorDetails } from "@stria/core";

/** From the page. */
export interface Errand {
  readonly kind: "destroy";
  readonly name: string;
  readonly options: { readonly lockTimeoutMs?: number };
}

/** From the worker. */
export interface ErrandReply {
  readonly kind: "destroyed";
  readonly error?: SentError;
}

/** An error on its way. */
interface SentError {
  readonly message: string;
  readonly code?: WalErrorCode;
  readonly details?: WalErrorDetails;
  readonly cause?: string;
}

export function isErrand(data: unknown): data is Errand {
  return (data as Partial<Errand> | null)?.kind === "destroy";
}

export function isReply(data: unknown): data is ErrandReply {
  return (data as Partial<ErrandReply> | null)?.kind === "destroyed";
}

export function sent(error: unknown): SentError {
  if (!isWalError(error)) return { message: String(error) };
  const { message, code, details, cause } = error;
  return { message, code, details, ...(cause === undefined ? {} : { cause: String(cause) }) };
}

export function rebuilt({ message, code, details, cause }: SentError): Error {
  const options = cause === undefined ? {} : { cause };
  if (code === undefined) return new Error(message, options);
  return new WalError(code, message, { ...options, details: details ?? {} });
}
