/** Examples that run to their end: what they print, at first and when they find what they left. */
import { cpSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run, temporaryDirectory } from "./run-example.ts";

test("event-sourcing: commands, refusals, and the state back then", async () => {
  const start = { args: ["main.js", join(temporaryDirectory(), "data")] };
  expect(await run("event-sourcing", start)).toEqual({
    code: 0,
    lines: [
      "a new bank",
      'open: {"type":"opened","account":"ada"}',
      'open: {"type":"opened","account":"bob"}',
      'deposit: {"type":"deposited","account":"ada","cents":100}',
      'transfer: {"type":"transferred","from":"ada","to":"bob","cents":80}',
      "transfer refused: ada has too little",
      "now: ada 20, bob 80",
      "after event 1: ada 0",
    ],
  });
  const { lines } = await run("event-sourcing", start);
  expect(lines.slice(0, 3)).toEqual([
    "4 events from earlier runs",
    "open refused: ada is open already",
    "open refused: bob is open already",
  ]);
  expect(lines.slice(-2)).toEqual(["now: ada 40, bob 160", "after event 5: ada 120, bob 80"]);
});

test("follow: the index inside and the mailer outside see every order once", async () => {
  const start = { args: ["main.js", join(temporaryDirectory(), "data")] };
  for (const first of [1, 4]) {
    const { code, lines } = await run("follow", start);
    expect(code).toBe(0);
    expect(lines.filter((line) => line.startsWith("mail"))).toEqual([
      `mail for order ${first}: tea for ada`,
      `mail for order ${first + 1}: coffee for bob`,
      `mail for order ${first + 2}: tea for grace`,
    ]);
    expect(lines).toContain(`index: "tea" is in ${first === 1 ? 2 : 4} orders`);
  }
});

test("multi-thread: every reading once and in order, whoever dies", async () => {
  const start = { args: ["main.js", join(temporaryDirectory(), "data")] };
  for (let time = 0; time < 2; time++) {
    expect(await run("multi-thread", start)).toEqual({
      code: 0,
      lines: [
        "kitchen: 1000 readings",
        "cellar: 1000 readings",
        "attic: 1000 readings",
        "garden: at least 10, then it was terminated",
        "stripes in use: 1, the log's own",
      ],
    });
  }
});

test("audit-log: each attack is noticed and named", async () => {
  const { code, lines } = await run("audit-log", { args: ["main.js"] });
  expect(code).toBe(0);
  expect(lines).toHaveLength(4);
  expect(lines[0]).toBe("untouched: 2 entries, all sound");
  expect(lines[1]).toMatch(/^one byte changed: damaged: \d+\.wal: /u);
  expect(lines[2]).toMatch(/^an old copy put back: WAL_ROLLBACK: /u);
  expect(lines[3]).toMatch(/^another key: WAL_UNKNOWN_KEY: /u);
});

test("audit-log: entries are listed, unreadable on disk, and missing ones are missed", async () => {
  const place = temporaryDirectory();
  const env = { AUDIT_DIR: place };
  const audit = (...args: string[]) => run("audit-log", { args: ["main.js", ...args], env });
  const recorded = await audit("record", "ada", "opened", "the", "vault");
  expect(recorded.lines).toEqual(["entry 1 is on disk"]);
  const log = join(place, "log");
  cpSync(log, join(place, "old"), { recursive: true });
  await audit("record", "bob", "closed it");
  const { lines } = await audit("list");
  expect(lines.map((line) => line.replace(/ {2}\S+ {2}/u, " "))).toEqual([
    "1 ada: opened the vault",
    "2 bob: closed it",
  ]);
  expect((await audit("verify")).lines).toEqual(["2 entries, each as it was written"]);
  for (const name of readdirSync(log)) {
    expect(readFileSync(join(log, name)).includes("vault")).toBe(false);
  }
  const head = readFileSync(join(place, "head.json"), "utf8");
  rmSync(log, { recursive: true });
  cpSync(join(place, "old"), log, { recursive: true });
  const cut = await audit("verify");
  expect(cut.code).toBe(1);
  expect(cut.lines.join("\n")).toMatch(/WAL_ROLLBACK/u);
  expect(readFileSync(join(place, "head.json"), "utf8")).toBe(head);
  expect((await audit("erase")).code).toBe(2);
});
