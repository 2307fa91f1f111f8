/**
 * One nonce, one seal: a sequence number is sealed once and never goes back, whoever asks, and a
 * segment that was opened or destroyed seals nothing at all.
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
  seal,
} from "./fixture.ts";

/** Tests of the sealing side's discipline. */
export function sequenceTests(subject: ContractSubject): ContractTest[] {
  return [
    { name: "seals no sequence twice", run: () => twice(subject) },
    { name: "seals no sequence below an earlier one", run: () => back(subject) },
    { name: "seals sequences from 0 to 2^31, with gaps", run: () => range(subject) },
    { name: "seals nothing in a segment it opened", run: () => readerSeals(subject) },
    { name: "does nothing once destroyed", run: () => destroyed(subject) },
  ];
}

async function twice(subject: ContractSubject): Promise<void> {
  const { writer } = await newSegment(subject);
  for (const sequence of [0, 1, 2]) {
    seal(writer, sequence, patternBytes(10, 1));
    refused(() => seal(writer, sequence, patternBytes(10, 2)), `sequence ${sequence} twice`);
  }
  seal(writer, 3, patternBytes(10, 1));
}

async function back(subject: ContractSubject): Promise<void> {
  const { writer, reader } = await newSegment(subject);
  seal(writer, 5, patternBytes(10, 1));
  for (const sequence of [4, 1, 0]) {
    refused(() => seal(writer, sequence, patternBytes(10, 1)), `sequence ${sequence} after 5`);
  }
  const sealed = seal(writer, 6, patternBytes(10, 1));
  check(open(reader, 6, sealed) !== undefined, "sequence 6 to be sealed after the refusals");
}

async function range(subject: ContractSubject): Promise<void> {
  const { writer, reader } = await newSegment(subject);
  for (const sequence of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31 + 1, 2 ** 32]) {
    refused(() => seal(writer, sequence, patternBytes(10, 1)), `sequence ${sequence}`);
  }
  for (const sequence of [0, 1, 1000, 2 ** 31 - 1, 2 ** 31]) {
    const sealed = seal(writer, sequence, patternBytes(10, 1));
    check(open(reader, sequence, sealed) !== undefined, `sequence ${sequence} to open again`);
  }
}

async function readerSeals(subject: ContractSubject): Promise<void> {
  const { writer, reader } = await newSegment(subject);
  seal(writer, 1, patternBytes(10, 1));
  // What the writer has used is not known here, so any number may be a second use.
  for (const sequence of [1, 2]) {
    checkThrows(
      () => seal(reader, sequence, patternBytes(10, 2)),
      `an error for sealing sequence ${sequence} in an opened segment`,
    );
  }
}

async function destroyed(subject: ContractSubject): Promise<void> {
  const { writer, reader } = await newSegment(subject);
  const sealed = seal(writer, 1, patternBytes(10, 1));
  writer.destroy();
  reader.destroy();
  reader.destroy();
  const target = new Uint8Array(sealed.length);
  checkThrows(() => writer.seal(2, aad, patternBytes(10, 1), target), "no seal afterwards");
  checkThrows(() => reader.open(1, aad, sealed, target), "no open afterwards");
}

function refused(run: () => unknown, what: string): void {
  checkThrows(run, `RangeError for ${what}`, isRangeError);
}
