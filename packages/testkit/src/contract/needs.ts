/** What a contract test may need of its subject beyond the storage; the test is skipped where it is not offered. */
import type { Storage } from "@stria/core";
import type { ContractRun, ContractSubject } from "./subject.ts";

/** A second storage object on the same place. */
export function needReopen(run: ContractRun): () => Promise<Storage> {
  const { subject } = run;
  if (subject.reopen === undefined) return run.skip("the factory offers no reopen()");
  return () => offered(subject.reopen?.());
}

/** A power cut. */
export function needCrash(run: ContractRun): () => Promise<Storage> {
  const { subject } = run;
  if (subject.crash === undefined) return run.skip("the factory offers no crash()");
  return () => offered(subject.crash?.());
}

/** A power cut that a storage claims to survive. */
export function needDurableCrash(run: ContractRun): () => Promise<Storage> {
  const crash = needCrash(run);
  const { powerLossDurable } = run.storage.capabilities;
  return powerLossDurable ? crash : run.skip("the storage claims no durability");
}

/** A device that runs full. */
export function needLimitSpace(run: ContractRun): (bytes: number) => Promise<void> {
  const { subject } = run;
  if (subject.limitSpace === undefined) return run.skip("the factory offers no limitSpace()");
  return async (bytes) => {
    await subject.limitSpace?.(bytes);
  };
}

/** A device that fails. */
export function needFailNext(
  run: ContractRun,
): (verb: Parameters<NonNullable<ContractSubject["failNext"]>>[0]) => Promise<void> {
  const { subject } = run;
  if (subject.failNext === undefined) return run.skip("the factory offers no failNext()");
  return async (verb) => {
    await subject.failNext?.(verb);
  };
}

function offered<T>(promise: Promise<T> | undefined): Promise<T> {
  return promise ?? Promise.reject(new TypeError("the factory's offer has gone during the test"));
}
