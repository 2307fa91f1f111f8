/**
 * The few assertions the contract suite needs. Own ones, because the suite runs in browsers and must
 * not import a test runner or `node:assert`.
 */
import { isWalError, type WalErrorCode } from "@stria/core";

/** Fails the test: what a storage did is not what the core relies on. */
export class ContractViolation extends Error {
  override readonly name: string = "ContractViolation";
}

/** Fails unless `condition` holds. */
export function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ContractViolation(message);
}

/** Fails unless both are the same value. */
export function expectEqual(
  found: number | string | boolean,
  wanted: number | string | boolean,
  what: string,
): void {
  expect(Object.is(found, wanted), `${what}: expected ${String(wanted)}, found ${String(found)}`);
}

/** Fails unless both hold the same bytes; says where they part. */
export function expectBytes(found: Uint8Array, wanted: Uint8Array, what: string): void {
  expectEqual(found.length, wanted.length, `${what}, length in bytes`);
  for (let i = 0; i < wanted.length; i++) {
    // The message costs more than the comparison: only where they part.
    if (found[i] !== wanted[i]) expectEqual(found[i] ?? -1, wanted[i] ?? -1, `${what}, byte ${i}`);
  }
}

/** Fails unless `run` rejects or throws an `Error`; with a code, unless it is that `WalError`. */
export async function expectRejection(
  run: () => unknown,
  what: string,
  code?: WalErrorCode,
): Promise<void> {
  const outcome = await outcomeOf(run);
  expect("error" in outcome, `${what}: expected a rejection, but it succeeded`);
  const { error } = outcome;
  expect(error instanceof Error, `${what}: rejected with something that is no Error`);
  if (code === undefined) return;
  expect(isWalError(error, code), `${what}: expected a WalError ${code}, found ${String(error)}`);
}

/** What came of `run`, as a value. */
export async function outcomeOf(
  run: () => unknown,
): Promise<{ readonly value: unknown } | { readonly error: unknown }> {
  try {
    return { value: await run() };
  } catch (error) {
    // Handed to the caller, who decides whether a failure was wanted.
    return { error };
  }
}
