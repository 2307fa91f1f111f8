/** The contract suite for ciphers. */
export { cipherContract } from "./cipher-contract.ts";
export type { CipherContractOptions, CipherContractKey } from "./cipher-contract.ts";
