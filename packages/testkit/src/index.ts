/** The contract suites of storage and cipher, the simulated disk and the crash explorer. */
export { seededRandom, SeededRandom } from "./random.ts";
export {
  cipherContract,
  type CipherContractKey,
  type CipherContractOptions,
} from "./cipher-contract/index.ts";
export { ContractViolation } from "./contract/expect.ts";
export { storageContract } from "./contract/storage-contract.ts";
export type { ContractSubject, ContractTest, StorageContractOptions } from "./contract/subject.ts";
export { DiskImage } from "./simulation/disk-image.ts";
export { DiskSnapshot } from "./simulation/disk-snapshot.ts";
export type {
  OperationMoment,
  OperationObserver,
  PowerCutOptions,
} from "./simulation/disk-snapshot.ts";
export { FaultPlan, SimulatedError } from "./simulation/faults.ts";
export type { Fault, FaultRule, Operation, OperationKind } from "./simulation/faults.ts";
export type { SimulationOptions } from "./simulation/machine.ts";
export type { CutStyle } from "./simulation/power-cut.ts";
export { SimulatedStorage } from "./simulation/simulated-storage.ts";
export { StalledError, VirtualClock } from "./simulation/virtual-clock.ts";
export {
  checkRecords,
  checkRecovered,
  readAll,
  type RecoveredLog,
} from "./explorer/check-recovered.ts";
export {
  crashExplorer,
  replayCrash,
  type CrashExplorerOptions,
  type Exploration,
  type Finding,
  type SubjectOptions,
} from "./explorer/crash-explorer.ts";
export type {
  CrashableLog,
  CrashableReader,
  OpenContext,
  OpenLog,
  OpenReader,
} from "./explorer/crashable-log.ts";
export { Model, type Attempt } from "./explorer/model.ts";
export { formatScript, generateScript, parseScript, type ScriptStep } from "./explorer/script.ts";
export { Violation, type ViolationName } from "./explorer/violation.ts";
