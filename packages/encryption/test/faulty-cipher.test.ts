/** The contract suite is itself tested: a sound cipher passes, each broken one fails. */
import { describe, expect, test } from "vitest";
import { cipherContract } from "@stria/testkit";
import { type Fault, faults, faultyCipher } from "./faulty-cipher.ts";

describe("a sound cipher", () => {
  cipherContract({ test, create: (keys) => faultyCipher(keys), maxBodyBytes: 100_000 });
});

describe("the contract suite sees a cipher that", () => {
  test.each(faults)("%s", async (fault) => {
    expect(await failures(fault)).not.toEqual([]);
  });
});

/** Names of the contract's tests that the broken cipher fails. */
async function failures(fault: Fault): Promise<string[]> {
  const tests: { name: string; run: () => Promise<void> }[] = [];
  cipherContract({
    test: (name, run) => tests.push({ name, run }),
    create: (keys) => faultyCipher(keys, fault),
    maxBodyBytes: 100_000,
  });
  const failed: string[] = [];
  for (const { name, run } of tests) {
    try {
      await run();
    } catch {
      // Any failure of a contract test counts, whatever it says.
      failed.push(name);
    }
  }
  return failed;
}
