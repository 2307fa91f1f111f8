/**
 * The storage contract as a test suite: everything the log relies on, one verb a file. An adapter's
 * whole conformance test is one call of `storageContract`.
 */
import { blockingContract } from "./blocking.ts";
import { capabilitiesContract } from "./capabilities.ts";
import { crc32Contract } from "./crc32.ts";
import { createContract } from "./create.ts";
import { directoryContract } from "./directory.ts";
import { errorsContract } from "./errors.ts";
import { listContract } from "./list.ts";
import { lockContract } from "./lock.ts";
import { openContract } from "./open.ts";
import { preallocateContract } from "./preallocate.ts";
import { readContract } from "./read.ts";
import { removeContract } from "./remove.ts";
import { declareWith, type StorageContractOptions } from "./subject.ts";
import { syncContract } from "./sync.ts";
import { truncateContract } from "./truncate.ts";
import { writeAndSyncContract } from "./write-and-sync.ts";
import { writeContract } from "./write.ts";

/**
 * Declares the whole suite with the runner's `test`. Tests of crashes, second processes, full disks and
 * failing devices run where the factory offers them and are reported as skipped where it does not.
 *
 * @example
 * ```ts
 * import { test } from "vitest";
 * import { memoryStorage } from "@stria/core";
 * import { storageContract } from "@stria/testkit";
 *
 * storageContract({ test, factory: () => ({ storage: memoryStorage(), cleanup() {} }) });
 * ```
 */
export function storageContract(options: StorageContractOptions): void {
  const declare = declareWith(options);
  capabilitiesContract(declare);
  createContract(declare);
  openContract(declare);
  writeContract(declare);
  readContract(declare);
  truncateContract(declare);
  syncContract(declare);
  writeAndSyncContract(declare);
  preallocateContract(declare);
  listContract(declare);
  removeContract(declare);
  directoryContract(declare);
  lockContract(declare);
  blockingContract(declare);
  crc32Contract(declare);
  errorsContract(declare);
}
