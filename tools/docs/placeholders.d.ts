/**
 * Names that samples use without saying where they come from, because the text around them does: the
 * packages' own exports, and what a reader brings along. A sample that imports or declares one of
 * these has its own.
 */
import type * as core from "@stria/core";
import type * as crypto from "@stria/encryption";
import type * as testkit from "@stria/testkit";

declare global {
  const Wal: typeof core.Wal;
  const isWalError: typeof core.isWalError;
  const encryption: typeof crypto.encryption;
  const generateKey: typeof crypto.generateKey;
  const Keyring: typeof crypto.Keyring;
  const createEnvelope: typeof crypto.createEnvelope;
  const openEnvelope: typeof crypto.openEnvelope;
  const changePassphrase: typeof crypto.changePassphrase;
  const addKeyToEnvelope: typeof crypto.addKeyToEnvelope;
  const SubjectKeys: typeof crypto.SubjectKeys;
  const subjectSealer: typeof crypto.subjectSealer;
  const SimulatedStorage: typeof testkit.SimulatedStorage;

  const storage: core.Storage;
  const newStorage: core.Storage;
  const cipher: core.Cipher;
  const wal: core.Wal;
  const lsn: number;
  const record: core.WalRecord;
  const bytes: Uint8Array;
  const key: Uint8Array;
  const oldKey: Uint8Array;
  const newKey: Uint8Array;
  const rootKey: Uint8Array;
  const passphrase: string;
  const newPassphrase: string;
  /** The storage under test of an adapter's author, and the places it keeps files in. */
  const myStorage: (place: string) => Promise<core.Storage>;
  const freshPlace: () => string;
  const samePlace: () => string;
  const removePlace: () => Promise<void>;
  const store: (bytes: Uint8Array) => Promise<void>;
  /** A program built on a log, as its author crash-tests it. */
  const Bank: {
    open(options: core.WalOptions): Promise<{
      readonly balances: ReadonlyMap<string, number>;
      transfer(from: string, to: string, amount: number): Promise<void>;
    }>;
  };
  /** What the owner of keys and heads does with them, somewhere else. */
  const forgetKey: (keyId: string) => Promise<void>;
  const storeElsewhere: (text: string) => Promise<void>;
  const loadFromElsewhere: () => Promise<string>;
}
