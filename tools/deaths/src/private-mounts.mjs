/**
 * Mounting without leaving anything behind: the program runs itself again in a mount namespace of its
 * own. When its last process ends, however it ends, the kernel takes the mounts away, and the loop
 * devices with them (`mount -o loop` marks them so).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Set in the process that is inside. */
const INSIDE = "STRIA_PRIVATE_MOUNTS";

/**
 * Runs `work` in a namespace of its own with an empty directory, or says why that cannot be done here.
 * To be called once, as the last thing a program does.
 * @param {string} title what the program is called in its messages
 * @param {string[]} commands programs it needs
 * @param {(directory: string) => Promise<void>} work
 */
export async function inPrivateMounts(title, commands, work) {
  const reason = cannot(commands);
  if (reason !== undefined) {
    console.log(`${title} skipped: ${reason}`);
    return;
  }
  if (process.env[INSIDE] !== "1") {
    const args = [
      "--mount",
      "--propagation",
      "private",
      process.execPath,
      ...process.argv.slice(1),
    ];
    const run = spawnSync("unshare", args, {
      env: { ...process.env, [INSIDE]: "1" },
      stdio: "inherit",
    });
    process.exitCode = run.status ?? 1;
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), "stria-mounts-"));
  try {
    const refusal = probeLoop(directory);
    if (refusal === undefined) await work(directory);
    else console.log(`${title} skipped: ${refusal}`);
  } catch (error) {
    console.error(`${title} failed`);
    console.error(error);
    process.exitCode = 1;
  } finally {
    unmountBelow(directory);
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * What is missing for mounting at all.
 * @param {string[]} commands
 */
function cannot(commands) {
  if (process.platform !== "linux") return `needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return "needs root";
  for (const command of ["unshare", "mount", "umount", "mkfs.ext4", ...commands]) {
    if (spawnSync(command, ["--version"]).error !== undefined)
      return `needs the command ${command}`;
  }
  const { status, stderr } = spawnSync("unshare", ["--mount", "true"], { encoding: "utf8" });
  return status === 0 ? undefined : `no mount namespace: ${stderr.trim()}`;
}

/**
 * Containers often have root and no loop devices.
 * @param {string} directory
 */
function probeLoop(directory) {
  const image = join(directory, "probe.img");
  const at = join(directory, "probe");
  mkdirSync(at);
  execFileSync("truncate", ["--size=4M", image]);
  execFileSync("mkfs.ext4", ["-q", "-F", image], { stdio: "ignore" });
  const { status, stderr } = spawnSync("mount", ["-o", "loop", image, at], { encoding: "utf8" });
  if (status !== 0) return `no loop device can be mounted: ${stderr.trim()}`;
  execFileSync("umount", [at]);
  return undefined;
}

/**
 * Innermost first: an image may lie on another mount.
 * @param {string} directory
 */
function unmountBelow(directory) {
  const mounts = execFileSync("cat", ["/proc/self/mounts"], { encoding: "utf8" });
  const below = mounts
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((path) => path.startsWith(`${directory}/`));
  for (const path of below.toReversed()) spawnSync("umount", ["--lazy", path]);
}
