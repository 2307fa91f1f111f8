/**
 * Errors as plain data: structured clone drops the code and the details of an error, and some
 * channels the cause. Code, name, message, details and the chain of causes survive; stacks do not.
 */
import { WalError, type WalErrorCode, type WalErrorDetails, isWalError } from "../errors.ts";

/** An error on its way through a port. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly code?: WalErrorCode;
  readonly details?: WalErrorDetails;
  readonly cause?: WireError;
}

/** Causes of causes beyond this are left behind. */
const MAX_CAUSES = 4;

/** Any thrown value as plain data. */
export function toWire(error: unknown, causes: number = MAX_CAUSES): WireError {
  const isError = error instanceof Error;
  const name = isError ? error.name : "Error";
  const message = isError ? error.message : String(error);
  const walError = isWalError(error) ? { code: error.code, details: { ...error.details } } : {};
  const cause = isError ? error.cause : undefined;
  if (cause === undefined || causes === 0) return { name, message, ...walError };
  return { name, message, ...walError, cause: toWire(cause, causes - 1) };
}

/** The error again, of the class a caller would have met without the port. */
export function fromWire(wire: WireError): Error {
  const { name, message, code, details } = wire;
  const options = wire.cause === undefined ? {} : { cause: fromWire(wire.cause) };
  if (code !== undefined)
    return new WalError(code, message, { ...options, details: details ?? {} });
  if (name === "TypeError") return new TypeError(message, options);
  if (name === "RangeError") return new RangeError(message, options);
  const error = new Error(message, options);
  error.name = name;
  return error;
}
