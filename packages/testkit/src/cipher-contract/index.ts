/** The contract suite for ciphers. */
export { cipherContract } from "./cipher-contract.ts";
export type { CipherContractOptions, ContractKey } from "./cipher-contract.ts";
