/**
 * The part of a message port the remote log uses, so that the core needs no platform types: a
 * `MessagePort`, a dedicated `Worker`, the scope inside one, and a `BroadcastChannel` of their own all fit.
 */

/** Two ends of a channel that keeps messages in order and loses none while both ends live. */
export interface Port {
  /** Structured clone; `transfer` moves buffers and ports instead of copying them, where the channel can. */
  postMessage(message: unknown, transfer: object[]): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  removeEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  /** True where nothing can be moved, as on a `BroadcastChannel`: buffers are not sent home then. */
  readonly copies?: boolean;
  /** Message ports deliver nothing before it is called. */
  start?(): void;
  /** A worker has none: whoever made it ends it. */
  close?(): void;
}
