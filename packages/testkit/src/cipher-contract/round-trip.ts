/**
 * What is sealed opens again, at every size, wherever the buffers lie, as often as it is read; and
 * what lies on disk does not show it.
 */
import type { ContractSubject, ContractTest } from "./cipher-contract.ts";
import {
  aad,
  check,
  checkThrows,
  isRangeError,
  newSegment,
  open,
  patternBytes,
  same,
  seal,
} from "./fixture.ts";

/** Tests of sealing and opening without an adversary. */
export function roundTripTests(subject: ContractSubject): ContractTest[] {
  return [
    { name: "opens what it sealed, at every small size", run: () => everySize(subject) },
    { name: "seals an empty body and a maximal one", run: () => extremes(subject) },
    { name: "adds exactly tagBytes and writes nothing beyond", run: () => exactSize(subject) },
    { name: "seals and opens in place", run: () => inPlace(subject) },
    { name: "leaves what it is given as it was", run: () => inputsUntouched(subject) },
    { name: "opens the same frame twice, and frames in any order", run: () => anyOrder(subject) },
    { name: "hides the body", run: () => hides(subject) },
    { name: "refuses a target that is too small", run: () => smallTarget(subject) },
  ];
}

async function everySize(subject: ContractSubject): Promise<void> {
  const { writer, reader } = await newSegment(subject);
  for (let size = 0; size <= 130; size++) {
    const body = patternBytes(size, size);
    const sealed = seal(writer, size + 1, body);
    check(same(open(reader, size + 1, sealed), body), `${size} bytes to open again`);
  }
}

async function extremes(subject: ContractSubject): Promise<void> {
  const { writer, reader } = await newSegment(subject);
  for (const [at, size] of [0, subject.maxBodyBytes].entries()) {
    const body = patternBytes(size, 9);
    const none = new Uint8Array(0);
    const sealed = seal(writer, at, body, none);
    check(same(open(reader, at, sealed, none), body), `a body of ${size} bytes to open again`);
  }
}

async function exactSize(subject: ContractSubject): Promise<void> {
  const { writer, reader } = await newSegment(subject);
  const body = patternBytes(40, 1);
  check(Number.isInteger(writer.tagBytes) && writer.tagBytes >= 16, "a tag of 16 bytes or more");
  const sealedBytes = body.length + writer.tagBytes;
  const large = new Uint8Array(sealedBytes + 50).fill(0xa5);
  writer.seal(1, aad, body, large);
  check(
    large.subarray(sealedBytes).every((byte) => byte === 0xa5),
    "no byte sealed past the tag",
  );
  const target = new Uint8Array(body.length + 50).fill(0x5a);
  const length = reader.open(1, aad, large.subarray(0, sealedBytes), target);
  check(length === body.length, `open() to return ${body.length}, got ${length}`);
  check(same(target.subarray(0, length), body), "the body at the start of the target");
  check(
    target.subarray(length).every((byte) => byte === 0x5a),
    "no byte opened past the body",
  );
}

async function inPlace(subject: ContractSubject): Promise<void> {
  const { writer, reader } = await newSegment(subject);
  for (const [at, size] of [0, 1, 16, 1000, 5001].entries()) {
    const body = patternBytes(size, 3);
    // An odd offset: frames lie anywhere in the log's buffer.
    const buffer = new Uint8Array(size + writer.tagBytes + 3).subarray(3);
    buffer.set(body);
    writer.seal(at + 1, aad, buffer.subarray(0, size), buffer);
    const length = reader.open(at + 1, aad, buffer, buffer);
    check(length === size, `${size} bytes to open in place, got ${length}`);
    check(same(buffer.subarray(0, size), body), `${size} bytes to be the same after both`);
  }
}

async function inputsUntouched(subject: ContractSubject): Promise<void> {
  const { writer, reader } = await newSegment(subject);
  const [body, clear] = [patternBytes(100, 1), patternBytes(56, 2)];
  const sealed = seal(writer, 1, body, clear);
  const before = sealed.slice();
  open(reader, 1, sealed, clear);
  check(same(body, patternBytes(100, 1)), "the body untouched by sealing");
  check(same(clear, patternBytes(56, 2)), "the AAD untouched");
  check(same(sealed, before), "the sealed bytes untouched by opening");
}

async function anyOrder(subject: ContractSubject): Promise<void> {
  const { writer, reader } = await newSegment(subject);
  const bodies = [1, 2, 3].map((sequence) => patternBytes(50, sequence));
  const frames = bodies.map((body, at) => seal(writer, at + 1, body));
  for (const at of [2, 0, 1, 1, 0, 2]) {
    const frame = frames[at] ?? new Uint8Array(0);
    check(same(open(reader, at + 1, frame), bodies[at] ?? frame), `frame ${at + 1} to open again`);
  }
}

async function hides(subject: ContractSubject): Promise<void> {
  const { writer, header } = await newSegment(subject);
  const body = patternBytes(64, 1);
  const sealed = [1, 2, 257, 65_537, 2 ** 24 + 1, 2 ** 31].map((at) => seal(writer, at, body));
  for (const [at, bytes] of sealed.entries()) {
    // Eight equal bytes in a row by chance: once in 2^64.
    check(!shareRun(bytes, body, 8), "no run of the body in the sealed bytes");
    const others = sealed.slice(at + 1);
    check(!others.some((other) => shareRun(other, bytes, 8)), "another key stream per sequence");
  }
  const fresh = await newSegment(subject);
  check(!same(fresh.header.salt, header.salt), "a fresh salt for every segment");
  const again = seal(fresh.writer, 1, body);
  check(!sealed.some((bytes) => shareRun(bytes, again, 8)), "another key stream per segment");
}

async function smallTarget(subject: ContractSubject): Promise<void> {
  const { writer, reader } = await newSegment(subject);
  const body = patternBytes(40, 1);
  for (const size of [0, body.length, body.length + writer.tagBytes - 1]) {
    const target = new Uint8Array(size);
    checkThrows(() => writer.seal(1, aad, body, target), "RangeError from seal()", isRangeError);
    check(
      target.every((byte) => byte === 0),
      "nothing written to a target that is too small",
    );
  }
  const sealed = seal(writer, 2, body);
  const target = new Uint8Array(body.length - 1);
  checkThrows(() => reader.open(2, aad, sealed, target), "RangeError from open()", isRangeError);
}

/** True if both have the same `length` bytes at the same place somewhere. */
function shareRun(a: Uint8Array, b: Uint8Array, length: number): boolean {
  let run = 0;
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    run = a[at] === b[at] ? run + 1 : 0;
    if (run === length) return true;
  }
  return false;
}
