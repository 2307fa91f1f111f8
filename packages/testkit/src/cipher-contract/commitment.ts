/**
 * Keys: the header names one and commits to it, so that a key that is missing, one that is wrong and
 * a suite nobody knows are three findings, made before any frame is read.
 */
import { type CipherHeader, isWalError, type WalErrorCode } from "@stria/core";
import type { CipherContractKey, ContractSubject, ContractTest } from "./cipher-contract.ts";
import {
  check,
  checkRejects,
  checkThrows,
  currentKey,
  flipped,
  newSegment,
  olderKey,
  open,
  patternBytes,
  place,
  same,
  seal,
} from "./fixture.ts";

/** Tests of headers and root keys. */
export function commitmentTests(subject: ContractSubject): ContractTest[] {
  return [
    { name: "writes a header of the fixed sizes, without the key", run: () => shape(subject) },
    { name: "opens segments of older keys and seals under the first", run: () => rotated(subject) },
    { name: "tells a wrong key from everything else", run: () => wrongKey(subject) },
    { name: "tells a missing key, and falls back to no other", run: () => missingKey(subject) },
    { name: "holds header and key together by the commitment", run: () => commits(subject) },
    { name: "refuses a suite it does not know", run: () => unknownSuite(subject) },
  ];
}

async function shape(subject: ContractSubject): Promise<void> {
  const { header } = await newSegment(subject);
  check(
    Number.isInteger(header.suite) && header.suite >= 1 && header.suite <= 255,
    "suite 1 to 255",
  );
  check(same(header.keyId, currentKey.id), "the id of the first key");
  check(header.salt.length === 32, "a salt of 32 bytes");
  check(header.commitment.length === 32, "a commitment of 32 bytes");
  check(
    header.commitment.some((byte) => byte !== 0),
    "a commitment that is not zero",
  );
  for (const part of [header.salt, header.commitment]) {
    check(!same(part, currentKey.key), "no key in the header");
  }
}

async function rotated(subject: ContractSubject): Promise<void> {
  const before = await subject.create([olderKey]);
  await before.prepare([]);
  const old = before.createSegment(place);
  const body = patternBytes(40, 1);
  const sealed = seal(old.cipher, 1, body);
  const after = await subject.create([currentKey, olderKey]);
  await after.prepare([old.header.keyId]);
  check(same(open(after.openSegment(place, old.header), 1, sealed), body), "the old frame to open");
  const { header } = after.createSegment({ ...place, segmentId: place.segmentId + 1 });
  check(same(header.keyId, currentKey.id), "a new segment under the first key");
}

async function wrongKey(subject: ContractSubject): Promise<void> {
  const { header } = await newSegment(subject);
  for (const at of [0, 31]) {
    const impostor: CipherContractKey = { id: currentKey.id, key: flipped(currentKey.key, at) };
    const cipher = await subject.create([impostor]);
    await cipher.prepare([header.keyId]);
    throwsCode(
      () => cipher.openSegment(place, header),
      "WAL_WRONG_KEY",
      "a key with one bit wrong",
    );
  }
}

async function missingKey(subject: ContractSubject): Promise<void> {
  const { header } = await newSegment(subject);
  const cipher = await subject.create([olderKey]);
  await checkRejects(
    cipher.prepare([header.keyId]),
    "WAL_UNKNOWN_KEY",
    "prepare() to reject with WAL_UNKNOWN_KEY",
  );
  await cipher.prepare([]);
  throwsCode(() => cipher.openSegment(place, header), "WAL_UNKNOWN_KEY", "a key that is not there");
}

async function commits(subject: ContractSubject): Promise<void> {
  const { header } = await newSegment(subject);
  const cipher = await subject.create([currentKey]);
  await cipher.prepare([header.keyId]);
  const edited: readonly (readonly [string, CipherHeader])[] = [
    ...[0, 15, 31].map((at) => ["salt", { ...header, salt: flipped(header.salt, at) }] as const),
    ...Array.from({ length: 32 }, (_, at) => {
      return ["commitment", { ...header, commitment: flipped(header.commitment, at) }] as const;
    }),
  ];
  for (const [what, changed] of edited) {
    throwsCode(() => cipher.openSegment(place, changed), "WAL_WRONG_KEY", `an edited ${what}`);
  }
  cipher.openSegment(place, header).destroy();
}

async function unknownSuite(subject: ContractSubject): Promise<void> {
  const { header } = await newSegment(subject);
  const cipher = await subject.create([currentKey]);
  await cipher.prepare([header.keyId]);
  const foreign = { ...header, suite: 254 };
  throwsCode(() => cipher.openSegment(place, foreign), "WAL_UNSUPPORTED_CIPHER", "suite 254");
}

function throwsCode(run: () => unknown, code: WalErrorCode, what: string): void {
  checkThrows(run, `${code} for ${what}`, (error) => isWalError(error, code));
}
