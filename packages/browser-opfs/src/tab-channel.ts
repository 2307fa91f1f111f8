/**
 * How tabs find each other: one broadcast channel a log for introductions, one more for each guest to
 * talk on. Works in pages and workers alike and needs no third party.
 */
import type { Port } from "@stria/core/remote";

/** Introductions. */
export type Introduction =
  /** A tab looks for the host. */
  | { readonly kind: "who" }
  /** The host is here, and serves. */
  | { readonly kind: "host"; readonly hostId: string }
  /** A tab wants to be the guest of that host, on a channel of its own. */
  | { readonly kind: "join"; readonly hostId: string; readonly guestId: string }
  /** Comes back to its sender: everything sent before has arrived. */
  | { readonly kind: "echo"; readonly echoId: string };

/** The channel for introductions of the log `name`. */
export function introductions(name: string): BroadcastChannel {
  return new BroadcastChannel(`stria:${name}`);
}

/** The channel between one guest and the host. */
export function guestPort(guestId: string): Port & { close(): void } {
  const channel = new BroadcastChannel(`stria-guest:${guestId}`);
  return {
    copies: true,
    postMessage: (message) => channel.postMessage(message),
    addEventListener: (type, listener) => channel.addEventListener(type, listener),
    removeEventListener: (type, listener) => channel.removeEventListener(type, listener),
    close: () => channel.close(),
  };
}
