// What a seal and an open cost per frame, for every implementation this runtime has. Run the same
// file in each runtime after a build:
//
//     node bench/suites.mjs        deno run -A bench/suites.mjs        bun bench/suites.mjs
//
// and in a browser, from this package: `pnpm exec vite`, then open /bench/suites.html.
//
// Medians of interleaved rounds; one frame per call, 56 bytes of AAD, a fresh nonce each time.
import { nativeAead } from "../dist/aead/native-aead.js";
import { nobleAead } from "../dist/aead/noble-aead.js";

const rounds = 9;
const roundMs = 40;
const sizes = [256, 8192, 65536, 262144];
const suites = ["aes-256-gcm", "chacha20-poly1305"];

const aeads = suites
  .flatMap((suite) => [nativeAead(suite), nobleAead(suite)])
  .filter((aead) => aead !== undefined);

const key = crypto.getRandomValues(new Uint8Array(32));
const aad = new Uint8Array(56);
let counter = 0;

function freshNonce() {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(8, ++counter);
  return nonce;
}

function makeSeal(aead, size) {
  const [plaintext, target] = [new Uint8Array(size).fill(7), new Uint8Array(size + 16)];
  return () => aead.seal({ key, nonce: freshNonce(), aad }, plaintext, target);
}

function makeOpen(aead, size) {
  const [sealed, target] = [new Uint8Array(size + 16), new Uint8Array(size)];
  const input = { key, nonce: freshNonce(), aad };
  aead.seal(input, new Uint8Array(size).fill(7), sealed);
  return () => {
    if (!aead.open(input, sealed, target)) throw new Error("the frame did not open");
  };
}

function microsecondsPerCall(run) {
  const start = performance.now();
  let calls = 0;
  do {
    for (let burst = 0; burst < 8; burst++) run();
    calls += 8;
  } while (performance.now() - start < roundMs);
  return ((performance.now() - start) / calls) * 1000;
}

// WebCrypto for comparison: it has no synchronous call, so one frame after the other is awaited.
async function webCryptoMicroseconds(size) {
  const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
  const plaintext = new Uint8Array(size).fill(7);
  const start = performance.now();
  let calls = 0;
  do {
    const algorithm = { name: "AES-GCM", iv: freshNonce(), additionalData: aad };
    await crypto.subtle.encrypt(algorithm, imported, plaintext);
    calls++;
  } while (performance.now() - start < roundMs);
  return ((performance.now() - start) / calls) * 1000;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function runtimeName() {
  if (globalThis.Deno) return `Deno ${globalThis.Deno.version.deno}`;
  if (globalThis.Bun) return `Bun ${globalThis.Bun.version}`;
  return globalThis.process ? `Node ${process.versions.node}` : navigator.userAgent;
}

const cases = aeads.flatMap((aead) =>
  sizes.flatMap((size) => [
    { aead, size, verb: "seal", run: makeSeal(aead, size), times: [] },
    { aead, size, verb: "open", run: makeOpen(aead, size), times: [] },
  ]),
);
for (const { run } of cases) microsecondsPerCall(run);
const webCrypto = sizes.map((size) => ({ size, times: [] }));
for (let round = 0; round < rounds; round++) {
  for (const one of cases) one.times.push(microsecondsPerCall(one.run));
  for (const one of webCrypto) one.times.push(await webCryptoMicroseconds(one.size));
}

console.log(`${runtimeName()}: seal / open, microseconds per frame, median of ${rounds}`);
console.log(`| suite | implementation | ${sizes.map((size) => `${size} B`).join(" | ")} |`);
console.log(`|---|---|${sizes.map(() => "---").join("|")}|`);
for (const aead of aeads) {
  const cells = sizes.map((size) =>
    ["seal", "open"]
      .map((verb) => cases.find((c) => c.aead === aead && c.size === size && c.verb === verb))
      .map((found) => median(found.times).toFixed(1))
      .join(" / "),
  );
  console.log(`| ${aead.suite} | ${aead.implementation} | ${cells.join(" | ")} |`);
}
const cells = webCrypto.map(({ times }) => `${median(times).toFixed(1)} / –`);
console.log(`| aes-256-gcm | WebCrypto, awaited | ${cells.join(" | ")} |`);
