/** Waiting for room in a full stripe or outbox, as long as the room's own deadline and the caller's signal allow. */
import { WalError } from "../errors.ts";
import type { AbortSignalLike } from "../signal.ts";
import type { RoomQueue } from "./room.ts";

/** Resolves to what `admit` returns when there is room for `bytes`; it runs at that very moment. */
export function waitForRoom<T>(
  room: RoomQueue,
  wanted: { bytes: number; admit: () => T | Promise<T>; signal: AbortSignalLike | undefined },
): Promise<T> {
  const { bytes, admit, signal } = wanted;
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => {
      withdraw();
      reject(notAppended(signal));
    };
    const settled = (): void => signal?.removeEventListener("abort", abort);
    const withdraw = room.wait(
      bytes,
      () => {
        try {
          settled();
          resolve(admit());
        } catch (error) {
          reject(error);
        }
      },
      (error) => {
        settled();
        reject(error);
      },
    );
    if (signal?.aborted === true) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}

/** What an abort before the record was taken means. */
export function notAppended(signal: AbortSignalLike | undefined): WalError {
  return new WalError("WAL_ABORTED", "aborted before the record was appended", {
    cause: signal?.reason,
    details: { outcome: "not-written" },
  });
}
