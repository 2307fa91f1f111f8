/**
 * Key files on disk: 32 raw bytes, or keys sealed under a passphrase (the envelope of
 * `@stria/encryption`). Nothing here ever shows a key or a passphrase; it says only which file it was.
 */
import { randomBytes } from "node:crypto";
import { open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type KeyInput, openEnvelope } from "@stria/encryption";
import { UsageError } from "../exit-code.ts";
import { passphraseFrom } from "./passphrase.ts";

/** Length of a raw key. */
const RAW_KEY_BYTES = 32;
/** A key file holds at most 256 keys of 48 bytes each; anything much larger is some other file. */
const MAX_FILE_BYTES = 64 * 1024;
const ENVELOPE_MAGIC = "STRIAKEY";

/** The keys of a file, current first. `passphraseVariable` is needed for a file that has a passphrase. */
export async function readKeys(
  path: string,
  passphraseVariable: string | undefined,
): Promise<KeyInput[]> {
  const bytes = await readKeyFile(path);
  if (!isEnvelope(bytes)) return [bytes];
  if (passphraseVariable === undefined) {
    throw new UsageError(`${path} has a passphrase: name its variable with --passphrase-env`);
  }
  return await openEnvelope(bytes, passphraseFrom(passphraseVariable));
}

/** The bytes of a key file: a raw key or an envelope, and nothing else. */
export async function readKeyFile(path: string): Promise<Uint8Array> {
  const size = await sizeOf(path);
  if (size > MAX_FILE_BYTES) throw noKeyFile(path, size);
  const bytes = new Uint8Array(await readFile(path));
  if (bytes.length !== RAW_KEY_BYTES && !isEnvelope(bytes)) throw noKeyFile(path, bytes.length);
  return bytes;
}

/** Keys under a passphrase, rather than one raw key. */
export function isEnvelope(bytes: Uint8Array): boolean {
  return (
    Buffer.from(bytes.subarray(0, ENVELOPE_MAGIC.length)).toString("latin1") === ENVELOPE_MAGIC
  );
}

/** Makes a file that only its owner may read; one that is there stays as it is. Durable when it resolves. */
export async function createKeyFile(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeNew(path, bytes, 0o600);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "EEXIST") throw new UsageError(`${path} is there already; it was not changed`);
    if (code === "ENOENT") throw new UsageError(`no such directory: ${dirname(path)}`);
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Replaces a key file: whatever happens meanwhile, the old bytes or the new ones are there. */
export async function replaceKeyFile(path: string, bytes: Uint8Array): Promise<void> {
  // A link stays a link.
  const target = await realpath(path);
  const temporary = `${target}.${randomBytes(6).toString("hex")}.new`;
  try {
    await writeNew(temporary, bytes, (await stat(target)).mode & 0o777);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(target));
}

async function writeNew(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the name durable. Windows has no such thing. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new UsageError(`not a file: ${path}`);
    return found.size;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "ENOENT" || code === "ENOTDIR") throw new UsageError(`no such key file: ${path}`);
    throw error;
  }
}

function noKeyFile(path: string, bytes: number): UsageError {
  return new UsageError(
    `${path} is no key file: it has ${bytes} bytes, neither a raw key of ${RAW_KEY_BYTES} nor one made by \`stria keygen\``,
  );
}
