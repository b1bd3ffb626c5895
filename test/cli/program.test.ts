/**
 * The program as a whole: help, version, wrong command lines, colours, what is loaded, a full disk, and the commands
 * that describe things: config and inspect.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { commandNames, commandOf, globalFlags, longName } from "../../src/cli/options.ts";
import { csvConfig, MNIST, ROOT, sharedFolder, trainOnce } from "../support/cli.ts";

const folder = sharedFolder("iris.csv");

beforeAll(async () => {
  folder.write("config.json", csvConfig("iris.csv", "species"));
  await trainOnce(folder, ["config.json"]);
});

describe("help and version", () => {
  test("--help lists every command, every global flag and every exit code", async () => {
    const { code, stdout, stderr } = await folder.nnt(["--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    for (const name of commandNames) expect(stdout).toContain(`\n  ${name} `);
    for (const key of Object.keys(globalFlags)) expect(stdout).toContain(` ${longName(key)} `);
    const codes = stdout.slice(stdout.indexOf("Exit codes:")).matchAll(/^ {2}(\d) {2}\S/gm);
    expect([...codes].map(([, digit]) => digit)).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
  });

  test.each(commandNames)("%s --help lists its arguments, flags, defaults and exit codes", async (name) => {
    const { code, stdout, stderr } = await folder.nnt([name, "--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    const command = commandOf(name);
    for (const argument of Object.keys(command.arguments)) expect(stdout).toContain(argument.toUpperCase());
    for (const [key, flag] of Object.entries({ ...command.flags, ...globalFlags })) {
      const value = flag.value === undefined ? "" : ` ${flag.value}`;
      expect(stdout).toContain(` ${longName(key)}${value}`);
      if (flag.short !== undefined) expect(stdout).toContain(` -${flag.short}, ${longName(key)}`);
      if (typeof flag.initial === "string") expect(stdout).toContain(`(default: ${flag.initial})`);
    }
    for (const exit of command.exitCodes) expect(stdout).toMatch(new RegExp(`^ {2}${exit} {2}\\S`, "m"));
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    // the other ways to ask
    expect((await folder.nnt(["help", name])).stdout).toBe(stdout);
    expect((await folder.nnt([name, "-h"])).stdout).toBe(stdout);
  });

  test("--version is that of package.json", async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(await folder.nnt(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    expect((await folder.nnt(["train", "--version"])).stdout).toBe(`${version}\n`);
  });
});

test("nnt alone: exit 2, a short help on stderr", async () => {
  const { code, stdout, stderr } = await folder.nnt([]);
  expect([code, stdout]).toEqual([2, ""]);
  for (const name of commandNames) expect(stderr).toContain(name);
});

const WRONG: [args: string[], facts: string[]][] = [
  [
    ["trian", "config.json"],
    ['unknown command "trian"', "did you mean train?", 'see "nnt --help"'],
  ],
  [
    ["trian", "--help"],
    ['unknown command "trian"', "did you mean train?"],
  ],
  [["help", "trian"], ['unknown command "trian"']],
  [
    ["train", "config.json", "--epoch", "3"],
    ['unknown option "--epoch"', "--epochs", 'see "nnt train --help"'],
  ],
  [
    ["predict", "run/model.bin", "iris.csv", "--probs"],
    ['unknown option "--probs"', "--proba"],
  ],
  [
    ["predict", "run/model.bin", "iris.csv", "--json"],
    ['unknown option "--json" (did you mean --format jsonl?)'],
  ],
  [
    ["predict", "run/model.bin", "iris.csv", "--format", "json"],
    ['expected csv, tsv or jsonl, got "json" (did you mean jsonl?)'],
  ],
  [["evaluate", "run/model.bin"], ['unknown command "evaluate" (did you mean eval?)']],
  [["train", "config.json", "--set", "train.schedule=linear"], ["--set train.schedule.name=linear"]],
  [["--quite"], ['unknown option "--quite"']],
  [["train"], ["missing CONFIG"]],
  [
    ["eval", "run/model.bin"],
    ["missing DATA", '"-"'],
  ],
  [["train", "config.json", "second.json"], ["expected 1, got 2"]],
  [
    ["train", "config.json", "--epochs", "3x"],
    ["--epochs: expected an integer of 0 or more", '"3x"'],
  ],
  [
    ["train", "config.json", "--epochs", "1e3"],
    ["--epochs", '"1e3"'],
  ],
  [["train", "config.json", "--seed", "-1"], ["--seed"]],
  [
    ["train", "config.json", "--epochs"],
    ["--epochs", "needs a value"],
  ],
  [
    ["train", "config.json", "--set", "epochs"],
    ["--set: expected key=value", '"epochs"'],
  ],
  [
    ["train", "config.json", "--set", "train.epoch=1"],
    ["--set train.epoch=1", '"epochs"'],
  ],
  [
    ["config", "chek", "config.json"],
    ["check, show or schema", '"chek"'],
  ],
  [["config", "check"], ["missing CONFIG"]],
  [
    ["completion", "tcsh"],
    ["bash, zsh or fish", '"tcsh"'],
  ],
];

test.each(WRONG)("nnt %j: exit 2, and what to do", async (args, facts) => {
  const before = folder.list();
  const { code, stdout, stderr } = await folder.nnt(args);
  expect([code, stdout]).toEqual([2, ""]);
  for (const fact of facts) expect(stderr).toContain(fact);
  for (const line of stderr.trimEnd().split("\n")) expect(line).toMatch(/^nnt: /);
  expect(folder.list()).toEqual(before);
});

test("--debug adds the stack to an error", async () => {
  const { code, stderr } = await folder.nnt(["train", "nowhere.json", "--debug"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^nnt: nowhere\.json/);
  expect(stderr).toMatch(/\n {4}at .*\.js:/);
});

const ESCAPE = "\u001b[";

describe("colours", () => {
  const colours: [name: string, env: Record<string, string>, flags: string[], coloured: boolean][] = [
    ["a pipe", {}, [], false],
    ["FORCE_COLOR=1", { FORCE_COLOR: "1" }, [], true],
    ["FORCE_COLOR=0", { FORCE_COLOR: "0" }, [], false],
    ["NO_COLOR=1", { NO_COLOR: "1" }, [], false],
    ["NO_COLOR=1 with FORCE_COLOR=1", { NO_COLOR: "1", FORCE_COLOR: "1" }, [], false],
    ["--no-color with FORCE_COLOR=1", { FORCE_COLOR: "1" }, ["--no-color"], false],
  ];
  test.each(colours)("%s", async (_name, env, flags, coloured) => {
    const { code, stdout, stderr } = await folder.nnt(["eval", "run/model.bin", "iris.csv", ...flags], {
      env,
    });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.includes(ESCAPE)).toBe(coloured);
  });

  test("documents for programs have none even with FORCE_COLOR=1", async () => {
    const env = { FORCE_COLOR: "1" };
    for (const args of [
      ["eval", "run/model.bin", "iris.csv", "--json"],
      ["predict", "run/model.bin", "iris.csv"],
      ["inspect", "run", "--json"],
      ["config", "show", "config.json"],
    ])
      expect((await folder.nnt(args, { env })).stdout).not.toContain(ESCAPE);
  });
});

// Only Linux has a device that is always full.
if (process.platform === "linux") {
  test.each([
    "predict run/model.bin iris.csv > /dev/full",
    "predict run/model.bin iris.csv -o /dev/full",
    "eval run/model.bin iris.csv > /dev/full",
    "inspect iris.csv > /dev/full",
    "config show config.json > /dev/full",
    "train config.json -q --json --out full > /dev/full",
    "--help > /dev/full",
  ])("a full disk, nnt %s: exit 6 with the reason", async (command) => {
    const { code, stderr } = await folder.bash(`nnt ${command}`);
    expect(code).toBe(6);
    expect(stderr).toMatch(/^nnt: .*: cannot write: no space left on the device.*\n$/);
  });
}

test("a closed stderr stops nothing", async () => {
  const { code, stdout } = await folder.bash("nnt train config.json --json --out closed 2>&-");
  expect(code).toBe(0);
  expect(stdout).toBe(folder.text("closed/metrics.json"));
});

describe("config", () => {
  test("check names every problem, one a line, in the order of the file, then of the flags", async () => {
    const text = csvConfig("iris.csv", "species", {
      network: { hiden: [3] },
      train: { epochs: -1, batchSize: 0 },
    });
    folder.write("wrong.json", text.replaceAll(",", ",\n"));
    const args = ["config", "check", "wrong.json", "--set", "train.seed=x"];
    const { code, stdout, stderr } = await folder.nnt(args);
    expect([code, stdout]).toEqual([2, ""]);
    const facts = [
      /wrong\.json:4:\d+: network\.hiden: unknown key.*"hidden"/,
      /train\.epochs: got -1/,
      /batchSize: got 0/,
      /--set train\.seed=x: /,
    ];
    const lines = stderr.trimEnd().split("\n");
    expect(lines).toHaveLength(facts.length);
    for (const [i, fact] of facts.entries()) expect(lines[i]).toMatch(fact);
  });

  test("show prints a config that check accepts and that shows as itself", async () => {
    const shown = await folder.nnt(["config", "show", "config.json", "--set", "train.epochs=5"]);
    expect([shown.code, shown.stderr]).toEqual([0, ""]);
    expect(JSON.parse(shown.stdout)).toMatchObject({ train: { epochs: 5, batchSize: 16, shuffle: true } });
    const checked = await folder.nnt(["config", "check", "-"], { stdin: shown.stdout });
    expect([checked.code, checked.stderr]).toEqual([0, ""]);
    const again = await folder.nnt(["config", "show", "-"], { stdin: shown.stdout });
    expect(again.stdout).toBe(shown.stdout);
  });

  test("schema prints nnt.schema.json", async () => {
    const { code, stdout } = await folder.nnt(["config", "schema"]);
    expect(code).toBe(0);
    expect(stdout).toBe(readFileSync(join(ROOT, "nnt.schema.json"), "utf8"));
  });
});

describe("inspect", () => {
  test.each([
    ["run/model.bin", { kind: "model", parameters: 67, sizes: [4, 8, 3] }],
    ["iris.csv", { kind: "table", rows: 150, delimiter: ",", hasHeader: true }],
    [`${MNIST}/t10k-labels-idx1-ubyte`, { kind: "idx", shape: [10000], minimum: 0, maximum: 9 }],
    ["run", { kind: "run", epochs: 3 }],
  ])("%s --json", async (file, facts) => {
    const { code, stdout, stderr } = await folder.nnt(["inspect", file, "--json"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject(facts);
    const people = await folder.nnt(["inspect", file]);
    expect(people.code).toBe(0);
    expect(people.stdout).toMatch(new RegExp(`^${facts.kind} `));
  });

  test.each([
    ["nowhere.csv", null, /nowhere\.csv: no such file/],
    [".", null, /metrics\.json/],
    ["empty.csv", "", /empty\.csv.*empty/],
  ])("%s: exit 3", async (file, content, fact) => {
    if (content !== null) folder.write(file, content);
    const { code, stdout, stderr } = await folder.nnt(["inspect", file]);
    expect([code, stdout]).toEqual([3, ""]);
    expect(stderr).toMatch(fact);
  });
});
