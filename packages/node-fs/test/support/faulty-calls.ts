/** The real calls with a device below them that can be told to fail once, or to run full. */
import { nodeCalls } from "../../src/file-calls.ts";
import type { FileCalls } from "../../src/file-calls.ts";

type Verb = "read" | "write" | "sync" | "syncDirectory";

export interface FaultyDevice {
  readonly calls: FileCalls;
  failNext(verb: Verb): void;
  limitSpace(bytes: number): void;
}

export function faultyDevice(): FaultyDevice {
  const armed = new Set<Verb>();
  let space = Number.POSITIVE_INFINITY;
  const meet = (verb: Verb): void => {
    if (armed.delete(verb)) throw Object.assign(new Error(`${verb} failed`), { code: "EIO" });
  };
  /** As a real disk: what fits is written, then nothing. */
  const room = (wanted: number): number => {
    const taken = Math.min(space, wanted);
    if (taken === 0) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    space -= taken;
    return taken;
  };
  const calls: FileCalls = {
    ...nodeCalls,
    read: async (fd, into, at) => {
      meet("read");
      return await nodeCalls.read(fd, into, at);
    },
    write: async (fd, bytes, from, at) => {
      meet("write");
      const end = from + room(bytes.length - from);
      return await nodeCalls.write(fd, bytes.subarray(0, end), from, at);
    },
    append: async (fd, bytes) => await nodeCalls.append(fd, bytes.subarray(0, room(bytes.length))),
    fdatasync: async (fd) => {
      meet("sync");
      await nodeCalls.fdatasync(fd);
    },
    fsync: async (fd) => {
      meet("syncDirectory");
      await nodeCalls.fsync(fd);
    },
  };
  return {
    calls,
    failNext: (verb) => void armed.add(verb),
    limitSpace: (bytes) => {
      space = bytes;
    },
  };
}
