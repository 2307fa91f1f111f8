/**
 * Runs the browser's cases, all in one Chromium with one profile on the measured disk, so that a flush
 * is a real sync. Every case gets a tab of its own and an empty origin; the order is random, as elsewhere.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { chromium, type BrowserContext } from "playwright-core";
import type { Case, Measurement } from "../job.ts";
import { inRandomOrder, type RunOptions, type Sample, type Skipped } from "../runner.ts";
import { startSite, type Site } from "./site.ts";

/** What came of it. */
export interface BrowserRun {
  readonly samples: readonly Sample[];
  readonly skipped: readonly Skipped[];
  /** Of the browser; `undefined` where there is none. */
  readonly version: string | undefined;
}

/** What the repository's tests find Chromium with. */
interface Finder {
  readonly findChromium: () => string | undefined;
  readonly chromiumLaunch: () => { executablePath?: string; args: string[] };
}

/** The page's function, see `bench/page/main.ts`. */
declare const measure: (job: unknown) => Promise<Measurement>;

const TIMEOUT_MS = 120_000;

export async function runInBrowser(
  cases: readonly Case[],
  options: RunOptions,
): Promise<BrowserRun> {
  const finder = new URL("../../../scripts/chromium.mjs", import.meta.url);
  const { findChromium, chromiumLaunch } = (await import(finder.href)) as Finder;
  if (findChromium() === undefined) {
    const reason = "no Chromium found; CHROMIUM_PATH can name one";
    const skipped = cases.map(({ row, contestant }) => ({ row, contestant, reason }));
    return { samples: [], skipped, version: undefined };
  }
  mkdirSync(options.directory, { recursive: true });
  const profile = mkdtempSync(join(options.directory, "chromium-"));
  const site = await startSite();
  const context = await chromium.launchPersistentContext(profile, {
    ...chromiumLaunch(),
    headless: true,
  });
  try {
    const samples: Sample[] = [];
    const skipped: Skipped[] = [];
    for (let round = 1; round <= options.rounds; round++) {
      options.say(`browser, round ${round} of ${options.rounds}: ${cases.length} cases`);
      for (const one of inRandomOrder(cases)) {
        try {
          const measurement = await inTab(context, site, { ...one, ...options });
          samples.push({ case: one, round, measurement });
          if (measurement.readBack.startsWith("no:")) {
            options.say(`  ${one.row}: ${one.contestant}: ${measurement.readBack}`);
          }
        } catch (error) {
          const { row, contestant } = one;
          const reason = String(error).split("\n")[0] ?? "";
          skipped.push({ row, contestant, reason });
          options.say(`  skipped ${row}: ${contestant}: ${reason}`);
        }
      }
    }
    return { samples, skipped, version: context.browser()?.version() };
  } finally {
    await context.close();
    await site.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function inTab(
  context: BrowserContext,
  site: Site,
  one: Case & Pick<RunOptions, "warmUpMs" | "measureMs">,
): Promise<Measurement> {
  const { row, work, contestant, payloadBytes, inFlight, records, trimmed } = one;
  const { warmUpMs, measureMs } = one;
  const job = { row, work, contestant, payloadBytes, inFlight, records, trimmed };
  const page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT_MS);
  try {
    await page.goto(site.address(contestant.includes("isolated")));
    await page.waitForFunction(() => "measure" in globalThis);
    const given = { ...job, warmUpMs, measureMs };
    const measured = page.evaluate((asked) => measure(asked), given);
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error("no answer in time")), TIMEOUT_MS).unref();
    });
    return await Promise.race([measured, late]);
  } finally {
    await page.close();
  }
}
