/**
 * Encryption at rest: ciphers, keys, key files.
 *
 * @module @stria/encryption
 */
export * from "@stria/encryption";
