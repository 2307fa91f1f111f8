/** "Look inside" in a real browser: files from a server, the page's own logs, damage shown where it is. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Demo, sticksOut, whyNot } from "./support/demo.ts";

const fixtures = new URL("../../../fixtures/v1/", import.meta.url);
const path = (name: string): string => fileURLToPath(new URL(name, fixtures));
const first = "00000000000000000001.wal";
const second = "00000000000000000002.wal";

async function lookAt(page: Page, files: string[]): Promise<void> {
  await page.getByLabel("Open files …").setInputFiles(files);
}

/** The value the table gives for a field. */
function value(page: Page, field: string): Promise<string> {
  const row = page.getByRole("row").filter({ has: page.getByText(field, { exact: true }) });
  return row.first().getByRole("cell").last().innerText();
}

describe.skipIf(whyNot() !== undefined)("look inside", () => {
  let demo: Demo;
  let page: Page;
  beforeAll(async () => {
    demo = await Demo.start();
    page = await demo.visit("inside");
  });
  afterAll(() => demo.close());

  test("says what to do where there is no log", async () => {
    await page.getByText("There is no log here yet").waitFor();
  });

  test("files from a server: segments, frames, and fields as the format's page has them", async () => {
    await lookAt(page, [path(`carried-tail/${first}`), path(`carried-tail/${second}`)]);
    await page.getByRole("button", { name: /^carried, LSN 4/u }).click();
    await page.getByText("2777158071").waitFor();
    expect(await value(page, "syncedLsn")).toBe("3");
    expect(await value(page, "payload")).toBe("record 4");
    await demo.pictures(page, "inside");
    await page.getByRole("button", { name: /second copy/u }).click();
    await page.getByRole("cell", { name: "STRIAWAL" }).waitFor();
    expect(await value(page, "logId")).toBe("3c7530bdb71e347886b2b41b91c97672");
    expect(await value(page, "predecessor.cutOffset")).toBe("9728");
    await page.getByRole("button", { name: /^mark/u }).click();
    await page.getByRole("cell", { name: "lowLsn" }).waitFor();
    await page.getByRole("button", { name: /^seal/u }).click();
    await page.getByText("recordFrames").waitFor();
    expect(await value(page, "entries")).toBe("2");
    await page.getByRole("button", { name: "Verify" }).click();
    await page.getByText("Sound.").waitFor();
  });

  test("a file that was dropped, under another name", async () => {
    const bytes = readFileSync(path(`sealed-rotation/${first}`));
    const transfer = await page.evaluateHandle(
      (numbers) => {
        const dropped = new DataTransfer();
        dropped.items.add(new File([new Uint8Array(numbers)], "download (1).wal"));
        return dropped;
      },
      [...bytes],
    );
    await page.getByRole("heading", { level: 1 }).dispatchEvent("drop", { dataTransfer: transfer });
    await page.getByRole("region", { name: "Segments" }).getByText("№ 1").waitFor();
    await page.getByRole("button", { name: /first copy/u }).click();
    await page.getByRole("cell", { name: "STRIAWAL" }).waitFor();
    expect(await value(page, "segmentId")).toBe("1");
  });

  test("damage is shown where it is", async () => {
    await lookAt(page, [path(`damaged-record/${first}`)]);
    await page.getByText("WAL_CORRUPT").waitFor();
    await page.getByRole("button", { name: /^not a frame 8,704/u }).click();
    await page.getByText("these bytes are not a frame").waitFor();
    await page.getByRole("button", { name: "Verify" }).click();
    await page.getByText("Damaged.").waitFor();
    await demo.pictures(page, "inside-damage");
  });

  test("an encrypted file shows ciphertext and tag, and no record", async () => {
    await lookAt(page, [path(`encrypted/aes-256-gcm/${first}`)]);
    await page.getByText("ciphertext").waitFor();
    expect(await page.getByText("payload", { exact: true }).count()).toBe(0);
  });

  test("a file that is no segment is told so", async () => {
    await page.getByLabel("Open files …").setInputFiles({
      name: first,
      mimeType: "application/octet-stream",
      buffer: Buffer.alloc(20_000, 7),
    });
    await page
      .getByText(/no readable header/u)
      .first()
      .waitFor();
  });

  test("a log of this page", async () => {
    await page.goto(`${demo.address}#use`);
    await page.getByText(/^Opened in/u).waitFor();
    await page.getByRole("application").focus();
    await page.keyboard.press(" ");
    await page.keyboard.press(" ");
    await page.getByText(/^on the disk after/u).waitFor();
    await page.getByRole("link", { name: "Look inside" }).click();
    await page.getByRole("button", { name: "board" }).click();
    await page.getByRole("button", { name: /^records, LSN 1/u }).click();
    await page.getByText("payload", { exact: true }).first().waitFor();
    expect(await value(page, "payload")).toContain('"type":"begin"');
  });

  test("fits a phone and complains about nothing", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await sticksOut(page)).toBe(false);
    expect(demo.complaints()).toEqual([]);
  });
});
