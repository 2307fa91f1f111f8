/**
 * A log under load in a tab: many callers append numbered records, and every acknowledgement the page
 * gets is told to the test, which outlives the page.
 */
import { expect } from "vitest";
import type { Page } from "playwright";
import type * as bundle from "../../src/page.ts";

/** What the page's script calls the bundle. */
declare global {
  var stria: typeof bundle;
  var wal: bundle.TabWal;
  var told: (from: string) => Promise<void>;
}

/** Acknowledged records: LSN and text. */
export type Acknowledged = Map<number, string>;

export type TabOptions = Omit<bundle.OpenWalOptions, "signal" | "worker" | "onEvent">;

/** Opens the log of the tab; rejects with the error's code where there is one. */
export async function openIn(tab: Page, options: TabOptions): Promise<void> {
  const code = await tab.evaluate(async (given) => {
    try {
      globalThis.wal = await stria.openWal(given);
      return "";
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
  }, options);
  if (code !== "") throw new Error(code);
}

/** Who hears the acknowledgements of a tab: one listener after the other, over one exposed function. */
const listeners = new WeakMap<Page, (line: string) => void>();

async function listen(tab: Page, listener: (line: string) => void): Promise<void> {
  const isNew = !listeners.has(tab);
  listeners.set(tab, listener);
  if (isNew) await tab.exposeFunction("told", (line: string) => listeners.get(tab)?.(line));
}

/** Starts callers that append for ever; resolves when `enough` records have been acknowledged. */
export async function loadIn(
  tab: Page,
  acknowledged: Acknowledged,
  given: { label: string; callers: number; enough: number },
): Promise<void> {
  let seen = 0;
  let reached: (() => void) | undefined;
  const enough = new Promise<void>((resolve) => {
    reached = resolve;
  });
  await listen(tab, (line) => {
    for (const entry of line.split("\n")) {
      const at = entry.indexOf(" ");
      acknowledged.set(Number(entry.slice(0, at)), entry.slice(at + 1));
      if (++seen === given.enough) reached?.();
    }
  });
  await tab.evaluate(({ label, callers }) => {
    let lines: string[] = [];
    const report = (): void => {
      // One message a turn, or the report would be slower than the log.
      if (lines.length > 0) void told(lines.join("\n"));
      lines = [];
    };
    const run = async (caller: number): Promise<void> => {
      for (let i = 0; ; i++) {
        const text = `${label}/${caller}/${i}`;
        const lsn = await wal.append(new TextEncoder().encode(text));
        if (lines.push(`${lsn} ${text}`) === 1) setTimeout(report);
      }
    };
    for (let caller = 0; caller < callers; caller++) {
      run(caller).catch((error: unknown) => {
        Object.assign(globalThis, { loadError: error });
      });
    }
  }, given);
  await enough;
}

/** All records from an LSN on, by LSN. */
export async function recordsIn(tab: Page, from = 1): Promise<Acknowledged> {
  const entries = await tab.evaluate(async (first) => {
    const found: [number, string][] = [];
    for await (const { lsn, payload } of wal.read({ from: first })) {
      found.push([lsn, new TextDecoder().decode(payload)]);
    }
    return found;
  }, from);
  return new Map(entries);
}

/** Every acknowledgement is kept, at its LSN, and LSNs are dense from the first one asked for. */
export function expectKept(found: Acknowledged, acknowledged: Acknowledged, from = 1): void {
  expect(acknowledged.size).toBeGreaterThan(0);
  const lost = [...acknowledged].filter(([lsn, text]) => found.get(lsn) !== text);
  expect(lost).toEqual([]);
  expect([...found.keys()]).toEqual(Array.from(found, (_, i) => from + i));
}
