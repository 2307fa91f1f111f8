/**
 * The contract suite is tested by storages broken on purpose: each must fail it, and the tests that
 * fail must include the one written for that defect. A suite that lets one pass promises too much.
 */
import { expect, test } from "vitest";
import { storageContract } from "../../src/index.ts";
import { brokenFiles } from "./broken-files.ts";
import { brokenSubject, type Breakage } from "./broken-storage.ts";
import { brokenStorages } from "./broken-storages.ts";

for (const [defect, catcher, breakage] of [...brokenFiles, ...brokenStorages]) {
  test(`${defect} is caught by "${catcher}"`, async () => {
    const failed = await failuresOf(breakage);
    expect(failed).toContain(catcher);
  });
}

test("the same wrapper around nothing broken passes everything", async () => {
  expect(await failuresOf({})).toEqual([]);
});

async function failuresOf(breakage: Breakage): Promise<string[]> {
  const declared: { name: string; run: () => Promise<void> }[] = [];
  storageContract({
    test: (name, run) => declared.push({ name, run }),
    factory: () => brokenSubject(breakage),
  });
  const failed: string[] = [];
  for (const { name, run } of declared) {
    try {
      await run();
    } catch {
      // Any error fails a test, whoever threw it; which tests failed is the result here.
      failed.push(name);
    }
  }
  return failed;
}
