/** The example without a build step does what it says: entries survive a reload and show in another tab. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright";
import type { BrowserContext } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumLaunch, removeProfile } from "../../../scripts/chromium.mjs";
import { whyNot } from "./support/site.ts";

const program = fileURLToPath(new URL("../../../examples/browser/serve.mjs", import.meta.url));

describe.skipIf(whyNot() !== undefined)("the example page", () => {
  const profile = mkdtempSync(join(tmpdir(), "stria-example-"));
  let server: ChildProcess;
  let context: BrowserContext;
  let address: string;

  beforeAll(async () => {
    server = spawn(process.execPath, [program], {
      env: { ...process.env, PORT: "0" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(server.stdout!, "data")) as [Buffer];
    address = line.toString().trim();
    context = await chromium.launchPersistentContext(profile, {
      ...chromiumLaunch(),
      headless: true,
    });
  });

  afterAll(async () => {
    await context?.close();
    server.kill();
    await removeProfile(profile);
  });

  test("keeps what is written", async () => {
    const page = await context.newPage();
    await page.goto(address);
    await page.getByRole("textbox").fill("dear diary");
    await page.getByRole("button").click();
    await page.getByText(/dear diary/u).waitFor();
    await page.reload();
    await page.getByText(/dear diary/u).waitFor();
    const other = await context.newPage();
    await other.goto(address);
    await other.getByText(/dear diary/u).waitFor();
    await page.getByRole("textbox").fill("from the first tab");
    await page.getByRole("button").click();
    await other.getByText(/from the first tab/u).waitFor();
    expect(await other.getByRole("listitem").count()).toBe(2);
  });
});
