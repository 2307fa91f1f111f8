/** A program built on Stria, as small as can be: accounts whose transfers are one record each. */
import { Wal, type WalOptions } from "@stria/core";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Balances by account. A transfer is safe once its promise has resolved. */
export class Bank {
  readonly balances: Map<string, number> = new Map();
  readonly #wal: Wal;

  private constructor(wal: Wal) {
    this.#wal = wal;
  }

  static async open(options: WalOptions): Promise<Bank> {
    const bank = new Bank(await Wal.open(options));
    for await (const { payload } of bank.#wal.read()) bank.#apply(decoder.decode(payload));
    return bank;
  }

  async transfer(from: string, to: string, amount: number): Promise<void> {
    const text = [from, to, amount].join(" ");
    await this.#wal.append(encoder.encode(text));
    this.#apply(text);
  }

  #apply(text: string): void {
    const [from = "", to = "", amount = "0"] = text.split(" ");
    this.balances.set(from, (this.balances.get(from) ?? 0) - Number(amount));
    this.balances.set(to, (this.balances.get(to) ?? 0) + Number(amount));
  }
}
