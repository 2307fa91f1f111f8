/**
 * A worker that takes the files of a log written elsewhere onto the private file system, opens the log
 * there, writes on, and gives the files of the result back.
 */
import { isWalError, Wal } from "@stria/core";
import type { Cipher, Storage } from "@stria/core";
import { encryption } from "@stria/encryption";
import { opfsStorage } from "../../src/index.ts";

/** Name and bytes of each file. */
export type Files = readonly (readonly [string, Uint8Array])[];

export interface GoldenJob {
  readonly name: string;
  readonly files: Files;
  /** Payloads to append. */
  readonly more: readonly Uint8Array[];
  /** A raw key, where the log is to be encrypted. */
  readonly key?: Uint8Array;
}

/** What was found before anything was appended, or why the log was refused; the files afterwards. */
export interface GoldenOutcome {
  readonly refused?: { readonly code: string };
  readonly nextLsn?: number;
  readonly chain?: string;
  readonly records?: readonly { readonly lsn: number; readonly payload: Uint8Array }[];
  readonly files?: Files;
}

async function work({ name, files, more, key }: GoldenJob): Promise<GoldenOutcome> {
  const storage = opfsStorage(name, { slotBytes: 262_144 });
  await storage.prepare();
  for (const [file, bytes] of files) {
    const made = await storage.create(file);
    await made.write(bytes, 0);
    await made.sync();
    await made.close();
  }
  const cipher: { cipher?: Cipher } =
    key === undefined ? {} : { cipher: encryption({ keys: [key] }) };
  let wal: Wal;
  try {
    wal = await Wal.open({ storage, ...cipher });
  } catch (error) {
    await storage.close();
    if (isWalError(error)) return { refused: { code: error.code, ...error.details } };
    throw error;
  }
  const { nextLsn } = wal;
  const { chain } = wal.head();
  const records: { lsn: number; payload: Uint8Array }[] = [];
  try {
    for await (const { lsn, payload } of wal.read())
      records.push({ lsn, payload: payload.slice() });
  } catch (error) {
    // A recorded gap ends the reading; the records before it are compared.
    if (!isWalError(error, "WAL_GAP")) throw error;
  }
  for (const payload of more) await wal.append(payload);
  await wal.close();
  await storage.prepare();
  const written = await contents(storage);
  await storage.close();
  return { nextLsn, chain, records, files: written };
}

async function contents(storage: Storage): Promise<Files> {
  const files: [string, Uint8Array][] = [];
  for (const name of (await storage.list()).toSorted()) {
    const file = await storage.open(name);
    const bytes = new Uint8Array(await file.size());
    await file.read(bytes, 0);
    await file.close();
    files.push([name, bytes]);
  }
  return files;
}

globalThis.addEventListener("message", (event: MessageEvent<GoldenJob>) => {
  work(event.data).then((outcome) => globalThis.postMessage(outcome), reportError);
});
