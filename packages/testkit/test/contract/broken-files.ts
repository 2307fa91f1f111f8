/** Verbs of files, broken on purpose: the defect, the test of the contract that must catch it, the defect itself. */
import type { Defect } from "./broken-storage.ts";

const done = (): Promise<void> => Promise.resolve();

/** See the file's head. */
export const brokenFiles: readonly Defect[] = [
  [
    "a write that stops at the first 64 KiB",
    "write: large writes arrive whole",
    {
      file: (sound) => ({ write: (bytes, at) => sound.write(bytes.subarray(0, 65_536), at) }),
    },
  ],
  [
    "a write that appends wherever it is told to write",
    "write: overwrites in the middle and leaves the rest",
    {
      file: (sound) => ({ write: async (bytes) => sound.write(bytes, await sound.size()) }),
    },
  ],
  [
    "a write that leaves garbage in the gap",
    "write: beyond the end fills the gap with zeros",
    {
      file: (sound) => ({
        write: async (bytes, at) => {
          const size = await sound.size();
          if (at > size) await sound.write(new Uint8Array(at - size).fill(7), size);
          await sound.write(bytes, at);
        },
      }),
    },
  ],
  [
    "a write that ignores the view's offset",
    "write: only the bytes of the view it was given",
    {
      file: (sound) => ({
        write: (bytes, at) => sound.write(new Uint8Array(bytes.buffer, 0, bytes.length), at),
      }),
    },
  ],
  [
    "a write that happens after it settled",
    "write: a buffer reused after it settled changes nothing",
    {
      file: (sound) => {
        const late: (() => Promise<void>)[] = [];
        const catchUp = async (): Promise<void> => {
          for (const write of late.splice(0)) await write();
        };
        return {
          write(bytes, at) {
            late.push(() => sound.write(bytes, at));
            return done();
          },
          read: async (into, at) => (await catchUp(), sound.read(into, at)),
          size: async () => (await catchUp(), sound.size()),
          sync: async () => (await catchUp(), sound.sync()),
          truncate: async (size) => (await catchUp(), sound.truncate(size)),
          close: async () => (await catchUp(), sound.close()),
        };
      },
    },
  ],
  [
    "a write that swallows the device's error",
    "errors: a failed write rejects",
    {
      file: (sound) => ({
        write: (bytes, at) =>
          sound.write(bytes, at).catch(() => {
            /* the defect: any error is lost */
          }),
      }),
    },
  ],
  [
    "a sync that does nothing",
    "sync: written, synced and named bytes survive a power cut",
    {
      file: () => ({ sync: done }),
    },
  ],
  [
    "a sync that works once only",
    "sync: each sync covers what was written before it",
    {
      file: (sound) => {
        let synced = false;
        return { sync: () => (synced ? done() : ((synced = true), sound.sync())) };
      },
    },
  ],
  [
    "a sync that swallows the device's error",
    "errors: a failed sync rejects",
    {
      file: (sound) => ({
        sync: () =>
          sound.sync().catch(() => {
            /* the defect: any error is lost */
          }),
      }),
    },
  ],
  [
    "a read past the end that returns what was in the buffer",
    "read: at the end and past it there are 0 bytes",
    {
      file: (sound) => ({
        read: async (into, at) => (at > (await sound.size()) ? into.length : sound.read(into, at)),
      }),
    },
  ],
  [
    "a read that always claims to be whole",
    "read: a range that crosses the end is cut to what is there",
    {
      file: (sound) => ({
        read: async (into, at) => ((await sound.read(into, at)) > 0 ? into.length : 0),
      }),
    },
  ],
  [
    "a read that fills the whole buffer behind a view",
    "read: only the given view is touched",
    {
      file: (sound) => ({
        read: (into, at) => (new Uint8Array(into.buffer).fill(0), sound.read(into, at)),
      }),
    },
  ],
  [
    "a read that takes an error for the end",
    "errors: a failed read rejects and is not the end of the file",
    {
      file: (sound) => ({ read: (into, at) => sound.read(into, at).catch(() => 0) }),
    },
  ],
  [
    "a truncate that ignores",
    "truncate: cuts to the given size and keeps what is before it",
    {
      file: () => ({ truncate: done }),
    },
  ],
  [
    "a truncate that hides the bytes and shows them again",
    "truncate: bytes that were cut do not come back when the file grows",
    {
      file: (sound) => {
        let hidden = Infinity;
        return {
          truncate(size) {
            hidden = size;
            return done();
          },
          size: async () => Math.min(hidden, await sound.size()),
          write(bytes, at) {
            hidden = Infinity;
            return sound.write(bytes, at);
          },
        };
      },
    },
  ],
  [
    "a closed file that still writes",
    "write: a closed file rejects it",
    {
      file: () => ({ close: done }),
    },
  ],
  [
    "a writeAndSync without the sync",
    "writeAndSync: its bytes survive a power cut without a sync",
    {
      options: { writeAndSync: true },
      file: (sound) => ({ writeAndSync: (bytes, at) => sound.write(bytes, at) }),
    },
  ],
  [
    "a writeAndSync that takes earlier writes for synced",
    "writeAndSync: leaves earlier plain writes for the next sync",
    {
      options: { writeAndSync: true },
      file: (sound) => {
        let clean = false;
        return {
          async writeAndSync(bytes, at) {
            await sound.writeAndSync?.(bytes, at);
            clean = true;
          },
          write: (bytes, at) => ((clean = false), sound.write(bytes, at)),
          sync: () => (clean ? done() : sound.sync()),
        };
      },
    },
  ],
  [
    "a blocking sync that does nothing",
    "blocking: what was synced blocking survives a power cut",
    {
      options: { synchronous: true },
      file: (sound) => (sound.blocking ? { blocking: { ...sound.blocking, sync() {} } } : {}),
    },
  ],
  [
    "a full disk that looks like any error",
    "errors: a full disk is reported as WAL_NO_SPACE",
    {
      file: (sound) => ({
        write: (bytes, at) =>
          sound.write(bytes, at).catch(() => Promise.reject(new Error("failed"))),
      }),
    },
  ],
];
