/** A storage whose syncs wait until they are told to go, or fail when told to. */
import type { Storage, StorageFile } from "../../src/index.ts";

export interface SlowStorage {
  readonly storage: Storage;
  /** Resolves when a sync of records has begun and waits. */
  syncing(): Promise<void>;
  /** Lets this sync and all later ones pass. */
  go(): void;
  /** Makes this sync and all later ones fail. */
  fail(error: Error): void;
}

/** Wraps a storage; syncs pass freely until somebody asks for {@link SlowStorage.syncing}. */
export function slowStorage(inner: Storage): SlowStorage {
  let open: (() => void) | undefined;
  let close: ((error: Error) => void) | undefined;
  const gate = new Promise<void>((resolve, reject) => {
    open = resolve;
    close = reject;
  });
  gate.catch(() => {
    // Every sync that meets the closed gate reports it.
  });
  const waiters: (() => void)[] = [];
  let waiting = false;
  const wrap = (file: StorageFile): StorageFile => {
    const slow: StorageFile = {
      size: () => file.size(),
      read: (into, at) => file.read(into, at),
      write: (bytes, at) => file.write(bytes, at),
      truncate: (size) => file.truncate(size),
      close: () => file.close(),
      async sync() {
        waiting = true;
        for (const told of waiters.splice(0)) told();
        await gate;
        await file.sync();
      },
    };
    return slow;
  };
  return {
    storage: {
      name: inner.name,
      capabilities: { ...inner.capabilities, synchronous: false },
      lock: () => inner.lock(),
      list: () => inner.list(),
      create: async (name, options) => wrap(await inner.create(name, options)),
      open: (name) => inner.open(name),
      remove: (name) => inner.remove(name),
      syncDirectory: () => inner.syncDirectory(),
    },
    async syncing() {
      if (!waiting) await new Promise<void>((resolve) => waiters.push(resolve));
    },
    go: () => open?.(),
    fail: (error) => close?.(error),
  };
}
