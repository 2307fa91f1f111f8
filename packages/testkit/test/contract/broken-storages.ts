/** Verbs of storages, broken on purpose: the defect, the test of the contract that must catch it, the defect itself. */
import type { StorageFile } from "@stria/core";
import type { Defect } from "./broken-storage.ts";

const done = (): Promise<void> => Promise.resolve();

/** See the file's head. */
export const brokenStorages: readonly Defect[] = [
  [
    "a file opened for reading whose sync does nothing",
    "sync: through a reader's handle makes the writer's bytes durable",
    {
      storage: (sound) => ({
        open: async (name) => ({ ...(await sound.open(name)), sync: done }),
      }),
    },
  ],
  [
    "a file opened for reading that cannot sync",
    "open: sync works on a file opened for reading",
    {
      storage: (sound) => ({
        open: async (name) => ({ ...(await sound.open(name)), sync: refuse }),
      }),
    },
  ],
  [
    "a directory sync that does nothing",
    "syncDirectory: a created file keeps its name in a power cut",
    {
      storage: () => ({ syncDirectory: done }),
    },
  ],
  [
    "a directory sync that swallows the device's error",
    "errors: a failed directory sync rejects",
    {
      storage: (sound) => ({
        syncDirectory: () =>
          sound.syncDirectory().catch(() => {
            /* the defect: any error is lost */
          }),
      }),
    },
  ],
  [
    "a create that opens what exists",
    "create: an existing name is refused and its content stays",
    {
      storage: (sound) => ({
        create: async (name) =>
          (await sound.list()).includes(name) ? sound.open(name) : sound.create(name),
      }),
    },
  ],
  [
    "a create that overwrites",
    "create: an existing name is refused and its content stays",
    {
      storage: (sound) => ({
        async create(name) {
          if ((await sound.list()).includes(name)) await sound.remove(name);
          return sound.create(name);
        },
      }),
    },
  ],
  [
    "a create that checks first and creates later",
    "create: of two at once under one name exactly one succeeds",
    {
      storage: (sound) => ({
        async create(name) {
          if ((await sound.list()).includes(name)) throw new Error("exists");
          await Promise.resolve();
          return sound.create(name).catch(() => sound.open(name));
        },
      }),
    },
  ],
  [
    "an open that creates",
    "open: a missing name is refused and nothing is created",
    {
      storage: (sound) => ({ open: (name) => sound.open(name).catch(() => sound.create(name)) }),
    },
  ],
  [
    "a reader that keeps what it read first",
    "open: a reader sees what is written after it opened the file",
    {
      storage: (sound) => ({ open: async (name) => frozen(await sound.open(name)) }),
    },
  ],
  [
    "a list that forgets the newest file",
    "list: names every file exactly once",
    {
      storage: (sound) => ({ list: async () => (await sound.list()).slice(0, -1) }),
    },
  ],
  [
    "a list that names files twice",
    "list: names every file exactly once",
    {
      storage: (sound) => ({
        list: async () => [...(await sound.list()), ...(await sound.list())],
      }),
    },
  ],
  [
    "a remove that does nothing",
    "remove: the file is gone, its neighbours are not",
    {
      storage: () => ({ remove: done }),
    },
  ],
  [
    "a remove that is content with a missing name",
    "remove: a missing name is refused",
    {
      storage: (sound) => ({
        remove: (name) =>
          sound.remove(name).catch(() => {
            /* the defect: any error is lost */
          }),
      }),
    },
  ],
  [
    "a lock that everybody gets",
    "lock: a second writer gets WAL_LOCKED",
    {
      storage: () => ({ lock: () => Promise.resolve({ release: done }) }),
    },
  ],
  [
    "a lock that only one object knows of",
    "lock: excludes another storage object on the same place",
    {
      storage: () => ({ lock: ownLock() }),
    },
  ],
  [
    "a lock whose release does nothing",
    "lock: can be taken again after release, many times",
    {
      storage: (sound) => ({ lock: async () => (await sound.lock(), { release: done }) }),
    },
  ],
  [
    "a refused lock with an error of its own",
    "lock: a second writer gets WAL_LOCKED",
    {
      storage: (sound) => ({
        lock: () => sound.lock().catch(() => Promise.reject(new Error("busy"))),
      }),
    },
  ],
  [
    "a preallocated file whose space is not zero",
    "preallocate: space not written yet reads as zeros",
    {
      options: { preallocate: true },
      storage: (sound) => ({
        async create(name, options) {
          const file = await sound.create(name, options);
          await file.write(new Uint8Array(options?.preallocateBytes ?? 0).fill(9), 0);
          return file;
        },
      }),
    },
  ],
  [
    "a claim to preallocate that is not kept",
    "preallocate: a storage that claims it reserves the space at once",
    {
      options: { preallocate: true },
      storage: (sound) => ({ create: (name) => sound.create(name) }),
    },
  ],
  [
    "a claim to be synchronous without the verbs",
    "capabilities: blocking verbs are there if and only if they are claimed",
    {
      storage: (sound) => ({ capabilities: { ...sound.capabilities, synchronous: true } }),
    },
  ],
  [
    "a size limit that is not enforced",
    "write: beyond the claimed size limit is refused",
    {
      storage: (sound) => ({ capabilities: { ...sound.capabilities, maxFileBytes: 1 << 20 } }),
    },
  ],
  [
    "a CRC-32 of another polynomial",
    "crc32: the check value of the polynomial",
    {
      storage: () => ({ crc32: () => 0xe3069283 }),
    },
  ],
  [
    "a CRC-32 that is signed",
    "crc32: agrees with a bit-by-bit computation at every length and seed",
    {
      storage: () => ({ crc32: signedCrc32 }),
    },
  ],
];

function refuse(): Promise<never> {
  return Promise.reject(new Error("EBADF"));
}

function frozen(file: StorageFile): StorageFile {
  let size: Promise<number> | undefined;
  return { ...file, size: () => (size ??= file.size()) };
}

function ownLock(): () => Promise<{ release(): Promise<void> }> {
  let held = false;
  return () => {
    if (held) return Promise.reject(Object.assign(new Error("locked"), { code: "WAL_LOCKED" }));
    held = true;
    const release = (): Promise<void> => {
      held = false;
      return done();
    };
    return Promise.resolve({ release });
  };
}

function signedCrc32(bytes: Uint8Array, seed: number): number {
  let crc = ~seed;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}
