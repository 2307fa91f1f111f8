/** A private file with a group commit of one write and one flush: the limit of the machine, no checksum, no recovery. */

const ZEROED_BYTES = 64 * 1024 * 1024;
const BLOCK_BYTES = 1024 * 1024;

export class RawFile {
  readonly #handle: FileSystemSyncAccessHandle;
  readonly #zeroed: boolean;
  #at = 0;

  private constructor(handle: FileSystemSyncAccessHandle, zeroed: boolean) {
    this.#handle = handle;
    this.#zeroed = zeroed;
  }

  /** `zeroed`: the space is written before the clock starts, and overwritten in a circle. */
  static async open(name: string, zeroed: boolean): Promise<RawFile> {
    const root = await navigator.storage.getDirectory();
    const file = await root.getFileHandle(name, { create: true });
    const handle = await file.createSyncAccessHandle();
    if (zeroed) {
      const block = new Uint8Array(BLOCK_BYTES);
      for (let at = 0; at < ZEROED_BYTES; at += block.length) handle.write(block, { at });
      handle.flush();
    }
    return new RawFile(handle, zeroed);
  }

  /** Appends, and returns when the bytes are on the disk. */
  append(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#zeroed && this.#at + bytes.length > ZEROED_BYTES) this.#at = 0;
    const written = this.#handle.write(bytes, { at: this.#at });
    if (written !== bytes.length) throw new Error(`a write returned ${written}`);
    this.#handle.flush();
    this.#at += bytes.length;
  }

  /** Reads the whole file through `visit`, a mebibyte at a time. */
  read(visit: (bytes: Uint8Array) => void): void {
    const block = new Uint8Array(BLOCK_BYTES);
    for (let at = 0; ;) {
      const count = this.#handle.read(block, { at });
      if (count === 0) return;
      visit(block.subarray(0, count));
      at += count;
    }
  }

  close(): void {
    this.#handle.close();
  }
}
