/**
 * The physical limit of the same kind of work: a group commit written by hand on node:fs. Length
 * prefix, one buffer a group, one write: no checksum, no segments, no recovery, nothing to read back.
 * `zeroed` variants overwrite 64 MiB that were written before the clock started: what recycled space
 * could reach. The others append to a growing file.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import type { Contestant, Session } from "../contestant.ts";

interface Kind {
  /** Space that is already on disk, overwritten again and again. */
  readonly zeroed: boolean;
  /** One O_DSYNC write instead of a write and an fdatasync. */
  readonly oneHop: boolean;
}

export const rawOneHopZeroed: Contestant = raw("raw O_DSYNC, zeroed", {
  zeroed: true,
  oneHop: true,
});
export const rawTwoHopsZeroed: Contestant = raw("raw write+fdatasync, zeroed", {
  zeroed: true,
  oneHop: false,
});
export const rawOneHopGrowing: Contestant = raw("raw O_DSYNC, growing", {
  zeroed: false,
  oneHop: true,
});

const SPACE_BYTES = 64 * 1024 * 1024;
const GROUP_BYTES = 8 * 1024 * 1024;

function raw(name: string, kind: Kind): Contestant {
  const guarantee = `${kind.oneHop ? "one O_DSYNC write" : "write, then fdatasync"} a group; ${
    kind.zeroed ? "space zeroed before the clock" : "growing file"
  }; no checksum`;
  const open = (directory: string): Promise<Session> => openRaw(directory, kind);
  return { name, kind: "raw", guarantee, blocking: false, open };
}

async function openRaw(directory: string, kind: Kind): Promise<Session> {
  const path = join(directory, "raw");
  if (kind.zeroed) writeZeros(path);
  const flags = fs.constants.O_RDWR | fs.constants.O_CREAT;
  const fd = fs.openSync(path, kind.oneHop ? flags | fs.constants.O_DSYNC : flags);
  let building = Buffer.alloc(64 * 1024);
  let flying = Buffer.alloc(64 * 1024);
  let built = 0;
  let offset = 0;
  let busy = false;
  let waiting: (() => void)[] = [];
  let failure: Error | undefined;

  const start = (): void => {
    if (built === 0) {
      busy = false;
      return;
    }
    const bytes = built;
    const answered = waiting;
    [building, flying] = [flying, building];
    built = 0;
    waiting = [];
    if (kind.zeroed && offset + bytes > SPACE_BYTES) offset = 0;
    const done = (error: Error | null): void => {
      if (error !== null) failure = error;
      offset += bytes;
      for (const answer of answered) answer();
      // Those just answered append again in the microtasks of this turn.
      setImmediate(start);
    };
    fs.write(fd, flying, 0, bytes, offset, (error) => {
      if (error !== null || kind.oneHop) done(error);
      else fs.fdatasync(fd, done);
    });
  };

  const put = (record: Uint8Array): void => {
    const needed = built + 4 + record.length;
    if (needed > building.length) {
      const larger = Buffer.alloc(Math.max(needed, building.length * 2));
      building.copy(larger, 0, 0, built);
      building = larger;
    }
    building.writeUInt32LE(record.length, built);
    building.set(record, built + 4);
    built = needed;
    if (busy) return;
    busy = true;
    setImmediate(start);
  };

  const append = (record: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push(() => (failure === undefined ? resolve() : reject(failure)));
      put(record);
    });

  return {
    append,
    appendSync: (record) => {
      if (kind.zeroed && offset + record.length > SPACE_BYTES) offset = 0;
      fs.writeSync(fd, record, 0, record.length, offset);
      if (!kind.oneHop) fs.fdatasyncSync(fd);
      offset += record.length;
    },
    push: (record) => {
      if (built < GROUP_BYTES) {
        put(record);
        return undefined;
      }
      return append(record);
    },
    settle: () => append(new Uint8Array(0)),
    close: async () => fs.closeSync(fd),
  };
}

function writeZeros(path: string): void {
  const fd = fs.openSync(path, "w");
  const piece = Buffer.alloc(1024 * 1024);
  for (let at = 0; at < SPACE_BYTES; at += piece.length) fs.writeSync(fd, piece);
  fs.fsyncSync(fd);
  fs.closeSync(fd);
}
