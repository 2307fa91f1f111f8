import { expect, test } from "vitest";
import { SimulatedStorage } from "../../src/index.ts";
import { Bank } from "./bank.ts";

test("whatever happens to the machine, no transfer that was confirmed is lost", async () => {
  const storage = new SimulatedStorage({ seed: 1 });
  const bank = await Bank.open({ storage, clock: storage.clock });
  let confirmed = 0;
  const crashes: Promise<void>[] = [];
  storage.observe((_operation, moment) => {
    const promised = confirmed;
    const after = moment.snapshot().powerCut({ seed: crashes.length });
    const check = async (): Promise<void> => {
      const { balances } = await Bank.open({ storage: after, clock: after.clock });
      expect(balances.get("ada") ?? 0).toBeGreaterThanOrEqual(promised);
      expect((balances.get("ada") ?? 0) + (balances.get("bob") ?? 0)).toBe(0);
    };
    crashes.push(check());
  });
  for (; confirmed < 20; confirmed++) await bank.transfer("bob", "ada", 1);
  await Promise.all(crashes);
  expect(crashes.length).toBeGreaterThan(20);
});
