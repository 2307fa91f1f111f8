/** A sound storage in which single verbs can be replaced by broken ones: the suite's own test material. */
import type { BlockingStorage, Storage, StorageFile, StorageLock } from "@stria/core";
import { SimulatedStorage, type ContractSubject, type SimulationOptions } from "../../src/index.ts";

/** A sound verb and what may stand in for it. Each gets the sound one to fall back on. */
export interface Breakage {
  readonly options?: SimulationOptions;
  readonly storage?: (sound: Storage) => Partial<Storage>;
  readonly file?: (sound: StorageFile, name: string) => Partial<StorageFile>;
  /** The device below is asked for more than the verbs show. */
  readonly below?: (storage: SimulatedStorage) => void;
}

/** What is broken, the name of the test that must fail for it, and how it is broken. */
export type Defect = readonly [defect: string, catcher: string, breakage: Breakage];

/** The subject of a suite that ought to fail. Its power cuts leave nothing that was not synced. */
export function brokenSubject(breakage: Breakage): ContractSubject {
  let device = new SimulatedStorage({ seed: "broken", ...breakage.options });
  const storage = wrap(device, breakage);
  return {
    storage,
    reopen: () => Promise.resolve(wrap(device.otherProcess(), breakage)),
    crash() {
      device = device.powerCut({ style: "nothing" });
      return Promise.resolve(wrap(device, breakage));
    },
    limitSpace(bytes) {
      device.capacityBytes = bytes;
    },
    failNext(verb) {
      device.faults.add({ on: verb, fault: { kind: "error", done: "nothing" } });
    },
    cleanup() {},
  };
}

function wrap(device: SimulatedStorage, breakage: Breakage): Storage {
  breakage.below?.(device);
  const wrapFile = (file: StorageFile, name: string): StorageFile => {
    const sound: StorageFile = {
      size: () => file.size(),
      read: (into, at) => file.read(into, at),
      write: (bytes, at) => file.write(bytes, at),
      truncate: (size) => file.truncate(size),
      sync: () => file.sync(),
      close: () => file.close(),
      ...(file.writeAndSync && {
        writeAndSync: async (bytes, at) => file.writeAndSync?.(bytes, at),
      }),
      ...(file.blocking && { blocking: file.blocking }),
    };
    return { ...sound, ...breakage.file?.(sound, name) };
  };
  const sound: Storage = {
    name: device.name,
    capabilities: device.capabilities,
    lock: (): Promise<StorageLock> => device.lock(),
    list: () => device.list(),
    create: async (name, options) => wrapFile(await device.create(name, options), name),
    open: async (name) => wrapFile(await device.open(name), name),
    remove: (name) => device.remove(name),
    syncDirectory: () => device.syncDirectory(),
    ...(device.blocking && { blocking: blockingOf(device.blocking, wrapFile) }),
  };
  return { ...sound, ...breakage.storage?.(sound) };
}

function blockingOf(
  blocking: BlockingStorage,
  wrapFile: (file: StorageFile, name: string) => StorageFile,
): BlockingStorage {
  return {
    create: (name, options) => wrapFile(blocking.create(name, options), name),
    syncDirectory: () => blocking.syncDirectory(),
  };
}
