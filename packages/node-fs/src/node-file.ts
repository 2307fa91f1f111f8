/**
 * One open file: positions explicit, writes whole, syncs real, each verb also blocking.
 * A file that is being written has up to three descriptors: one for reads, plain writes and syncs,
 * one whose every write is durable by itself, and the zero-ahead's own.
 */
import type { BlockingFile, StorageFile } from "@stria/core";
import type { FileCalls } from "./file-calls.ts";
import { writeFully, writeFullyBlocking } from "./write-fully.ts";
import type { ZeroAhead } from "./zero-ahead.ts";

/** The parts of a {@link NodeFile}; the file owns the descriptors from here on. */
export interface NodeFileParts {
  readonly calls: FileCalls;
  readonly fd: number;
  /** Descriptor opened with `O_DSYNC`; without it a durable write is a write and a sync. */
  readonly durableFd?: number | undefined;
  readonly zeroAhead?: ZeroAhead | undefined;
  /** `fsync` instead of `fdatasync`. */
  readonly fullSync: boolean;
  /** It was another file before. */
  readonly recycled?: boolean;
}

/** {@link StorageFile} on a file descriptor. */
export class NodeFile implements StorageFile {
  readonly blocking: BlockingFile;
  readonly recycled: boolean;
  readonly #calls: FileCalls;
  readonly #fd: number;
  readonly #durableFd: number | undefined;
  readonly #zeroAhead: ZeroAhead | undefined;
  readonly #fullSync: boolean;
  #closed = false;
  /** Plain writes that no sync has covered yet. */
  #unsyncedBytes = 0;

  constructor(parts: NodeFileParts) {
    this.#calls = parts.calls;
    this.#fd = parts.fd;
    this.#durableFd = parts.durableFd;
    this.#zeroAhead = parts.zeroAhead;
    this.#fullSync = parts.fullSync;
    this.recycled = parts.recycled === true;
    this.blocking = {
      read: (into, at) => this.#calls.blocking.read(this.#open(), into, at),
      write: (bytes, at) => this.#writeBlocking(bytes, at),
      truncate: (size) => this.#truncateBlocking(size),
      sync: () => this.#syncBlocking(),
      close: () => this.#closeBlocking(),
      writeAndSync: (bytes, at) => this.#writeAndSyncBlocking(bytes, at),
    };
  }

  async size(): Promise<number> {
    return await this.#calls.size(this.#open());
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    return await this.#calls.read(this.#open(), into, at);
  }

  async write(bytes: Uint8Array, at: number): Promise<void> {
    const fd = this.#open();
    await this.#zeroAhead?.claim(at + bytes.length);
    this.#unsyncedBytes += bytes.length;
    await writeFully(this.#calls, fd, bytes, at);
  }

  async sync(): Promise<void> {
    const fd = this.#open();
    const covered = this.#unsyncedBytes;
    await (this.#fullSync ? this.#calls.fsync(fd) : this.#calls.fdatasync(fd));
    this.#unsyncedBytes -= covered;
    this.#zeroAhead?.headerIsDurable();
    if (covered > 0) this.#zeroAhead?.groupWritten(covered);
  }

  async writeAndSync(bytes: Uint8Array, at: number): Promise<void> {
    const fd = this.#durableFd;
    if (fd === undefined) {
      await this.write(bytes, at);
      return await this.sync();
    }
    this.#open();
    const claimed = this.#zeroAhead?.claim(at + bytes.length);
    if (claimed !== undefined) await claimed;
    // The first turn of `writeFully`, which is nearly always the only one: every group comes by here.
    const count = await this.#calls.write(fd, bytes, 0, at);
    if (count < bytes.length) await writeFully(this.#calls, fd, bytes, at, count);
    this.#groupIsDurable();
    this.#zeroAhead?.groupWritten(bytes.length);
  }

  async truncate(size: number): Promise<void> {
    const fd = this.#open();
    await this.#zeroAhead?.stop();
    await this.#calls.truncate(fd, size);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // All are closed even if one refuses; its error is reported.
    const closing = [this.#calls.close(this.#fd)];
    if (this.#durableFd !== undefined) closing.push(this.#calls.close(this.#durableFd));
    if (this.#zeroAhead !== undefined) closing.push(this.#zeroAhead.stop());
    const refused = (await Promise.allSettled(closing)).find((one) => one.status === "rejected");
    if (refused !== undefined) throw refused.reason;
  }

  #writeBlocking(bytes: Uint8Array, at: number): void {
    const fd = this.#open();
    this.#zeroAhead?.claimBlocking(at + bytes.length);
    this.#unsyncedBytes += bytes.length;
    writeFullyBlocking(this.#calls.blocking, fd, bytes, at);
  }

  #syncBlocking(): void {
    const fd = this.#open();
    const { blocking } = this.#calls;
    if (this.#fullSync) blocking.fsync(fd);
    else blocking.fdatasync(fd);
    const covered = this.#unsyncedBytes;
    this.#unsyncedBytes = 0;
    this.#zeroAhead?.headerIsDurable();
    if (covered > 0) this.#zeroAhead?.groupWrittenBlocking(covered);
  }

  #writeAndSyncBlocking(bytes: Uint8Array, at: number): void {
    if (this.#durableFd === undefined) {
      this.#writeBlocking(bytes, at);
      return this.#syncBlocking();
    }
    this.#open();
    this.#zeroAhead?.claimBlocking(at + bytes.length);
    writeFullyBlocking(this.#calls.blocking, this.#durableFd, bytes, at);
    this.#groupIsDurable();
    this.#zeroAhead?.groupWrittenBlocking(bytes.length);
  }

  #truncateBlocking(size: number): void {
    const fd = this.#open();
    this.#zeroAhead?.stopBlocking(size);
    this.#calls.blocking.truncate(fd, size);
  }

  #closeBlocking(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#zeroAhead?.stopBlocking();
    const { blocking } = this.#calls;
    try {
      blocking.close(this.#fd);
    } finally {
      if (this.#durableFd !== undefined) blocking.close(this.#durableFd);
    }
  }

  /** A durable write vouches for its own bytes only: the header counts once nothing plain is pending. */
  #groupIsDurable(): void {
    if (this.#unsyncedBytes === 0) this.#zeroAhead?.headerIsDurable();
  }

  /** A closed descriptor's number may belong to another file by now: never touch it again. */
  #open(): number {
    if (!this.#closed) return this.#fd;
    throw Object.assign(new Error("file is closed"), { code: "EBADF" });
  }
}
