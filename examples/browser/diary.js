/**
 * A diary in a write-ahead log on the browser's private file system. No build step: the bundle holds
 * everything, and its worker lies next to it. Open it in two tabs: they share one log.
 */
import { openWal } from "../../packages/browser-opfs/dist/bundle/stria.js";

const form = document.querySelector("form");
const input = document.querySelector("input");
const button = document.querySelector("button");
const list = document.querySelector("ol");
const output = document.querySelector("output");

try {
  const wal = await openWal({ name: "diary", tabs: "shared" });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void keep(wal, input.value);
    form.reset();
  });
  button.disabled = false;
  const { concerns } = await wal.storageReport();
  output.value = concerns.length === 0 ? "open" : `open; ${concerns.join("; ")}`;
  // Everything there is, and then everything that comes, from this tab and from others.
  for await (const { payload, timestamp } of wal.read({ from: wal.firstLsn, follow: true })) {
    const item = document.createElement("li");
    item.textContent = `${new Date(timestamp).toLocaleString()}: ${new TextDecoder().decode(payload)}`;
    list.append(item);
  }
} catch (error) {
  output.value = `${error.code ?? error.name}: ${error.message}`;
}

async function keep(wal, entry) {
  try {
    const started = performance.now();
    const lsn = await wal.append(new TextEncoder().encode(entry));
    // The record is on the disk now: killing the browser cannot undo it.
    output.value = `record ${lsn} was durable after ${(performance.now() - started).toFixed(1)} ms`;
  } catch (error) {
    output.value = `not kept: ${error.message}`;
  }
}
