/** A wait that a signal can end; what is waited for goes on. */
import { type AbortSignalLike, abortError } from "../signal.ts";

export function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignalLike | undefined,
  what: string,
): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => {
      reject(abortError(signal, `${what} may still become durable`));
    };
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
