/**
 * A disk whose power can be cut: an ext4 image on a loop device, its backing file on a btrfs. A reflink
 * copy of that file is, at one instant, what had reached the device by then and nothing of what was
 * still in the caches above it. Mounted, it is what a machine finds after the cut.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const POOL_SIZE = "1G";
const DISK_SIZE = "96M";

export class PowerRig {
  /** Where the disk that is being written is mounted. */
  disk;
  #pool;
  #spare;
  #cuts = 0;

  /** @param {string} directory an empty one, in a mount namespace of its own */
  constructor(directory) {
    this.#pool = join(directory, "pool");
    this.disk = join(directory, "disk");
    this.#spare = join(directory, "after-the-cut");
    for (const path of [this.#pool, this.disk, this.#spare]) mkdirSync(path);
    const pool = join(directory, "pool.img");
    execFileSync("truncate", [`--size=${POOL_SIZE}`, pool]);
    execFileSync("mkfs.btrfs", ["--quiet", pool], { stdio: "ignore" });
    execFileSync("mount", ["-o", "loop", pool, this.#pool]);
    execFileSync("truncate", [`--size=${DISK_SIZE}`, this.#image]);
    execFileSync("mkfs.ext4", ["-q", "-F", this.#image]);
    this.#mountDisk();
  }

  /** Cuts the power of a copy, at one instant; blocks until it has happened. */
  cut() {
    const image = join(this.#pool, `cut-${++this.#cuts}.img`);
    execFileSync("cp", ["--reflink=always", this.#image, image]);
    return image;
  }

  /**
   * Mounts what a cut has left, which replays the journal, and shows it. Works on a copy of its own.
   * @template T
   * @param {string} image
   * @param {(path: string) => Promise<T>} look
   * @returns {Promise<T>}
   */
  async after(image, look) {
    const copy = `${image}.seen`;
    await run("cp", ["--reflink=always", image, copy]);
    await run("mount", ["-o", "loop", copy, this.#spare]);
    try {
      return await look(this.#spare);
    } finally {
      await run("umount", [this.#spare]);
      await run("rm", [copy]);
    }
  }

  /**
   * The machine goes on with what the cut has left; nobody may be writing.
   * @param {string} image
   */
  async goOn(image) {
    await run("umount", [this.disk]);
    await run("mv", [image, this.#image]);
    this.#mountDisk();
  }

  /** @param {string} image */
  async forget(image) {
    await run("rm", [image]);
  }

  get #image() {
    return join(this.#pool, "disk.img");
  }

  #mountDisk() {
    execFileSync("mount", ["-o", "loop", this.#image, this.disk]);
  }
}
