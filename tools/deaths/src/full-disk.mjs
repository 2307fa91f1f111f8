/**
 * One log meets the end of its disk's space in the middle of a group: what it says, what it has kept, what
 * opening it again does while there is no space, and that it goes on as soon as there is.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Wal, isWalError } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";
import { SeededRandom } from "@stria/testkit";
import { viewLog } from "./check-log.mjs";
import { Ledger } from "./ledger.mjs";
import { planLife } from "./plan.mjs";
import { recordOf } from "./record.mjs";

/** How often opening is tried while the disk is full. */
const ATTEMPTS = 6;

/**
 * @typedef {object} FullDiskTally
 * @property {number} rounds disks that were filled
 * @property {number} acknowledgements on these disks
 * @property {number} refusedRecords records that were answered with an error
 * @property {number} refusedOpens opens that found too little space to carry the tail
 * @property {number} opensWhileFull opens that succeeded all the same
 * @property {number} carried times a recovery found records that nothing vouched for
 */

/**
 * @param {object} options
 * @param {import("./small-disk.mjs").SmallDisk} options.disk
 * @param {number} options.seed
 * @param {FullDiskTally} options.tally
 */
export async function fillDisk({ disk, seed, tally }) {
  const random = new SeededRandom(`${seed}/full`);
  const log = join(disk.path, "log");
  const plan = planLife({ directory: log, seed, life: 1 });
  const ledger = new Ledger();
  disk.leaveFree(40_000 + random.below(400_000));
  const open = () => Wal.open({ ...plan, storage: nodeStorage(log, plan), keepSegments: 1000 });

  const wal = await open();
  let lives = 1;
  const errors = await appendUntilRefused(wal, { seed, life: lives, random, ledger });
  for (const error of errors) requireCode(error, "WAL_NO_SPACE");
  tally.refusedRecords += errors.length;
  tally.acknowledgements += ledger.acknowledgements;
  requireCode(await errorOf(wal.append(new Uint8Array(1))), "WAL_POISONED");
  // Closing says once more what is lost, if anything is, and lets go of the log.
  const lost = await errorOf(wal.close());
  if (lost !== undefined) requireCode(lost, "WAL_POISONED");

  for (let i = 0; i < ATTEMPTS; i++) await openWhileFull();

  disk.dropBallast();
  const again = await open();
  if (again.recovery.carried > 0) tally.carried += 1;
  const view = await viewLog(again, seed);
  ledger.check(view);
  ledger.opened(view.lastLsn);
  for (let i = 0; i < 20; i++) await appendOne(again, { seed, life: lives + 1, ledger });
  await again.close();
  const last = await open();
  ledger.check(await viewLog(last, seed));
  await last.close();
  const remains = sizes(log).filter(({ size }) => size === 0);
  if (remains.length > 0) throw new Error(`${remains.length} empty files were never removed`);
  tally.rounds += 1;

  /** Refused, and nothing has changed; or opened, and nothing is lost. Reading works either way. */
  async function openWhileFull() {
    const reader = await Wal.openReader({ storage: nodeStorage(log) });
    await viewLog(reader, seed);
    await reader.close();
    const lenient = await Wal.open({ storage: nodeStorage(log), recovery: "point-in-time" });
    ledger.check(await viewLog(lenient, seed));
    await lenient.close();
    const found = contents(log);
    const free = disk.freeBytes;
    const opened = await open().catch((error) => {
      requireCode(error, "WAL_NO_SPACE");
    });
    if (opened === undefined) {
      tally.refusedOpens += 1;
      const left = contents(log);
      if (left !== found) throw new Error(`a refused open left ${left} instead of ${found}`);
      if (disk.freeBytes >= free) return;
      throw new Error(`of ${free} free bytes a refused open left ${disk.freeBytes}`);
    }
    tally.opensWhileFull += 1;
    const shown = await viewLog(opened, seed);
    ledger.check(shown);
    ledger.opened(shown.lastLsn);
    // There may be room for a record or two, but not for long.
    lives += 1;
    const refusals = await appendUntilRefused(opened, { seed, life: lives, random, ledger });
    for (const error of refusals) requireCode(error, "WAL_NO_SPACE");
    await errorOf(opened.close());
  }
}

/**
 * Groups of records, alone or blocking, until some are refused; resolves to what these were told.
 * @param {Wal} wal
 * @param {{ seed: number, life: number, random: SeededRandom, ledger: Ledger }} context
 */
async function appendUntilRefused(wal, { seed, life, random, ledger }) {
  const blocking = random.chance(0.25);
  for (;;) {
    const burst = blocking ? 1 : 1 + random.below(30);
    const calls = Array.from({ length: burst }, () =>
      appendOne(wal, { seed, life, ledger, blocking }),
    );
    const refused = (await Promise.allSettled(calls)).flatMap((answer) =>
      answer.status === "rejected" ? [/** @type {unknown} */ (answer.reason)] : [],
    );
    if (refused.length > 0) return refused;
  }
}

/**
 * @param {Wal} wal
 * @param {{ seed: number, life: number, ledger: Ledger, blocking?: boolean }} context
 */
async function appendOne(wal, { seed, life, ledger, blocking = false }) {
  const lsn = wal.nextLsn;
  const record = recordOf(seed, { life, lsn, batchFirst: lsn, batchCount: 1 });
  if (blocking) wal.appendSync(record);
  else await wal.append(record, { durability: "synchronous" });
  ledger.acknowledge(life, lsn, lsn);
}

/** @param {Promise<unknown>} call */
async function errorOf(call) {
  try {
    await call;
  } catch (error) {
    return error;
  }
  return undefined;
}

/**
 * @param {unknown} error
 * @param {import("@stria/core").WalErrorCode} code
 */
function requireCode(error, code) {
  if (!isWalError(error, code)) throw new Error(`${code} was expected`, { cause: error });
}

/**
 * Names and sizes of what holds bytes. A refused open may leave the empty file it could not fill: its
 * segment id is spent.
 * @param {string} log
 */
function contents(log) {
  return sizes(log)
    .filter(({ size }) => size > 0)
    .map(({ name, size }) => `${name} of ${size}`)
    .join(", ");
}

/** @param {string} log */
function sizes(log) {
  const names = readdirSync(log).filter((name) => name.endsWith(".wal"));
  return names.map((name) => ({ name, size: statSync(join(log, name)).size }));
}
