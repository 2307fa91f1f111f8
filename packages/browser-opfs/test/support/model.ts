/**
 * What a program that uses the storage may rely on, file by file: the model the crash tests compare
 * with. Knows what was asked and what was answered, nothing of slots.
 */
import type { Storage, StorageFile } from "@stria/core";

export class ModelFile {
  readonly name: string;
  bytes: Uint8Array = new Uint8Array(0);
  /** This much was written before a sync that succeeded. */
  syncedBytes = 0;
  /** A cut to the present length was synced. */
  cut = false;
  cutSynced = false;
  /** False: a write failed, or a lifetime ended uncleanly: the file may be longer than the bytes known. */
  lengthKnown = true;
  /** Set before the first write is tried. */
  touched = false;
  /** Present while it is open in this lifetime. */
  handle: StorageFile | undefined;

  constructor(name: string) {
    this.name = name;
  }

  append(bytes: Uint8Array, at: number): void {
    const next = new Uint8Array(at + bytes.length);
    next.set(this.bytes);
    next.set(bytes, at);
    this.bytes = next;
    this.cut = false;
    this.cutSynced = false;
  }

  synced(): void {
    this.syncedBytes = this.bytes.length;
    this.cutSynced = this.cut;
  }

  /** What is left to rely on after an ending. */
  survive(ending: Ending): void {
    this.handle = undefined;
    if (ending === "power cut") {
      this.bytes = this.bytes.slice(0, this.syncedBytes);
      this.cut = this.cutSynced;
    }
    if (ending !== "clean") this.lengthKnown = false;
  }
}

/** How a lifetime ended. */
export type Ending = "clean" | "killed" | "power cut";

/** Fails unless the file in the storage is what the ending must have left of the model's. */
export async function checkFile(storage: Storage, model: ModelFile, ending: Ending): Promise<void> {
  const file = await storage.open(model.name);
  const size = await file.size();
  const kept = ending === "power cut" ? model.syncedBytes : model.bytes.length;
  demand(size >= kept, `${model.name}: size ${size} after ${ending}, ${kept} bytes were promised`);
  const exact = ending === "clean" ? model.lengthKnown : isCut(model, ending);
  const { length } = model.bytes;
  demand(!exact || size === length, `${model.name}: size ${size} after ${ending}, not ${length}`);
  const found = await readUpTo(file, size);
  demand(found.length === size, `${model.name}: ${found.length} of ${size} bytes can be read`);
  const differs = found.subarray(0, kept).findIndex((byte, at) => byte !== model.bytes[at]);
  demand(differs === -1, `${model.name}: byte ${differs} of ${kept} is wrong after ${ending}`);
  if (!model.touched) {
    // Stale bytes of another file here would be taken for a damaged segment.
    const head = found.subarray(0, 16_384);
    const clean = head.every((byte) => byte === 0);
    demand(clean, `${model.name}: an empty file shows stale bytes after ${ending}`);
  }
  await file.close();
}

/** Fails the history. */
export function demand(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

function isCut(model: ModelFile, ending: Ending): boolean {
  return ending === "power cut" ? model.cutSynced : model.cut;
}

async function readUpTo(file: StorageFile, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  const count = await file.read(bytes, 0);
  return bytes.subarray(0, count);
}
