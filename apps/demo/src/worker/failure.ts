/** Errors as plain values: what the page shows of them. */
import type { Failure } from "./protocol.ts";

/** Everything of an error that is worth showing, its causes included. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, cause } = error;
  const { code, details } = error as { code?: unknown; details?: Failure["details"] };
  return {
    name,
    message,
    ...(typeof code === "string" ? { code } : {}),
    ...(details === undefined ? {} : { details: { ...details } }),
    ...(cause === undefined ? {} : { cause: failureOf(cause) }),
  };
}
