/** A file system of a few MiB, filled up with ballast until only so much is free; the ballast can be taken away. */
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";

const SIZE = "4M";
const CHUNK = new Uint8Array(1024).fill(0x62);

export class SmallDisk {
  /** Where it is mounted. */
  path;
  #ballast;

  /**
   * @param {string} directory in a mount namespace of its own
   * @param {{ name: string, kind: "tmpfs" | "ext4" }} disk
   */
  constructor(directory, { name, kind }) {
    this.path = join(directory, name);
    this.#ballast = join(this.path, "ballast");
    mkdirSync(this.path);
    if (kind === "tmpfs") {
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE}`, "tmpfs", this.path]);
      return;
    }
    const image = `${this.path}.img`;
    execFileSync("truncate", [`--size=${SIZE}`, image]);
    // Small blocks and nothing reserved for root, so that the end of the space comes at odd places.
    execFileSync("mkfs.ext4", ["-q", "-F", "-b", "1024", "-m", "0", image]);
    execFileSync("mount", ["-o", "loop", image, this.path]);
  }

  /** Without what the file system keeps for itself. */
  get freeBytes() {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  /**
   * Fills the disk until about so many bytes are free.
   * @param {number} bytes
   */
  leaveFree(bytes) {
    const fd = openSync(this.#ballast, "w");
    while (this.freeBytes > bytes) writeSync(fd, CHUNK);
    closeSync(fd);
  }

  /** Space returns. */
  dropBallast() {
    rmSync(this.#ballast);
  }

  unmount() {
    execFileSync("umount", [this.path]);
  }
}
