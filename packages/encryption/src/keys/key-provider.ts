/**
 * Where root keys come from: the contract a KMS client, a key file or a browser's key store meets.
 * Asked only when a log opens and when its key is rotated, never on the append path.
 */
import type { KeyInput } from "./root-key.ts";

/** A source of root keys; every answer may be a promise. */
export interface KeyProvider {
  /** The key that new segments are sealed under. It must be safely stored before it is returned. */
  current(): KeyInput | Promise<KeyInput>;
  /**
   * The key with this 16-byte id, or undefined if there is none. Bare bytes are taken as the key
   * asked for.
   */
  get(keyId: Uint8Array): KeyInput | undefined | Promise<KeyInput | undefined>;
}
