/**
 * What the runtime and the operating system give, decided once: which flags exist, what a sync is worth.
 * Everything that differs between Linux, macOS and Windows is named here, so that no other file
 * asks for the platform (the lock's do: they speak to the kernel in different tongues).
 */
import { constants } from "node:fs";

/** What this adapter may rely on. Replaced as a whole by tests. */
export interface Platform {
  /** `open` flag that makes each write durable by itself; undefined where it does not reach the device. */
  readonly durableWriteFlag: number | undefined;
  /** A directory can be opened and synced. Without it names do not survive a power cut. */
  readonly directorySync: boolean;
  /** `fsync` instead of `fdatasync` for files. */
  readonly fullSync: boolean;
  /** Writing zeros ahead saves the file system a journal commit a sync. */
  readonly zeroAhead: boolean;
}

/** The runtime this code runs in. */
export const runtime: "node" | "deno" | "bun" =
  process.versions["bun"] !== undefined
    ? "bun"
    : process.versions["deno"] !== undefined
      ? "deno"
      : "node";

/** The platform this process runs on. */
export const currentPlatform: Platform = platformOf(process.platform);

/** What is known of a platform by its `process.platform` name. */
export function platformOf(name: string): Platform {
  const linux = name === "linux" || name === "android";
  return {
    // Windows has no O_DSYNC in its constants (`flags | undefined` would silently not sync); macOS
    // has one that leaves the bytes in the drive's cache.
    durableWriteFlag: linux ? constants.O_DSYNC : undefined,
    directorySync: name !== "win32",
    // macOS: libuv turns both calls into F_FULLFSYNC; fsync is the one whose meaning is documented.
    fullSync: name === "darwin",
    // Measured on ext4 only. Copy-on-write file systems gain nothing and lose little.
    zeroAhead: linux,
  };
}
