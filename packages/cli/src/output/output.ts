/**
 * Standard output with backpressure. When its reader goes away (`stria cat DIR | head`), the command
 * stops and that is no error.
 */

/** Nobody reads the output any more. */
export class ReaderGone extends Error {
  override readonly name: string = "ReaderGone";
}

let watched = false;

/** Writes and waits until it is taken. Rejects with {@link ReaderGone} when nobody reads any more. */
export function output(chunk: string | Uint8Array): Promise<void> {
  const { stdout } = process;
  if (!watched) {
    watched = true;
    // Each write reports its own failure; without a listener the event would end the process.
    stdout.on("error", () => undefined);
  }
  return new Promise((resolve, reject) => {
    stdout.write(chunk, (error) => {
      if (error === null || error === undefined) resolve();
      else reject((error as { code?: unknown }).code === "EPIPE" ? new ReaderGone() : error);
    });
  });
}

/** One value as a line of JSON. */
export function outputJson(value: unknown): Promise<void> {
  return output(`${JSON.stringify(value)}\n`);
}

/** One value as a JSON document for people and programs. */
export function outputDocument(value: unknown): Promise<void> {
  return output(`${JSON.stringify(value, undefined, 2)}\n`);
}
