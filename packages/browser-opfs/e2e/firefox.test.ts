/**
 * The same deaths in Firefox, which starts and ends at its leisure: with STRIA_BROWSERS=all only. The number
 * of each kind is STRIA_KILLS, 2 if it is not set.
 */
import { afterAll, beforeAll, describe, test } from "vitest";
import {
  browsersKilled,
  deathsTimeoutMs,
  tabsClosed,
  workersTerminated,
} from "./support/deaths.ts";
import { inEarnest, Site, whyNoFirefox } from "./support/site.ts";

describe.skipIf(!inEarnest || whyNoFirefox() !== undefined)(
  "in Firefox, acknowledged records outlive",
  () => {
    let site: Site;
    beforeAll(async () => {
      site = await Site.start();
    });
    afterAll(() => site.close());

    test.each([
      ["tabs closed", tabsClosed],
      ["browsers killed", browsersKilled],
      ["workers terminated", workersTerminated],
    ])("%s under load", { timeout: deathsTimeoutMs }, (_what, die) =>
      die({ site, browser: "firefox" }),
    );
  },
);
