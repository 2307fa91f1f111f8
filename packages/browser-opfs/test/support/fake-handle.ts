/** A sync access handle of the fake origin: counts against the quota, fails on demand, dies with its worker. */
import type { SyncAccess } from "../../src/platform.ts";
import type { FakeFile } from "./fake-file.ts";
import type { FakeOrigin, FullStyle } from "./fake-origin.ts";

export class FakeHandle implements SyncAccess {
  readonly #origin: FakeOrigin;
  readonly #file: FakeFile;
  readonly #lifetime: number;
  #closed = false;

  constructor(origin: FakeOrigin, file: FakeFile, lifetime: number) {
    this.#origin = origin;
    this.#file = file;
    this.#lifetime = lifetime;
  }

  read(into: Uint8Array, { at }: { at: number }): number {
    this.#check();
    this.#strike("read");
    const bytes = this.#file.seen.subarray(at, at + into.length);
    into.set(bytes);
    return bytes.length;
  }

  write(bytes: Uint8Array, { at }: { at: number }): number {
    this.#check();
    const style = this.#strike("write");
    const growth = Math.max(0, at + bytes.length - this.#file.seen.length);
    if (style !== undefined) return this.#full(style, bytes, at);
    if (growth > this.#room()) return this.#full(this.#origin.fullStyle, bytes, at);
    // Written before the power fails: the disk may have it in part.
    this.#file.write(bytes, at);
    this.#live();
    return bytes.length;
  }

  truncate(size: number): void {
    this.#check();
    if (size - this.#file.seen.length > this.#room()) {
      const raw = this.#origin.fullStyle === "raw";
      if (raw) throw new DOMException("", "NS_ERROR_FILE_NO_DEVICE_SPACE");
      throw new DOMException("full", "QuotaExceededError");
    }
    this.#file.truncate(size);
    this.#live();
  }

  getSize(): number {
    this.#check();
    return this.#file.seen.length;
  }

  flush(): void {
    this.#check();
    this.#strike("flush");
    this.#live();
    this.#origin.flushes += 1;
    this.#file.flush();
  }

  close(): void {
    if (this.#closed || !this.#origin.lives(this.#lifetime)) return;
    this.#closed = true;
    this.#file.open = false;
  }

  #live(): void {
    if (this.#origin.powerFails()) throw new DOMException("dark", "InvalidStateError");
  }

  #room(): number {
    return this.#origin.quotaBytes - this.#origin.usedBytes();
  }

  /** The fault laid for this verb: thrown, or the style in which a write says that it failed. */
  #strike(verb: "read" | "write" | "flush"): FullStyle | undefined {
    const fault = this.#origin.faults.get(verb);
    this.#origin.faults.delete(verb);
    if (fault instanceof Error) throw fault;
    return fault;
  }

  #full(style: FullStyle, bytes: Uint8Array, at: number): number {
    switch (style) {
      case "throw":
        throw new DOMException("full", "QuotaExceededError");
      case "raw":
        throw new DOMException("", "NS_ERROR_FILE_NO_DEVICE_SPACE");
      case "zero":
        return 0;
      case "code":
        return 4_294_967_288;
      case "short": {
        const part = bytes.subarray(0, Math.floor(bytes.length / 2));
        this.#file.write(part, at);
        // The rest does not fit either: what follows makes no progress at all.
        this.#origin.faults.set("write", "zero");
        return part.length;
      }
      default:
        throw new RangeError(`no such style: ${String(style satisfies never)}`);
    }
  }

  #check(): void {
    if (this.#closed || !this.#origin.lives(this.#lifetime)) {
      throw new DOMException("closed", "InvalidStateError");
    }
  }
}
