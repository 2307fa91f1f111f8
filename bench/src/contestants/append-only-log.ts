/** async-append-only-log: blocks of 64 KiB, written by a timer; `onDrain` says when they are on disk. */
import { join } from "node:path";
import type { Contestant } from "../contestant.ts";
import { loadCommonJs } from "../load.ts";

interface Log {
  append(record: Buffer, done: (error: Error | null, offset?: number) => void): void;
  get(offset: number, done: (error: Error | null, value?: Buffer) => void): void;
  onDrain(drained: () => void): void;
  stream(options: { offsets: boolean; live?: boolean }): {
    pipe(sink: {
      paused: boolean;
      write(record: Uint8Array): void;
      end(error?: Error | true | null): void;
    }): unknown;
  };
  close(done: (error?: Error | null) => void): void;
}

const MOST_PENDING = 4096;

export const appendOnlyLog: Contestant = contestant("async-append-only-log", undefined);
export const appendOnlyLogFast: Contestant = contestant("async-append-only-log 1 ms", 1);

function contestant(name: string, writeTimeout: number | undefined): Contestant {
  return {
    name,
    package: "async-append-only-log",
    kind: "rival",
    guarantee: `one fsync a block of 64 KiB, every ${writeTimeout ?? 250} ms; no checksum`,
    blocking: false,
    open: async (directory) => {
      type Make = (path: string, options: Record<string, unknown>) => Log;
      const make = loadCommonJs("async-append-only-log") as Make;
      const log = make(join(directory, "log"), writeTimeout === undefined ? {} : { writeTimeout });
      const drained = (): Promise<void> => new Promise((resolve) => log.onDrain(resolve));
      const put = (record: Uint8Array): Promise<void> =>
        new Promise((resolve, reject) => {
          log.append(Buffer.from(record), (error) => (error ? reject(error) : resolve()));
        });
      let pushed = 0;
      await drained();
      return {
        append: async (record) => {
          await put(record);
          await drained();
        },
        push: (record) => {
          const done = put(record);
          return ++pushed % MOST_PENDING === 0 ? done : undefined;
        },
        settle: drained,
        read: (visit) =>
          new Promise((resolve, reject) => {
            log.stream({ offsets: false }).pipe({
              paused: false,
              write: visit,
              end: (error) => (error instanceof Error ? reject(error) : resolve()),
            });
          }),
        close: () =>
          new Promise((resolve, reject) => {
            log.close((error) => (error ? reject(error) : resolve()));
          }),
      };
    },
  };
}
