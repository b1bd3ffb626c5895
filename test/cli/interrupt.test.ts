/** Signals, and two runs in one folder. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { csvConfig, type Folder, freshFolder, ROOT } from "../support/cli.ts";

const MANY = { train: { epochs: 1_000_000 }, data: { validation: 0.2 } };

/** Starts a program that would run for hours; resolves with it once `ready` says that it is under way. */
async function started(folder: Folder, args: string[], ready: () => boolean, stdin = "") {
  const child = spawn(process.execPath, [join(ROOT, "bin/nnt.js"), ...args], { cwd: folder.path });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  child.stdin.on("error", () => {});
  child.stdin.write(stdin);
  const ended = new Promise<number | null>((resolve) =>
    child.on("close", (code, signal) => resolve(code ?? (signal === "SIGTERM" ? 143 : 130))),
  );
  for (let tries = 0; !ready(); tries++) {
    if (tries > 400) throw new Error(`not under way after 20 s: ${stderr}`);
    await setTimeout(50);
  }
  return { child, ended, stderr: () => stderr };
}

const logged = (folder: Folder) => () => {
  const log = join(folder.path, "run/log.csv.partial");
  return existsSync(log) && readFileSync(log, "utf8").split("\n").length > 5;
};

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)(
  "%s in training: the best weights so far and the log are kept; it ends by the signal, %i to a shell",
  async (signal, code) => {
    const folder = freshFolder("iris.csv");
    folder.write("c.json", csvConfig("iris.csv", "species", MANY));
    const run = await started(folder, ["train", "c.json", "-q"], logged(folder));
    run.child.kill(signal);
    expect(await run.ended).toBe(code);
    expect(run.child.signalCode).toBe(signal); // else the loop of a shell script would go on
    expect(run.stderr()).toMatch(
      /^nnt: interrupted in epoch \d+ after step \d+\nnnt: kept: run\/model\.bin\.partial \(.*\), run\/log\.csv\.partial and log\.jsonl\.partial\n$/,
    );
    expect(folder.list()).toEqual([
      "c.json",
      "iris.csv",
      "run/log.csv.partial",
      "run/log.jsonl.partial",
      "run/model.bin.partial",
    ]);
    expect((await folder.nnt(["eval", "run/model.bin.partial", "iris.csv"])).code).toBe(0);
  },
);

test("a second run in the folder of one that is under way is refused, and disturbs nothing", async () => {
  const folder = freshFolder("iris.csv");
  folder.write("c.json", csvConfig("iris.csv", "species", MANY));
  const run = await started(folder, ["train", "c.json", "-q"], logged(folder));
  const second = await folder.nnt(["train", "c.json", "--epochs", "1"]);
  expect(second.code).toBe(6);
  expect(second.stderr).toContain("run: another nnt train is writing there");
  run.child.kill("SIGINT");
  expect(await run.ended).toBe(130);
  expect((await folder.nnt(["train", "c.json", "--epochs", "1", "-q"])).code).toBe(0);
});

test("the lock of a process that was killed does not stop the next run", async () => {
  const folder = freshFolder("iris.csv");
  folder.write("c.json", csvConfig("iris.csv", "species", MANY));
  const run = await started(folder, ["train", "c.json", "-q"], logged(folder));
  run.child.kill("SIGKILL");
  await run.ended;
  expect(folder.list()).toContain("run/run.lock");
  expect((await folder.nnt(["train", "c.json", "--epochs", "1", "-q"])).code).toBe(0);
  expect(folder.list()).not.toContain("run/run.lock");
});

test("SIGTERM in predict -o leaves neither the output nor a temporary file, and says what was read", async () => {
  const folder = freshFolder("iris.csv");
  folder.write("c.json", csvConfig("iris.csv", "species"));
  await folder.nnt(["train", "c.json", "-q"]);
  const before = folder.list();
  const hasTemporary = () => folder.list().length > before.length;
  // standard input stays open: the program waits for more rows
  const [header, ...rows] = folder.text("iris.csv").trimEnd().split("\n");
  const table = `${[header, ...Array(200).fill(rows).flat()].join("\n")}\n`;
  const args = ["predict", "run/model.bin", "-", "-o", "out.csv"];
  const run = await started(folder, args, hasTemporary, table);
  run.child.kill("SIGTERM");
  expect(await run.ended).toBe(143);
  expect(run.stderr()).toBe("nnt: interrupted while reading stdin\n");
  expect(folder.list()).toEqual(before);
});
