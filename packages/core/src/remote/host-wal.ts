/**
 * The host: opens a log when the other side asks for it and serves it over a port, in a worker or
 * wherever the log may live. It knows neither storage nor platform; `open` does.
 */
import type { WalEventListener } from "../events.ts";
import type { HostableWal } from "../hostable-wal.ts";
import { type HostedWal, HostSession } from "./host-session.ts";
import type { ToHost, ToRemote } from "./messages.ts";
import type { Port } from "./port.ts";
import { toWire } from "./wire-error.ts";

/** Opens the log a remote asks for; give `emit` to `Wal.open` as `onEvent`. */
export type OpenHosted = (
  request: unknown,
  emit: WalEventListener,
) => Promise<HostableWal | HostedWal>;

/**
 * Serves one remote log after the other on `port`: each `RemoteWal.open` on the other side calls
 * `open` with its request, and `close` there closes the log here. What `open` rejects with reaches the
 * other side with code, message, details and cause.
 *
 * @example
 * ```ts
 * // in a worker of any kind
 * hostWal(port, (request, onEvent) => Wal.open({ storage: memoryStorage(), onEvent }));
 * ```
 */
export function hostWal(port: Port, open: OpenHosted): void {
  let session: HostSession | undefined;
  let opening = false;
  const post = (message: ToRemote): void => port.postMessage(message, []);
  const start = async (request: unknown): Promise<void> => {
    opening = true;
    try {
      const opened = await open(request, (event) => session?.tell(event));
      const hosted = "wal" in opened ? opened : { wal: opened };
      session = new HostSession(
        port,
        {
          ...hosted,
          answer: (verb, argument) =>
            hosted.answer?.(verb, argument) ??
            Promise.reject(new TypeError(`this host has no verb ${verb}`)),
          async close() {
            try {
              await (hosted.close?.() ?? hosted.wal.close());
            } finally {
              session = undefined;
            }
          },
        },
        "owner",
      );
    } catch (error) {
      post({ kind: "failed", error: toWire(error) });
    } finally {
      opening = false;
    }
  };
  port.addEventListener("message", (event) => {
    const message = event.data as ToHost;
    if (message.kind === "open" && session === undefined && !opening) void start(message.request);
  });
  port.start?.();
}

/** Serves a log that is open already to one more remote, which may leave but not close it. */
export function shareWal(port: Port, hosted: HostedWal): HostSession {
  return new HostSession(port, hosted, "guest");
}
