export { Wal } from "./wal.ts";
export type { WalHead, WalOptions } from "./options.ts";
export type { WorkerWal, WorkerWalOptions } from "./remote/worker-wal.ts";
export type { CipherDescription, HostThread } from "./remote/host-thread.ts";
export type { Durability } from "./commit/durability.ts";
export type { AppendOptions, WaitOptions } from "./commit/appender.ts";
export { attachProducer } from "./attach-producer.ts";
export type { ProducerHandle } from "./attach-producer.ts";
export type { Producer, ProducerAppendOptions } from "./append/producer.ts";
export type { SharedProducerHandle } from "./append/shared-handle.ts";
export type { PortProducerHandle, ProducerPort } from "./remote/port-producer.ts";
export type { ExitingWorker, ProducerHandleOptions } from "./commit/producers.ts";
export type { ProducerPath } from "./commit/producer-path.ts";
export { RECYCLED_HEAD_BYTES } from "./storage.ts";
export type { CommittedFrame } from "./commit/committed-frame.ts";
export type { WalRecord } from "./format/records.ts";
export type { ReadOptions } from "./read/reads.ts";
export type { WalReader, WalReaderOptions } from "./read/outside-reader.ts";
export type { RecoveryMode, RecoveryNote, RecoveryReport } from "./recovery/report.ts";
export type { WalEvent, WalEventListener } from "./events.ts";
export type { FlushStats, WalHealth, WalStats } from "./stats.ts";
export type { StripeStats } from "./append/stripe.ts";
export { asWalError, isWalError, WalError } from "./errors.ts";
export type { WalErrorCode, WalErrorDetails } from "./errors.ts";
export { memoryStorage } from "./memory-storage.ts";
export { crc32 } from "./checksum.ts";
export type { Crc32 } from "./checksum.ts";
export type {
  BlockingFile,
  BlockingStorage,
  CreateOptions,
  Storage,
  StorageCapabilities,
  StorageFile,
  StorageLock,
} from "./storage.ts";
export type { Cipher, CipherHeader, SegmentCipher, SegmentContext } from "./cipher.ts";
export { systemClock, systemRandom } from "./clock.ts";
export type { Clock, Random } from "./clock.ts";
export type { AbortSignalLike } from "./signal.ts";
