/** A wait that a signal can end; what is waited for goes on. */
import { type AbortSignalLike, abortError } from "../signal.ts";

/** Begins and waits; a signal that has fired already keeps it from beginning. */
export function abortable<T>(
  begin: () => Promise<T>,
  signal: AbortSignalLike | undefined,
  what: string,
): Promise<T> {
  if (signal === undefined) return begin();
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => {
      reject(abortError(signal, `waiting for ${what} was given up`));
    };
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener("abort", abort, { once: true });
    begin()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", abort));
  });
}
