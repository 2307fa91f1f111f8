/**
 * The contract suite for ciphers: everything the log relies on in a `Cipher` of `@stria/core`,
 * as tests for whatever runner is handed in. It knows no suite, no key derivation and no runner.
 */
import type { Cipher } from "@stria/core";
import { commitmentTests } from "./commitment.ts";
import { forgeryTests } from "./forgery.ts";
import { roundTripTests } from "./round-trip.ts";
import { sequenceTests } from "./sequence.ts";

/** A root key with its name. */
export interface CipherContractKey {
  /** 16 bytes, not all zero. */
  readonly id: Uint8Array;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** What the suite needs of its user. */
export interface CipherContractOptions {
  /** The runner's `test`. A test fails by rejecting. */
  readonly test: (name: string, run: () => Promise<void>) => void;
  /** A new cipher that has these root keys and no others; the first one seals. */
  readonly create: (keys: readonly CipherContractKey[]) => Cipher | Promise<Cipher>;
  /** Largest body that is sealed. Default 1 MiB. */
  readonly maxBodyBytes?: number;
}

/** A test of the suite. */
export interface ContractTest {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/**
 * Registers the suite.
 *
 * ```ts
 * cipherContract({ test, create: (keys) => encryption({ keys }) });
 * ```
 */
export function cipherContract(options: CipherContractOptions): void {
  const subject: ContractSubject = {
    create: options.create,
    maxBodyBytes: options.maxBodyBytes ?? 1_048_576,
  };
  const tests = [roundTripTests, forgeryTests, sequenceTests, commitmentTests];
  for (const { name, run } of tests.flatMap((group) => group(subject))) options.test(name, run);
}

/** What the groups of tests are given. */
export type ContractSubject = Required<Pick<CipherContractOptions, "create" | "maxBodyBytes">>;
