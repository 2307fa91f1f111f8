/** Stria itself under the crash explorer: scenarios by seed, exploration, replay. */
export {
  exploreScenario,
  openScenario,
  replayScenario,
  type ScenarioEffort,
  type ScenarioResult,
} from "./explore-scenario.ts";
export { NonceLedger, ledgerCipher } from "./ledger-cipher.ts";
export {
  drawScenario,
  durabilityOf,
  formatScenario,
  modes,
  parseScenario,
  settingsOf,
  type Mode,
  type Scenario,
  type ScenarioSettings,
  type ScenarioWord,
} from "./scenario.ts";
