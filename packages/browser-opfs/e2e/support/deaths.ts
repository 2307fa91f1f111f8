/** The ways a log in a browser dies under load, any number of times; each ends with everything acknowledged still there. */
import { expect } from "vitest";
import { Lives, withOwnWorker } from "./lives.ts";
import type { Browser, Site } from "./site.ts";

/** Deaths of each kind. */
export const deaths: number = Number(process.env["STRIA_KILLS"] ?? 2);
/** For a test of so many deaths, on a slow machine. */
export const deathsTimeoutMs: number = 60_000 + deaths * 30_000;

/** Where a log lives and dies. */
export interface Place {
  readonly site: Site;
  readonly browser?: Browser;
}

export async function workersTerminated(place: Place): Promise<void> {
  const lives = new Lives("hosts");
  const tab = await place.site.tab("/", place.browser);
  for (let death = 0; death < deaths; death++) {
    await lives.begin(tab, withOwnWorker);
    const closed = await tab.evaluate(() => {
      hostOfLog.terminate();
      return wal.close().catch((error: { code?: string }) => error.code);
    });
    expect(["WAL_OUTCOME_UNKNOWN", undefined]).toContain(closed);
  }
  await tab.close();
  await finish(place, lives);
}

export async function tabsClosed(place: Place): Promise<void> {
  const lives = new Lives("tabs");
  for (let death = 0; death < deaths; death++) {
    const tab = await place.site.tab("/", place.browser);
    await lives.begin(tab);
    await tab.close();
  }
  await finish(place, lives);
}

/** Chromium's. */
export async function renderersKilled(place: Place): Promise<void> {
  const lives = new Lives("renderers");
  for (let death = 0; death < deaths; death++) {
    const tab = await place.site.tab();
    await lives.begin(tab);
    const crashed = new Promise((resolve) => tab.once("crash", resolve));
    place.site.killRenderers();
    await crashed;
    await tab.close();
  }
  await finish(place, lives);
}

export async function browsersKilled(place: Place): Promise<void> {
  const lives = new Lives("browsers");
  for (let death = 0; death < deaths; death++) {
    await lives.begin(await place.site.tab("/", place.browser));
    await place.site.killBrowser();
  }
  await finish(place, lives);
}

async function finish({ site, browser = "chromium" }: Place, lives: Lives): Promise<void> {
  const tab = await site.tab("/", browser);
  await lives.end(tab);
  await tab.close();
  const { name, acknowledgements } = lives;
  // A storm says what it has done; an ordinary run is silent.
  if (deaths > 3)
    console.log(`${browser}: ${deaths} deaths of ${name}, ${acknowledgements} records kept`);
}
