/**
 * A storage whose next sync can be held back for ever: the bytes of a group are in the file, nobody has been
 * promised anything, and that is the moment in which the page ends this worker.
 */
import type { Storage, StorageFile } from "@stria/core";

/** A storage and its trap. */
export interface HeldStorage {
  readonly storage: Storage;
  /** The next sync after this never returns; `held` is called when it begins. */
  arm(held: () => void): void;
}

/** Wraps `inner`; without {@link HeldStorage.arm} nothing differs. */
export function heldStorage(inner: Storage): HeldStorage {
  let trap: (() => void) | undefined;

  function watched(file: StorageFile): StorageFile {
    return {
      size: () => file.size(),
      read: (into, at) => file.read(into, at),
      write: (bytes, at) => file.write(bytes, at),
      truncate: (size) => file.truncate(size),
      close: () => file.close(),
      sync() {
        if (trap === undefined) return file.sync();
        trap();
        return new Promise(() => undefined);
      },
    };
  }

  const storage: Storage = {
    name: inner.name,
    // Read through: what the storage can promise changes while it is open. The blocking verbs would pass the trap by.
    get capabilities() {
      return { ...inner.capabilities, synchronous: false };
    },
    lock: () => inner.lock(),
    list: () => inner.list(),
    create: async (name, options) => watched(await inner.create(name, options)),
    open: (name) => inner.open(name),
    remove: (name) => inner.remove(name),
    syncDirectory: () => inner.syncDirectory(),
  };
  return {
    storage,
    arm(held) {
      trap = held;
    },
  };
}
