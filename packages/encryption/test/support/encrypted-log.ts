/** An encrypted log under a key of its own, and what a reader or a verification makes of it. */
import { type Cipher, memoryStorage, type Storage, Wal, type WalHead } from "@stria/core";
import { verifyLog } from "@stria/core/inspect";
import { encryption, generateKey } from "../../src/index.ts";
import { bytesOf, filesOf, hasty, payload } from "./logs.ts";

export const key: Uint8Array = generateKey();
const segmentBytes = 16 * 1024;
/** The cipher that opens it. */
export const right = (): Cipher => encryption({ keys: [key] });

export type Files = Map<string, Uint8Array>;

/** Two segments and more, closed cleanly; or killed, with two commits that nothing vouches for. */
export async function encryptedLog(
  options: { killed?: boolean } = {},
): Promise<{ files: Files; head: WalHead; old: { files: Files; head: WalHead } }> {
  const storage = memoryStorage();
  const wal = await Wal.open({ storage, cipher: right(), segmentBytes, keepSegments: 10 });
  while ((await storage.list()).length < 3) await wal.append(payload(wal.nextLsn));
  const old = { files: await filesOf(storage), head: wal.head() };
  await wal.append(bytesOf("the last but one"));
  await wal.append(bytesOf("the last"));
  if (options.killed === true) return { files: await filesOf(storage), head: wal.head(), old };
  await wal.close();
  return { files: await filesOf(storage), head: wal.head(), old };
}

/** `read`, or the code of the error. */
export async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "read";
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}

/** `sound`, the kind of the first damage, or the code it was refused with. */
export async function verificationOf(
  storage: Storage,
  cipher: Cipher | undefined,
): Promise<string> {
  try {
    const { sound, findings } = await verifyLog(storage, {
      clock: hasty,
      ...(cipher && { cipher }),
    });
    if (sound) return "sound";
    return findings.find(({ severity }) => severity === "damage")?.kind ?? "unsound";
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}
