/** Where and when a result was made: no figure without this. */
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type } from "node:os";

export interface Machine {
  readonly command: string;
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly system: string;
  readonly fileSystem: string;
  readonly node: string;
  /** Load average over the last minute before the run; above 0 others were at work. */
  readonly loadBefore: number;
}

export function describeMachine(command: string, directory: string): Machine {
  const [first] = cpus();
  return {
    command,
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    cpu: first?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    system: `${type()} ${release()}`,
    fileSystem: fileSystemOf(directory),
    node: process.version,
    loadBefore: loadavg()[0] ?? 0,
  };
}

/** Type of the file system with the longest mount point above `directory`; Linux only. */
function fileSystemOf(directory: string): string {
  if (process.platform !== "linux") return process.platform;
  const mounts = readFileSync("/proc/self/mounts", "utf8").trim().split("\n");
  const above = mounts
    .map((line) => line.split(" "))
    .filter(([, point = ""]) => directory.startsWith(point))
    .toSorted(([, a = ""], [, b = ""]) => b.length - a.length);
  return above[0]?.[2] ?? "unknown";
}
