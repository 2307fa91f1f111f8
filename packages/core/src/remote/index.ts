/** The log behind a message port: a host on one side, a remote log with the same calls on the other. */
export type { CipherDescription, HostThread, ThreadRequest } from "./host-thread.ts";
export { HandedOutStripes } from "../append/end-stripes.ts";
export { bestProducerPath } from "../commit/producer-path.ts";
export { PRODUCER, PRODUCER_GONE, producerAnswers, withProducers } from "./hosted-producers.ts";
export type { NumberedHandle, WalWithProducers } from "./hosted-producers.ts";
export { ProducerPorts } from "./producer-ports.ts";
export { ordinalOf, ticketOf } from "./tickets.ts";
export { hostWal, shareWal } from "./host-wal.ts";
export type { OpenHosted } from "./host-wal.ts";
export type { HostedWal, HostSession } from "./host-session.ts";
export { HostableWal } from "../hostable-wal.ts";
export type { HostedAbout } from "./messages.ts";
export type { Port } from "./port.ts";
export { RemoteWal } from "./remote-wal.ts";
export type { RemoteWalOptions } from "./remote-options.ts";
export { fromWire, toWire } from "./wire-error.ts";
export type { WireError } from "./wire-error.ts";
