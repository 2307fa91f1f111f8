/**
 * Bytes as they come in, cut into records: lines, or u32 little-endian lengths and payloads. What is
 * kept between two chunks is at most one record.
 */
import { UsageError } from "../exit-code.ts";

/** Cuts a stream of chunks into records, which are views of the chunks where possible. */
export interface Splitter {
  push(chunk: Uint8Array): Uint8Array[];
  /** What is left at the end of the input. */
  end(): Uint8Array[];
}

const NEWLINE = 0x0a;

/** Lines without their newline; the last one may lack it. */
export class LineSplitter implements Splitter {
  readonly #maxBytes: number;
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  #lines = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): Uint8Array[] {
    const records: Uint8Array[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end === -1) break;
      const line = chunk.subarray(start, end);
      records.push(this.#restBytes === 0 ? line : this.#join(line));
      start = end + 1;
    }
    this.#lines += records.length;
    if (start < chunk.length) {
      this.#rest.push(chunk.subarray(start));
      this.#restBytes += chunk.length - start;
      if (this.#restBytes > this.#maxBytes) {
        throw new UsageError(`line ${this.#lines + 1} is longer than ${this.#maxBytes} bytes`);
      }
    }
    return records;
  }

  end(): Uint8Array[] {
    return this.#restBytes === 0 ? [] : [this.#join(new Uint8Array(0))];
  }

  #join(last: Uint8Array): Uint8Array {
    const line = Buffer.concat([...this.#rest, last]);
    this.#rest = [];
    this.#restBytes = 0;
    return line;
  }
}

/** Records behind their lengths. */
export class PrefixSplitter implements Splitter {
  readonly #maxBytes: number;
  #rest: Uint8Array = new Uint8Array(0);
  #missing: Uint8Array[] = [];
  #missingBytes = 0;
  #records = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): Uint8Array[] {
    // Chunks of a large record are only put together once it is complete.
    if (chunk.length < this.#missingBytes) {
      this.#missing.push(chunk);
      this.#missingBytes -= chunk.length;
      return [];
    }
    const bytes = Buffer.concat([this.#rest, ...this.#missing, chunk]);
    this.#missing = [];
    this.#missingBytes = 0;
    const records: Uint8Array[] = [];
    let at = 0;
    while (bytes.length - at >= 4) {
      const length = bytes.readUInt32LE(at);
      if (length > this.#maxBytes) {
        const record = this.#records + records.length + 1;
        throw new UsageError(`record ${record} would be ${length} bytes: no length-prefixed input`);
      }
      if (bytes.length - at - 4 < length) {
        this.#missingBytes = length - (bytes.length - at - 4);
        break;
      }
      records.push(bytes.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    this.#records += records.length;
    this.#rest = bytes.subarray(at);
    return records;
  }

  end(): Uint8Array[] {
    if (this.#rest.length > 0 || this.#missing.length > 0) {
      throw new UsageError(`the input ends inside record ${this.#records + 1}`);
    }
    return [];
  }
}
