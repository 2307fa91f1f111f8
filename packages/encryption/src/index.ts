/** Encryption at rest: implements the cipher contract of `@stria/core`. */
export { Encryption, encryption } from "./encryption.ts";
export type { EncryptionOptions } from "./encryption.ts";
export type { ImplementationName } from "./aead/aead.ts";
export type { ImplementationChoice } from "./aead/choose-aead.ts";
export type { SuiteName } from "./aead/suite.ts";
export type { KeyProvider } from "./keys/key-provider.ts";
export { Keyring } from "./keys/keyring.ts";
export { generateKey, keyIdOf, RootKey } from "./keys/root-key.ts";
export type { KeyInput } from "./keys/root-key.ts";
export {
  addKeyToEnvelope,
  changePassphrase,
  createEnvelope,
  openEnvelope,
} from "./envelope/envelope.ts";
export type { CreateEnvelopeOptions, OpenEnvelopeOptions } from "./envelope/envelope.ts";
export type { PassphraseCost, PassphraseLimits } from "./envelope/passphrase.ts";
export { SubjectKeys } from "./subject/subject-keys.ts";
export type { SubjectKeyLookup } from "./subject/subject-keys.ts";
export { subjectSealer } from "./subject/subject-sealer.ts";
export type { OpenedPayload, SubjectSealer } from "./subject/subject-sealer.ts";
export { subjectOverheadBytes } from "./subject/subject-payload.ts";
