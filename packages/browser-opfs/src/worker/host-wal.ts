/**
 * The worker's whole program: opens the log a page asks for on the private files of this origin, and
 * serves it to that page and, if it is shared, to other tabs.
 */
import type { WalEvent, WalOptions } from "@stria/core";
import { bestProducerPath, HostableWal, hostWal as hostOnPort, toWire } from "@stria/core/remote";
import type { HostedWal, Port } from "@stria/core/remote";
import { isErrand } from "../errand.ts";
import type { Errand, ErrandReply } from "../errand.ts";
import { holdLock, hostLock } from "../liveness.ts";
import { opfsStorage } from "../opfs-storage.ts";
import type { OpfsStorage } from "../opfs-storage.ts";
import { part } from "../part.ts";
import type { WalRequest } from "../wal-request.ts";
import type { Guests } from "./guests.ts";
import type { WorkerProducers } from "./producers.ts";

/** What a worker of your own adds to what pages ask for. */
export type HostOptions = Pick<WalOptions, "cipher" | "checksum" | "onEvent">;

/**
 * Makes this dedicated worker a host for `openWal`. The package's own worker is nothing but this call;
 * write your own to give the log what cannot be sent to a worker, such as a cipher.
 *
 * @example
 * ```ts
 * // my-worker.ts
 * import { hostWal } from "@stria/browser-opfs";
 * hostWal({ cipher: encryption({ keys: [key] }) });
 *
 * // on the page
 * const worker = new Worker(new URL("./my-worker.ts", import.meta.url), { type: "module" });
 * const wal = await openWal({ name: "orders", worker });
 * ```
 */
export function hostWal(options: HostOptions = {}): void {
  const scope = globalThis as unknown as Port;
  scope.addEventListener("message", ({ data }) => {
    if (isErrand(data)) void run(data, scope);
  });
  hostOnPort(scope, async (asked, emit) => {
    const request = asked as WalRequest;
    const letGo = await holdLock(hostLock(request.hostId));
    try {
      return await openHosted(request, options, { emit, letGo });
    } catch (error) {
      letGo();
      throw error;
    }
  });
}

async function openHosted(
  request: WalRequest,
  options: HostOptions,
  life: { emit: (event: WalEvent) => void; letGo: () => void },
): Promise<HostedWal> {
  const { name, hostId, isShared } = request;
  const storage = opfsStorage(name, request.storage);
  const cipher =
    request.cipher === undefined
      ? options.cipher
      : await (await part(import("./cipher-module.ts"))).makeCipher(request.cipher);
  // Loaded before the log is open: what cannot be had keeps nothing open.
  const makeGuests = isShared ? (await part(import("./guests.ts"))).Guests : undefined;
  let guests: Guests | undefined;
  const isThreaded = bestProducerPath === "shared-memory";
  const Log = isThreaded ? (await part(import("./threaded-log.ts"))).Wal : HostableWal;
  const wal = await Log.open({
    ...request.wal,
    ...(options.checksum === undefined ? {} : { checksum: options.checksum }),
    ...(cipher === undefined ? {} : { cipher }),
    storage,
    onEvent(event) {
      life.emit(event);
      guests?.tell(event);
      options.onEvent?.(event);
    },
  });
  let producers: Promise<WorkerProducers> | undefined;
  const answer = async (verb: string, argument: unknown): Promise<unknown> => {
    if (verb === "storageReport") return report(storage);
    producers ??= part(import("./producers.ts")).then(({ producersOf }) => producersOf(wal));
    return (await producers).answer(verb, argument);
  };
  const hosted: HostedWal = {
    wal,
    answer,
    async close() {
      guests?.retire();
      try {
        await wal.close();
      } finally {
        await guests?.dismiss();
        await (await producers)?.dismiss();
        // In a turn of its own: the last answers leave before the lock says that there will be none.
        setTimeout(life.letGo);
      }
    },
  };
  if (makeGuests !== undefined) guests = new makeGuests(name, hostId, hosted);
  return hosted;
}

async function run({ name, options }: Errand, scope: Port): Promise<void> {
  let reply: ErrandReply = { kind: "destroyed" };
  try {
    const { destroy } = await part(import("../destroy.ts"));
    await destroy(name, options);
  } catch (error) {
    reply = { ...reply, error: toWire(error) };
  }
  scope.postMessage(reply, []);
}

async function report(storage: OpfsStorage): Promise<unknown> {
  const { growthFailure, ...rest } = await storage.report();
  // An exception's own properties do not survive a message; its text does.
  return growthFailure === undefined
    ? rest
    : { ...rest, growthFailure: toWire(growthFailure).message };
}
