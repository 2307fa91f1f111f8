/** The log behind a message port: a host on one side, a remote log with the same calls on the other. */
export type { CipherDescription, HostThread, ThreadRequest } from "./host-thread.ts";
export { withProducers } from "./hosted-producers.ts";
export type { WalWithProducers } from "./hosted-producers.ts";
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
