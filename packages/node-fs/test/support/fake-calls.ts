/**
 * One file in memory behind the calls of the adapter. `before` is asked ahead of every effect, so that
 * a test decides when it happens and whether it fails; appends land at the end, as O_APPEND does.
 */
import { constants } from "node:fs";
import type { FileCalls } from "../../src/file-calls.ts";

export type CallName = "open" | "close" | "write" | "append" | "truncate" | "sync";

export interface FakeFile {
  readonly calls: FileCalls;
  readonly bytes: () => Uint8Array;
  /** Names of calls in the order of their effects. */
  readonly log: CallName[];
  readonly openDescriptors: () => number;
}

/** `before` may wait or throw; `mostBytes` caps what one write takes. */
export function fakeFile(
  options: {
    before?: (call: CallName) => Promise<void> | void;
    mostBytes?: number;
  } = {},
): FakeFile {
  let bytes = new Uint8Array(0);
  const log: CallName[] = [];
  const descriptors = new Map<number, number>();
  let lastFd = 100;

  const place = (from: Uint8Array, at: number): number => {
    const taken = from.subarray(0, options.mostBytes ?? from.length);
    if (at + taken.length > bytes.length) resize(at + taken.length);
    bytes.set(taken, at);
    return taken.length;
  };
  const resize = (size: number): void => {
    const next = new Uint8Array(size);
    next.set(bytes.subarray(0, Math.min(size, bytes.length)));
    bytes = next;
  };
  const use = (fd: number, call: CallName): void => {
    if (!descriptors.has(fd)) throw new Error(`${call} on descriptor ${fd}, which is not open`);
    log.push(call);
  };
  const effects = {
    open: (_path: string, flags: number): number => {
      lastFd += 1;
      descriptors.set(lastFd, flags);
      log.push("open");
      return lastFd;
    },
    close: (fd: number): void => {
      use(fd, "close");
      descriptors.delete(fd);
    },
    read: (fd: number, into: Uint8Array, at: number): number => {
      if (!descriptors.has(fd)) throw new Error("read on a closed descriptor");
      const part = bytes.subarray(at, at + into.length);
      into.set(part);
      return part.length;
    },
    write: (fd: number, from: Uint8Array, offset: number, at: number): number => {
      use(fd, "write");
      return place(from.subarray(offset), at);
    },
    append: (fd: number, from: Uint8Array): number => {
      use(fd, "append");
      if (((descriptors.get(fd) ?? 0) & constants.O_APPEND) === 0) {
        throw new Error("append on a descriptor without O_APPEND");
      }
      return place(from, bytes.length);
    },
    truncate: (fd: number, size: number): void => {
      use(fd, "truncate");
      resize(size);
    },
    fdatasync: (fd: number): void => use(fd, "sync"),
    fsync: (fd: number): void => use(fd, "sync"),
  };
  const ask = async (call: CallName): Promise<void> => await options.before?.(call);
  const calls: FileCalls = {
    open: async (path, flags) => (await ask("open"), effects.open(path, flags)),
    close: async (fd) => (await ask("close"), effects.close(fd)),
    read: async (fd, into, at) => effects.read(fd, into, at),
    write: async (fd, from, offset, at) => (
      await ask("write"),
      effects.write(fd, from, offset, at)
    ),
    append: async (fd, from) => (await ask("append"), effects.append(fd, from)),
    truncate: async (fd, size) => (await ask("truncate"), effects.truncate(fd, size)),
    fdatasync: async (fd) => (await ask("sync"), effects.fdatasync(fd)),
    fsync: async (fd) => (await ask("sync"), effects.fsync(fd)),
    size: async (fd) => {
      if (!descriptors.has(fd)) throw new Error("size of a closed descriptor");
      return bytes.length;
    },
    blocking: effects,
  };
  return { calls, bytes: () => bytes, log, openDescriptors: () => descriptors.size };
}
