/**
 * Storage calls as steps, so that the write path is written once and runs both ways: awaited on an
 * event loop, or blocking in a flush worker and in `appendSync`. A generator yields steps; one of the
 * two drivers below performs them.
 */
import { WalError } from "./errors.ts";
import type {
  BlockingFile,
  BlockingStorage,
  CreateOptions,
  Storage,
  StorageFile,
} from "./storage.ts";

/** One storage call, either way. */
export interface IoStep {
  readonly run: () => Promise<unknown>;
  readonly runBlocking: () => unknown;
  /** Rare, and refused by some storages before a turn of the event loop has passed. */
  readonly betterAwaited?: true;
}

/** A computation that performs storage calls. */
export type Io<T> = Generator<IoStep, T, unknown>;

/** Performs the steps with the asynchronous verbs; if `blocking`, all but the rare ones with the blocking verbs. */
export async function runIo<T>(
  io: Io<T>,
  { blocking = false }: { blocking?: boolean } = {},
): Promise<T> {
  let step = io.next();
  while (step.done !== true) {
    let outcome: unknown;
    try {
      const { value } = step;
      const blocks = blocking && value.betterAwaited !== true;
      // Steps depend on each other: the next one may only start when this one is done.
      outcome = blocks ? value.runBlocking() : await value.run();
    } catch (error) {
      step = io.throw(error);
      continue;
    }
    step = io.next(outcome);
  }
  return step.value;
}

/** Performs the steps with the blocking verbs. */
export function runIoBlocking<T>(io: Io<T>): T {
  let step = io.next();
  while (step.done !== true) {
    let value: unknown;
    try {
      value = step.value.runBlocking();
    } catch (error) {
      step = io.throw(error);
      continue;
    }
    step = io.next(value);
  }
  return step.value;
}

export function* createFile(
  storage: Storage,
  name: string,
  options: CreateOptions,
): Io<StorageFile> {
  return (yield {
    run: () => storage.create(name, options),
    runBlocking: () => blockingStorage(storage).create(name, options),
    betterAwaited: true,
  }) as StorageFile;
}

export function* syncDirectory(storage: Storage): Io<void> {
  yield {
    run: () => storage.syncDirectory(),
    runBlocking: () => blockingStorage(storage).syncDirectory(),
  };
}

export function* writeFile(file: StorageFile, bytes: Uint8Array, at: number): Io<void> {
  yield {
    run: () => file.write(bytes, at),
    runBlocking: () => blockingFile(file).write(bytes, at),
  };
}

/**
 * The one-hop durable write where the adapter has it; both ways fall back to write, then sync. The step
 * itself, since every group takes it: no generator, no closures.
 */
export class WriteAndSync implements IoStep {
  readonly #file: StorageFile;
  readonly #bytes: Uint8Array;
  readonly #at: number;

  constructor(file: StorageFile, bytes: Uint8Array, at: number) {
    this.#file = file;
    this.#bytes = bytes;
    this.#at = at;
  }

  run(): Promise<void> {
    const file = this.#file;
    if (file.writeAndSync === undefined) return this.#inTwo();
    return file.writeAndSync(this.#bytes, this.#at);
  }

  runBlocking(): void {
    const file = blockingFile(this.#file);
    if (file.writeAndSync !== undefined) return file.writeAndSync(this.#bytes, this.#at);
    file.write(this.#bytes, this.#at);
    file.sync();
  }

  async #inTwo(): Promise<void> {
    await this.#file.write(this.#bytes, this.#at);
    return this.#file.sync();
  }
}

export function* syncFile(file: StorageFile): Io<void> {
  yield { run: () => file.sync(), runBlocking: () => blockingFile(file).sync() };
}

export function* truncateFile(file: StorageFile, size: number): Io<void> {
  yield {
    run: () => file.truncate(size),
    runBlocking: () => blockingFile(file).truncate(size),
  };
}

export function* closeFile(file: StorageFile): Io<void> {
  yield { run: () => file.close(), runBlocking: () => blockingFile(file).close() };
}

function blockingStorage(storage: Storage): BlockingStorage {
  if (storage.blocking !== undefined) return storage.blocking;
  throw new WalError("WAL_UNSUPPORTED", `${storage.name} has no blocking calls`);
}

function blockingFile(file: StorageFile): BlockingFile {
  if (file.blocking !== undefined) return file.blocking;
  throw new WalError("WAL_UNSUPPORTED", "this storage has no blocking calls");
}
