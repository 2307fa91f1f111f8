/**
 * Conformance. A power cut cannot be had on a real disk: those tests are skipped here and shown on the
 * simulated one; what reaches the kernel is shown by system-calls.test.ts.
 */
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storageContract } from "@stria/testkit";
import type { ContractSubject, ContractTest } from "@stria/testkit";
import { describe, test } from "vitest";
import { NodeStorage } from "../src/node-storage.ts";
import { platformOf } from "../src/platform.ts";
import { faultyDevice } from "./support/faulty-calls.ts";

async function subject(platformName: string): Promise<ContractSubject> {
  const directory = await mkdtemp(join(tmpdir(), "stria-contract-"));
  const device = faultyDevice();
  const platform = platformOf(platformName);
  const open = (): NodeStorage => new NodeStorage(directory, {}, { calls: device.calls, platform });
  return {
    storage: open(),
    reopen: async () => open(),
    failNext: (verb) =>
      device.failNext(platform.fullSync && verb === "sync" ? "syncDirectory" : verb),
    limitSpace: (bytes) => device.limitSpace(bytes),
    cleanup: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/**
 * `preallocate` here means zeros ahead of the frames, while the file is written, and not space that
 * `create` has reserved; node-storage.test.ts shows that they are there and how far they reach.
 */
const reservedAtOnce = "preallocate: a storage that claims it reserves the space at once";
const contractTest: ContractTest = (name, run) =>
  name === reservedAtOnce
    ? test(name, ({ skip }) => skip("space is written while the file is, not by create"))
    : test(name, run);

// macOS's way of syncing runs on Linux just as well; its lock does not.
describe.each([process.platform, "darwin"])("storage contract as on %s", (platformName) => {
  storageContract({ test: contractTest, factory: () => subject(platformName) });
});
