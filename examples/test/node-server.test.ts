/** The HTTP server from outside: what it acknowledges, how it says no, how it ends. */
import { request } from "node:http";
import { join } from "node:path";
import { Wal } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";
import { expect, test } from "vitest";
import { Example, temporaryDirectory } from "./run-example.ts";

async function start(directory: string, env: Record<string, string> = {}) {
  const server = new Example("node-server", {
    args: ["main.js", directory],
    env: { PORT: "0", ...env },
  });
  const [url = ""] = /^http:[^,]+/u.exec(await server.line()) ?? [];
  return { server, url, base: url.replace(/\/events$/u, "") };
}

const post = (url: string, body: string) => fetch(url, { method: "POST", body });

/** For a path that `fetch` would not send. */
function statusOf(base: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(base, { path }, (response) => resolve(response.resume().statusCode ?? 0));
    sent.once("error", reject).end();
  });
}

/** A request whose body does not come yet; `finish` sends it and resolves to the status. */
function unfinished(url: string, body: string): { finish: () => Promise<number> } {
  const headers = { "Content-Length": body.length };
  const sent = request(url, { method: "POST", headers });
  const status = new Promise<number>((resolve, reject) => {
    sent.once("error", reject);
    sent.once("response", (response) => resolve(response.resume().statusCode ?? 0));
  });
  sent.write(body.slice(0, 1));
  return {
    finish() {
      sent.end(body.slice(1));
      return status;
    },
  };
}

test("202 names the record; list, health, metrics and refusals", async () => {
  const { server, url, base } = await start(join(temporaryDirectory(), "data"));
  for (const lsn of [1, 2]) {
    const response = await post(url, `event ${lsn}`);
    expect([response.status, await response.json()]).toEqual([202, { lsn }]);
  }
  const lines = (await (await fetch(`${url}?from=2`)).text()).trim().split("\n");
  const events = lines.map((line) => JSON.parse(line) as object);
  expect(events).toMatchObject([{ lsn: 2, event: "event 2" }]);
  expect((await post(url, "")).status).toBe(400);
  expect((await post(url, "x".repeat(65_537))).status).toBe(413);
  expect((await fetch(`${url}?from=none`)).status).toBe(400);
  expect((await fetch(`${base}/nothing`)).status).toBe(404);
  expect(await statusOf(base, "//")).toBe(400);
  expect(await (await fetch(`${base}/health`)).json()).toEqual({ ok: true });
  const page = await (await fetch(`${base}/metrics`)).text();
  expect(page).toMatch(/^wal_records_durable_total 2$/mu);
  expect(page).toMatch(/^wal_up 1$/mu);
  expect(page).toMatch(/^http_answers_total\{status="202"\} 2$/mu);
  // Each line is a comment or a sample, and each metric is described once.
  expect(page).toMatch(/^(?:# (?:HELP|TYPE) \w+ .+\n|\w+(?:\{status="\d+"\})? [\d.]+\n)+$/u);
  const described = [...page.matchAll(/^# TYPE (\w+)/gmu)].map(([, name]) => name);
  expect(new Set(described).size).toBe(described.length);
  server.child.kill("SIGTERM");
  expect(await server.ended).toBe(0);
});

test("killed under load, every event that got its 202 is there", async () => {
  const directory = join(temporaryDirectory(), "data");
  const { server, url } = await start(directory);
  const accepted = new Map<number, string>();
  const clients = Array.from({ length: 20 }, async (_, client) => {
    for (let i = 0; ; i++) {
      const event = `${client}/${i}`;
      const response = await post(url, event);
      const { lsn } = (await response.json()) as { lsn: number };
      accepted.set(lsn, event);
      if (accepted.size === 300) server.child.kill("SIGKILL");
    }
  });
  const outcomes = await Promise.allSettled(clients);
  expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
  await using wal = await Wal.open({ storage: nodeStorage(directory) });
  const found = new Map<number, string>();
  for await (const { lsn, payload } of wal.read())
    found.set(lsn, new TextDecoder().decode(payload));
  expect(accepted.size).toBeGreaterThanOrEqual(300);
  for (const [lsn, event] of accepted) expect([lsn, found.get(lsn)]).toEqual([lsn, event]);
});

test("SIGTERM: what was accepted is answered, then the log is closed", async () => {
  const directory = join(temporaryDirectory(), "data");
  const { server, url } = await start(directory, { MAX_PER_CLIENT: "1" });
  const late = unfinished(url, "late");
  // The server has it in its hands once it refuses the same client another one.
  while ((await post(url, "probe")).status === 202);
  server.child.kill("SIGTERM");
  expect(await late.finish()).toBe(202);
  expect(await server.ended).toBe(0);
  expect(server.lines.at(-1)).toBe("closed");
  await using wal = await Wal.open({ storage: nodeStorage(directory) });
  expect(wal.recovery.tail).toBe("clean");
  const last = await wal.get(wal.durableLsn);
  expect(new TextDecoder().decode(last?.payload)).toBe("late");
});

test("429 to the client that wants too much at once", async () => {
  const { url } = await start(join(temporaryDirectory(), "data"), { MAX_PER_CLIENT: "2" });
  const waiting = [unfinished(url, "one"), unfinished(url, "two")];
  // Until the server has seen both.
  let refused = await post(url, "one too many");
  while (refused.status === 202) refused = await post(url, "one too many");
  expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "1"]);
  expect(await Promise.all(waiting.map(({ finish }) => finish()))).toEqual([202, 202]);
});

test("503 when all together want more than the disk takes", async () => {
  const limits = { STRIPE_BYTES: "1024", MAX_WAIT_MS: "0", MAX_PER_CLIENT: "1000" };
  const { url } = await start(join(temporaryDirectory(), "data"), limits);
  const seen = new Map<number, Response>();
  // The stripe has room for one of these; those that come while it is being written are refused.
  while (!seen.has(503)) {
    const bodies = Array.from({ length: 40 }, () => "x".repeat(600));
    for (const response of await Promise.all(bodies.map((body) => post(url, body)))) {
      seen.set(response.status, response);
      await response.text();
    }
  }
  expect([...seen.keys()].toSorted((a, b) => a - b)).toEqual([202, 503]);
  expect(seen.get(503)?.headers.get("Retry-After")).toBe("1");
  expect((await post(url, "later")).status).toBe(202);
});
