/**
 * Sets a checkout up: installs the locked packages and builds them. Used by start.mjs, test.mjs and
 * check.mjs on fresh clones, so it needs nothing but Node and npm: pnpm comes through npx, unless the
 * pinned version is already there.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runStep } from "./step.mjs";

/** The repository's root directory. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The environment of every tool that is started: no telemetry, no update notices. */
export const quietEnvironment = {
  ...process.env,
  TURBO_TELEMETRY_DISABLED: "1",
  DO_NOT_TRACK: "1",
  NO_UPDATE_NOTIFIER: "1",
  npm_config_update_notifier: "false",
  // Some tools colour what they print even into a file.
  ...(process.stdout.isTTY || process.env["FORCE_COLOR"] ? {} : { NO_COLOR: "1" }),
};

/** Written after a complete install; names the manifests and lockfile it was made from. */
const stampFile = join(root, "node_modules", ".stria-install");

/**
 * Installs and builds where needed. Prints one line a step; a tool's own output only when it fails.
 * @returns {Promise<void>} rejects when a step fails
 */
export async function setUp() {
  await install();
  await build();
}

/**
 * Installs the locked packages, unless that was done for just these manifests.
 * @returns {Promise<void>}
 */
export async function install() {
  const stamp = installStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  const words = [...pnpmCommand(), "install", "--frozen-lockfile", "--reporter=append-only"];
  await runStep("Installing packages", words, stepOptions);
  writeFileSync(stampFile, stamp);
}

/**
 * Builds what has changed since the last build.
 * @returns {Promise<void>}
 */
export async function build() {
  await runStep("Building", [...pnpmCommand(), "exec", "turbo", "run", "build"], stepOptions);
}

/**
 * The words that start the pinned pnpm.
 * @returns {string[]}
 */
export function pnpmCommand() {
  pnpm ??= findPnpm();
  return pnpm;
}

/** @type {string[] | undefined} */
let pnpm;

const stepOptions = { cwd: root, env: quietEnvironment };

function findPnpm() {
  /** @type {{ packageManager: string }} */
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const version = packageManager.slice("pnpm@".length);
  const found = spawnSync("pnpm", ["--version"], {
    cwd: root,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (found.status === 0 && found.stdout.trim() === version) return ["pnpm"];
  return ["npx", "--yes", packageManager];
}

/** A hash of everything an install depends on. */
function installStamp() {
  const hash = createHash("sha256").update(process.version);
  for (const file of ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests()]) {
    hash.update(file).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

function manifests() {
  return ["packages", "apps", "examples", "tools"]
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder)).map((name) => `${folder}/${name}/package.json`),
    )
    .filter((file) => existsSync(join(root, file)))
    .toSorted();
}
