/**
 * The few calls of node:fs this adapter makes on descriptors, promised and blocking.
 * An interface so that tests can put a short write, a full disk or a failing sync in between.
 * Callbacks are wrapped by hand: `FileHandle` closes itself when collected and costs more a call.
 */
import * as fs from "node:fs";

/** Calls that return at once and settle later, run by the runtime's thread pool. */
export interface FileCalls {
  open(path: string, flags: number, mode: number): Promise<number>;
  close(fd: number): Promise<void>;
  read(fd: number, into: Uint8Array, at: number): Promise<number>;
  /** `from` is the place in `bytes`; may write less than is left. */
  write(fd: number, bytes: Uint8Array, from: number, at: number): Promise<number>;
  /** Writes at the end of the file; only for descriptors opened with `O_APPEND`. */
  append(fd: number, bytes: Uint8Array): Promise<number>;
  truncate(fd: number, size: number): Promise<void>;
  fdatasync(fd: number): Promise<void>;
  fsync(fd: number): Promise<void>;
  size(fd: number): Promise<number>;
  readonly blocking: BlockingCalls;
}

/** The same calls, blocking. */
export interface BlockingCalls {
  open(path: string, flags: number, mode: number): number;
  close(fd: number): void;
  read(fd: number, into: Uint8Array, at: number): number;
  write(fd: number, bytes: Uint8Array, from: number, at: number): number;
  append(fd: number, bytes: Uint8Array): number;
  truncate(fd: number, size: number): void;
  fdatasync(fd: number): void;
  fsync(fd: number): void;
}

type Done<T> = (error: Error | null, value: T) => void;

/** The real ones. */
export const nodeCalls: FileCalls = {
  open: (path, flags, mode) => settle((done) => fs.open(path, flags, mode, done)),
  close: (fd) => settle((done: Done<void>) => fs.close(fd, done as fs.NoParamCallback)),
  read: (fd, into, at) =>
    settle((done: Done<number>) => fs.read(fd, into, 0, into.length, at, done)),
  write: (fd, bytes, from, at) =>
    settle((done: Done<number>) => fs.write(fd, bytes, from, bytes.length - from, at, done)),
  append: (fd, bytes) =>
    settle((done: Done<number>) => fs.write(fd, bytes, 0, bytes.length, null, done)),
  truncate: (fd, size) =>
    settle((done: Done<void>) => fs.ftruncate(fd, size, done as fs.NoParamCallback)),
  fdatasync: (fd) => settle((done: Done<void>) => fs.fdatasync(fd, done as fs.NoParamCallback)),
  fsync: (fd) => settle((done: Done<void>) => fs.fsync(fd, done as fs.NoParamCallback)),
  size: async (fd) => (await settle((done: Done<fs.Stats>) => fs.fstat(fd, done))).size,
  blocking: {
    open: (path, flags, mode) => fs.openSync(path, flags, mode),
    close: (fd) => fs.closeSync(fd),
    read: (fd, into, at) => fs.readSync(fd, into, 0, into.length, at),
    write: (fd, bytes, from, at) => fs.writeSync(fd, bytes, from, bytes.length - from, at),
    append: (fd, bytes) => fs.writeSync(fd, bytes, 0, bytes.length, null),
    truncate: (fd, size) => fs.ftruncateSync(fd, size),
    fdatasync: (fd) => fs.fdatasyncSync(fd),
    fsync: (fd) => fs.fsyncSync(fd),
  },
};

function settle<T>(start: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      if (error) reject(error);
      else resolve(value);
    });
  });
}
