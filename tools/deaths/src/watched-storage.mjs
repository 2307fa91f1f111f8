/**
 * Wraps a storage without changing what it does: says ahead of each step that rotation, removal,
 * recovery and birth consist of that it is about to happen, so that a killer can aim at it. Or, as
 * the control that proves the harness, leaves every sync out.
 */

/**
 * @typedef {import("@stria/core").Storage} Storage
 * @typedef {import("@stria/core").StorageFile} StorageFile
 * @typedef {import("@stria/core").BlockingFile} BlockingFile
 * @typedef {(step: string) => void} Tell
 */

/**
 * `tell` hears of each step just before it.
 * @param {Storage} storage
 * @param {Tell} tell
 * @returns {Storage}
 */
export function markedStorage(storage, tell) {
  const blocking = needBlocking(storage.blocking);
  return derive(storage, {
    create: async (name, options) => {
      tell("create");
      return markedFile(await storage.create(name, options), tell);
    },
    remove: async (name) => {
      tell("remove");
      await storage.remove(name);
    },
    syncDirectory: async () => {
      tell("syncDirectory");
      await storage.syncDirectory();
    },
    blocking: {
      create: (name, options) => {
        tell("create");
        return markedFile(blocking.create(name, options), tell);
      },
      syncDirectory: () => {
        tell("syncDirectory");
        blocking.syncDirectory();
      },
    },
  });
}

/**
 * @param {StorageFile} file
 * @param {Tell} tell
 * @returns {StorageFile}
 */
function markedFile(file, tell) {
  const blocking = needBlocking(file.blocking);
  return derive(file, {
    sync: async () => {
      tell("sync");
      await file.sync();
    },
    truncate: async (size) => {
      tell("truncate");
      await file.truncate(size);
    },
    blocking: derive(blocking, {
      truncate: (size) => {
        tell("truncate");
        blocking.truncate(size);
      },
    }),
  });
}

/**
 * A storage whose syncs do nothing: what it calls durable is in the cache at best.
 * @param {Storage} storage
 * @returns {Storage}
 */
export function unsyncedStorage(storage) {
  const blocking = needBlocking(storage.blocking);
  return derive(storage, {
    create: async (name) => unsyncedFile(await storage.create(name)),
    open: async (name) => unsyncedFile(await storage.open(name)),
    syncDirectory: async () => undefined,
    blocking: {
      create: (name) => unsyncedFile(blocking.create(name)),
      syncDirectory: () => undefined,
    },
  });
}

/**
 * @param {StorageFile} file
 * @returns {StorageFile}
 */
function unsyncedFile(file) {
  const blocking = needBlocking(file.blocking);
  return derive(file, {
    sync: async () => undefined,
    writeAndSync: (bytes, at) => file.write(bytes, at),
    blocking: derive(blocking, {
      sync: () => undefined,
      writeAndSync: (bytes, at) => blocking.write(bytes, at),
    }),
  });
}

/**
 * An object that does what `base` does, but for these verbs.
 * @template {object} T
 * @param {T} base
 * @param {Partial<T>} verbs
 * @returns {T}
 */
function derive(base, verbs) {
  return new Proxy(base, {
    get(target, key) {
      if (Object.hasOwn(verbs, key)) return Reflect.get(verbs, key);
      const value = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/**
 * @template T
 * @param {T | undefined} verbs
 * @returns {T}
 */
function needBlocking(verbs) {
  if (verbs === undefined) throw new Error("the storage on node:fs has blocking verbs");
  return verbs;
}
