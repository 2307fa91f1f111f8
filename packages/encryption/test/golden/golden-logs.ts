/**
 * The scripts behind fixtures/v1/encrypted: each writes a small log through the public API under fixed
 * keys, a fixed clock and repeatable randomness. docs/format.md and docs/encryption.md describe the bytes.
 */
import {
  type Cipher,
  type Clock,
  memoryStorage,
  type Random,
  type Storage,
  Wal,
} from "@stria/core";
import { encryption, Keyring, type SuiteName } from "../../src/index.ts";
import { fill } from "../support/logs.ts";
import { filesOf } from "./describe-log.mjs";

/** A log kept as files, what it is there to show, and what opens it. */
export interface GoldenLog {
  readonly about: string;
  readonly keys: readonly Uint8Array[];
  readonly allowPlaintext: boolean;
  readonly make: () => Promise<Map<string, Uint8Array>>;
}

const counting = (first: number): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => first + i);
const [firstKey, secondKey] = [counting(0), counting(32)];

/** By folder name below fixtures/v1/encrypted. */
export const goldenLogs: Readonly<Record<string, GoldenLog>> = {
  "aes-256-gcm": {
    about: "four segments, closed cleanly; records of 0, 1 and many bytes, and a batch",
    keys: [firstKey],
    allowPlaintext: false,
    make: () => rotated("aes-256-gcm", 1),
  },
  "chacha20-poly1305": {
    about: "the same under the other suite, with other salts",
    keys: [firstKey],
    allowPlaintext: false,
    make: () => rotated("chacha20-poly1305", 2),
  },
  "carried-tail": {
    about:
      "killed with LSN 4 unvouched and 5 torn; opened under the other suite, which carried 4; closed",
    keys: [firstKey],
    allowPlaintext: false,
    make: carriedTail,
  },
  "key-rotation": {
    about: "begun under the first key, gone on under the second; a checkpoint retired segment 1",
    keys: [secondKey, firstKey],
    allowPlaintext: false,
    make: keyRotation,
  },
  migrated: {
    about: "begun in plaintext, gone on under a key",
    keys: [firstKey],
    allowPlaintext: true,
    make: migrated,
  },
};

const segmentBytes = 16 * 1024;
const record = (n: number): Uint8Array => new TextEncoder().encode(`record ${n}`);
/** `length` bytes that differ from record to record. */
const block = (n: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 7 + n * 13) & 0xff);

type Append = (bytes: Uint8Array) => Promise<void>;

/** A life in which every record is a group of its own, a second after the one before; not closed. */
async function life(
  storage: Storage,
  seed: number,
  options: { cipher?: Cipher; keepSegments?: number },
  doing: (wal: Wal, append: Append) => Promise<void>,
): Promise<Wal> {
  const clock = new ScriptClock(seed);
  const random = repeatableRandom(seed);
  const wal = await Wal.open({ storage, clock, random, segmentBytes, ...options });
  await doing(wal, async (bytes) => {
    clock.time += 1000;
    await wal.append(bytes);
  });
  return wal;
}

function sealing(seed: number, suite: SuiteName, keys = [firstKey]): Cipher {
  return encryption({ keys, suite, random: repeatableRandom(100 + seed) });
}

async function rotated(suite: SuiteName, seed: number): Promise<Map<string, Uint8Array>> {
  const storage = memoryStorage();
  const wal = await life(storage, seed, { cipher: sealing(seed, suite) }, async (open, append) => {
    await append(new Uint8Array(0));
    await append(Uint8Array.of(0x2a));
    await append(record(3));
    await open.appendBatch([record(4), record(5), new Uint8Array(0), record(7)]);
    for (let n = 8; n <= 13; n++) await append(block(n, 1000));
    await append(block(14, 6000));
  });
  await wal.close();
  return filesOf(storage);
}

async function carriedTail(): Promise<Map<string, Uint8Array>> {
  const killed = memoryStorage();
  const cipher = sealing(3, "chacha20-poly1305");
  await life(killed, 3, { cipher }, async (wal, append) => {
    for (let n = 1; n <= 3; n++) await append(record(n));
    // A backup vouches for what it copies: it writes a mark.
    await wal.backup(memoryStorage());
    await append(record(4));
    await append(block(5, 1000));
  });
  const files = await filesOf(killed);
  const [[name, whole]] = [...files] as [[string, Uint8Array]];
  const storage = memoryStorage();
  await fill(storage, new Map([[name, whole.slice(0, whole.length - 700)]]));
  const second = { cipher: sealing(4, "aes-256-gcm") };
  const wal = await life(storage, 4, second, async (open) => {
    await open.appendBatch([record(5), record(6)]);
  });
  await wal.close();
  return filesOf(storage);
}

async function keyRotation(): Promise<Map<string, Uint8Array>> {
  const storage = memoryStorage();
  const keyring = new Keyring([firstKey]);
  const cipher = encryption({ provider: keyring, random: repeatableRandom(105) });
  const wal = await life(storage, 5, { cipher, keepSegments: 1 }, async (open, append) => {
    for (let n = 1; n <= 10; n++) await append(block(n, 1400));
    keyring.rotate(secondKey);
    await open.rotateKey();
    for (let n = 11; n <= 14; n++) await append(block(n, 1400));
    await open.checkpoint(4);
  });
  await wal.close();
  return filesOf(storage);
}

async function migrated(): Promise<Map<string, Uint8Array>> {
  const storage = memoryStorage();
  const plain = await life(storage, 6, {}, async (_wal, append) => {
    for (let n = 1; n <= 9; n++) await append(block(n, 900));
  });
  await plain.close();
  const random = repeatableRandom(107);
  const cipher = encryption({ keys: [firstKey], allowPlaintext: true, random });
  const wal = await life(storage, 7, { cipher }, async (_wal, append) => append(record(10)));
  await wal.close();
  return filesOf(storage);
}

/** Time as the script sets it; timers never fire, so nothing happens that the script does not ask for. */
class ScriptClock implements Clock {
  /** 2026-01-01T00:00:00Z, and an hour for every seed. */
  time: number;

  constructor(seed: number) {
    this.time = 1_767_225_600_000 + seed * 3_600_000;
  }

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  timer(): () => void {
    return () => undefined;
  }
}

/** Bytes of a 32-bit linear congruential generator (Numerical Recipes' constants). */
function repeatableRandom(seed: number): Random {
  let state = seed >>> 0;
  return (into) => {
    for (let i = 0; i < into.length; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      into[i] = state >>> 24;
    }
    return into;
  };
}
