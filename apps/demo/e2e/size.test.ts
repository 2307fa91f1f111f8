/** What a visitor downloads before doing anything stays small; so does what starting the log adds. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Demo, whyNot } from "./support/demo.ts";

const most = 60_000;

describe.skipIf(whyNot() !== undefined)("the page loads in under 60 kB", () => {
  let demo: Demo;
  beforeAll(async () => {
    demo = await Demo.start();
  });
  afterAll(() => demo.close());

  test("everything the first view asks for, gzipped", async () => {
    const bodies: Promise<Buffer>[] = [];
    demo.context.on("response", (response) => bodies.push(response.body()));
    const page = await demo.visit("");
    await page.getByRole("button", { name: "Start" }).waitFor();
    await page.waitForLoadState("networkidle");
    const loaded = await Promise.all(bodies);
    const bytes = loaded.reduce((sum, body) => sum + gzipSync(body).length, 0);
    // The page, its style and its script at least: otherwise nothing was measured.
    expect(loaded.length).toBeGreaterThan(3);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(most);
  });
});
