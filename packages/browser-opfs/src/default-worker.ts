/**
 * Starts the worker file this package ships. Stands next to it, in the source, in `dist` and in the
 * bundle, so that one address is right in all of them; bundlers know this very pattern.
 */
export function defaultWorker(): Worker {
  return new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "stria" });
}
