/**
 * The run folder when something is wrong: a lock that cannot be judged, results that cannot be written. What a good
 * run leaves is test/cli/train.test.ts's.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeLeftovers } from "../../src/files.ts";
import { RunFolder } from "../../src/log/runFolder.ts";

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "nnt-run-"));
});
afterEach(() => rmSync(path, { recursive: true }));

test("results that cannot all be written: those of the last run stay, and nothing else does", async () => {
  writeFileSync(join(path, "model.bin"), "old");
  writeFileSync(join(path, "plain"), "");
  symlinkSync(join(path, "plain", "metrics.json"), join(path, "metrics.json")); // below a file: ENOTDIR
  const folder = RunFolder.open(path);
  const result = { config: "{}", model: new Uint8Array(8), metrics: "{}" };
  await expect(folder.finish(result)).rejects.toThrow("metrics.json");
  folder.close();
  expect(readFileSync(join(path, "model.bin"), "utf8")).toBe("old");
  expect(readdirSync(path).sort()).toEqual([
    "log.csv.partial",
    "log.jsonl.partial",
    "metrics.json",
    "model.bin",
    "plain",
  ]);
});

test("what a killed run left half-written goes, and nothing else", () => {
  const left = [
    ".model.bin.tmp-77",
    ".model.bin.partial.tmp-77-2",
    ".metrics.json.tmp-1",
    ".rejects.csv.tmp-12",
  ];
  const others = [".mine.tmp-77", ".model.bin.tmp-x", "model.bin.tmp-77", ".model.bin.tmp-77.bak"];
  for (const name of [...left, ...others]) writeFileSync(join(path, name), "x");
  const folder = RunFolder.open(path);
  folder.close();
  expect(readdirSync(path).sort()).toEqual([...others, "log.csv.partial", "log.jsonl.partial"].sort());
});

test("what cannot be removed or listed is no reason not to run", () => {
  mkdirSync(join(path, ".model.bin.tmp-1"));
  for (const n of [2, 3, 4, 5]) writeFileSync(join(path, `.model.bin.tmp-${n}`), "x");
  RunFolder.open(path).close();
  expect(readdirSync(path).filter((name) => name.includes("tmp"))).toEqual([".model.bin.tmp-1"]);
  removeLeftovers(join(path, "no such folder"), ["model.bin"]);
});

test("a run that is refused removes nothing of the one that is under way", () => {
  writeFileSync(join(path, "run.lock"), "1 another-machine\n");
  writeFileSync(join(path, ".model.bin.tmp-77"), "x");
  expect(() => RunFolder.open(path)).toThrow("another nnt train");
  expect(readdirSync(path).sort()).toEqual([".model.bin.tmp-77", "run.lock"]);
});

test("a lock of another machine is kept, and the message says what to do", () => {
  writeFileSync(join(path, "run.lock"), "1 another-machine\n");
  expect(() => RunFolder.open(path)).toThrow(/process and machine: 1 another-machine.*remove run\.lock/);
  expect(existsSync(join(path, "run.lock"))).toBe(true);
});

test("logs that cannot be started: the lock is given back", () => {
  symlinkSync(join(path, "none", "log.csv"), join(path, "log.csv.partial"));
  expect(() => RunFolder.open(path)).toThrow("log.csv.partial");
  expect(existsSync(join(path, "run.lock"))).toBe(false);
});
