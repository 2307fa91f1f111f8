/**
 * Events over HTTP: 202 means the event is on disk and survives whatever comes.
 *   POST /events   the body is the event
 *   GET  /events   what is durable so far, a line each; ?from=LSN
 *   GET  /health   200 or 503
 *   GET  /metrics  for Prometheus
 */
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { Wal, isWalError } from "@stria/core";
import { nodeStorage } from "@stria/node-fs";
import { metrics } from "./metrics.js";

const directory = process.argv[2]
  ? pathToFileURL(process.argv[2])
  : new URL("data/", import.meta.url);
const { PORT = "8080", MAX_BODY_BYTES = "65536", MAX_PER_CLIENT = "64" } = process.env;
const { STRIPE_BYTES = String(1024 * 1024), MAX_WAIT_MS = "250" } = process.env;

const wal = await Wal.open({
  storage: nodeStorage(directory),
  // One sync for everybody who came while the last one ran.
  durability: { mode: "synchronous" },
  // How much may wait for the disk, and for how long, before clients are told to come back later.
  stripeBytes: Number(STRIPE_BYTES),
  maxAppendBlockMs: Number(MAX_WAIT_MS),
  onEvent(event) {
    if (event.type === "poison") console.error(`the log failed: ${event.error.message}`);
  },
});

/** Requests of each client that have no answer yet. @type {Map<string, number>} */
const unanswered = new Map();
const answers = new Map();

const server = createServer((request, response) => {
  handle(request, response).catch((error) => refuse(response, error));
});

async function handle(request, response) {
  if (!URL.canParse(request.url, "http://localhost")) throw new HttpError(400, "no such address");
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  const route = `${request.method} ${pathname}`;
  if (route === "POST /events") await ingest(request, response);
  else if (route === "GET /events") await list(searchParams, response);
  else if (route === "GET /health") {
    const { ok, reason } = wal.health;
    answer(response, ok ? 200 : 503, { ok, reason });
  } else if (route === "GET /metrics") {
    response.setHeader("Content-Type", "text/plain; version=0.0.4");
    response.end(metrics(wal, answers));
  } else answer(response, 404, { error: "not found" });
}

async function ingest(request, response) {
  const client = request.socket.remoteAddress;
  const waiting = unanswered.get(client) ?? 0;
  // 429: this client alone wants too much.
  if (waiting >= Number(MAX_PER_CLIENT)) throw new HttpError(429, "too many at once");
  unanswered.set(client, waiting + 1);
  try {
    const lsn = await wal.append(await bodyOf(request));
    answer(response, 202, { lsn });
  } finally {
    const left = unanswered.get(client) - 1;
    if (left === 0) unanswered.delete(client);
    else unanswered.set(client, left);
  }
}

async function list(searchParams, response) {
  const from = Number(searchParams.get("from") ?? wal.firstLsn);
  if (!Number.isSafeInteger(from) || from < 1) throw new HttpError(400, "from must be an LSN");
  response.setHeader("Content-Type", "application/x-ndjson");
  // Bodies are somebody else's bytes: as text only what is text.
  for await (const { lsn, timestamp, payload } of wal.read({ from })) {
    const event = new TextDecoder().decode(payload);
    const isTaken = response.write(`${JSON.stringify({ lsn, timestamp, event })}\n`);
    if (response.destroyed) return;
    if (!isTaken)
      await new Promise((resolve) => response.once("drain", resolve).once("close", resolve));
  }
  response.end();
}

async function bodyOf(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > Number(MAX_BODY_BYTES)) throw new HttpError(413, `at most ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  if (bytes === 0) throw new HttpError(400, "an event has a body");
  return Buffer.concat(chunks);
}

class HttpError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** No 202: the client must send the event again. Whoever cannot take it twice puts an id into it. */
function refuse(response, error) {
  if (response.headersSent) return void response.destroy(error);
  if (error instanceof HttpError) return answer(response, error.status, { error: error.message });
  // 503: the disk is slower than all clients together, or the log is closing.
  const isBusy = isWalError(error, "WAL_BACKPRESSURE") || isWalError(error, "WAL_CLOSED");
  if (isBusy) return answer(response, 503, { error: "busy" });
  if (isWalError(error, "WAL_NO_SPACE")) return answer(response, 507, { error: "disk full" });
  if (isWalError(error, "WAL_GAP")) return answer(response, 410, { error: error.message });
  // A client that went away in the middle of its body needs no answer, and is no failure of ours.
  if (error.code !== "ECONNRESET") console.error(error);
  answer(response, 500, { error: "unknown: it may or may not be kept" });
}

function answer(response, status, body) {
  answers.set(status, (answers.get(status) ?? 0) + 1);
  if (status === 429 || status === 503) response.setHeader("Retry-After", "1");
  // The rest of a body that was refused is not waited for, nor one more request after the last.
  if (status >= 400 || !server.listening) response.setHeader("Connection", "close");
  response.statusCode = status;
  response.setHeader("Content-Type", "application/json");
  response.end(`${JSON.stringify(body)}\n`);
}

/** What was accepted gets its answer; then the log is closed. A second signal ends the process at once. */
async function shutDown() {
  server.close();
  server.closeIdleConnections();
  // A client that does not finish what it began must not keep the server alive.
  setTimeout(() => server.closeAllConnections(), 5000).unref();
  await new Promise((resolve) => server.once("close", resolve));
  await wal.close();
  console.log("closed");
}
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void shutDown());

server.listen(Number(PORT), "localhost", () => {
  console.log(`http://localhost:${server.address().port}/events, ${wal.durableLsn} events so far`);
});
