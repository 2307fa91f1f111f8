/** A log behind a message channel, as tests of the remote log need it; closed after each test. */
import { MessageChannel } from "node:worker_threads";
import { afterEach } from "vitest";
import { memoryStorage, Wal } from "../../src/index.ts";
import type { Storage, WalOptions } from "../../src/index.ts";
import { hostWal, RemoteWal } from "../../src/remote/index.ts";
import type { Port, RemoteWalOptions } from "../../src/remote/index.ts";

const open: { remotes: RemoteWal[]; ports: { close(): void }[] } = { remotes: [], ports: [] };

afterEach(async () => {
  for (const remote of open.remotes.splice(0))
    await remote.close().catch((error: unknown) => error);
  for (const port of open.ports.splice(0)) port.close();
});

export interface Setting extends Omit<WalOptions, "storage"> {
  storage?: Storage;
  remote?: RemoteWalOptions;
}

/** A log behind a channel, and the log itself. */
export async function behindPort(
  setting: Setting = {},
): Promise<{ remote: RemoteWal; wal: Wal; port: Port }> {
  const { storage = memoryStorage(), remote: remoteOptions, ...options } = setting;
  const { port1, port2 } = new MessageChannel();
  open.ports.push(port1);
  let wal: Wal | undefined;
  hostWal(port2 as unknown as Port, async (_request, onEvent) => {
    wal = await Wal.open({ storage, ...options, onEvent });
    return wal;
  });
  const port = port1 as unknown as Port;
  const remote = await RemoteWal.open(port, remoteOptions);
  open.remotes.push(remote);
  return { remote, wal: wal!, port };
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (payload: Uint8Array): string => new TextDecoder().decode(payload);

/** Payloads of the records, as text. */
export async function texts(wal: RemoteWal | Wal, options = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const { payload } of wal.read(options)) found.push(text(payload));
  return found;
}
