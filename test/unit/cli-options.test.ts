import { describe, expect, test } from "vitest";
import { commandHelp, programHelp, shortHelp } from "../../src/cli/help.ts";
import { parse } from "../../src/cli/main.ts";
import {
  choice,
  columnNames,
  commandNames,
  commandOf,
  gate,
  globalFlags,
  integer,
  longName,
  Malformed,
  setting,
  someText,
  threads,
} from "../../src/cli/options.ts";

describe("values", () => {
  test.each([
    ["digits", integer(0), "12", 12],
    ["zero", integer(0), "0", 0],
    [
      "setting",
      setting,
      "train.optimizer.learningRate=0.1",
      { key: "train.optimizer.learningRate", text: "0.1" },
    ],
    ["setting with = in the text", setting, "a=b=c", { key: "a", text: "b=c" }],
    ["empty setting", setting, "a=", { key: "a", text: "" }],
    [
      "setting of a column",
      setting,
      "data.columns.petal length=ignore",
      { key: "data.columns.petal length", text: "ignore" },
    ],
    ["gate", gate, "accuracy=0.97", { metric: "accuracy", floor: 0.97 }],
    ["gate at 1", gate, "macroF1=1", { metric: "macroF1", floor: 1 }],
    ["gate without a leading 0", gate, "macroF1=.5", { metric: "macroF1", floor: 0.5 }],
    ["threads", threads, "8", 8],
    ["auto threads", threads, "auto", "auto"],
    ["columns", columnNames, "id, name", ["id", "name"]],
    ["all columns", columnNames, "all", "all"],
    ["choice", choice(["a", "b"]), "b", "b"],
    ["text", someText, "-", "-"],
  ])("%s", (_, parseValue, text, value) =>
    expect((parseValue as (text: string) => unknown)(text)).toEqual(value),
  );

  test.each([
    ["letters after digits", integer(0), "12abc"],
    ["hexadecimal", integer(0), "0x10"],
    ["exponent", integer(0), "1e3"],
    ["sign", integer(0), "-1"],
    ["fraction", integer(0), "1.5"],
    ["nothing", integer(0), ""],
    ["space", integer(0), " 1"],
    ["below the minimum", integer(1), "0"],
    ["more than a double holds", integer(0), "9007199254740993"],
    ["Arabic digits", integer(0), "٣"],
    ["no =", setting, "train.epochs"],
    ["no key", setting, "=1"],
    ["unknown metric", gate, "acc=0.9"],
    ["per cent", gate, "accuracy=97"],
    ["per cent sign", gate, "accuracy=97%"],
    ["negative floor", gate, "accuracy=-0.1"],
    ["floor with letters", gate, "accuracy=0.9x"],
    ["no floor", gate, "accuracy="],
    ["inherited name", gate, "constructor=0.5"],
    ["no threads", threads, "0"],
    ["threads with letters", threads, "2x"],
    ["too many threads", threads, "10000"],
    ["empty column", columnNames, "id,,name"],
    ["no column", columnNames, ""],
    ["unknown word", choice(["a", "b"]), "c"],
    ["empty text", someText, ""],
  ])("malformed: %s", (_, parseValue, text) => expect(() => parseValue(text)).toThrow(Malformed));
});

describe("command lines", () => {
  test("train: everything absent", async () => {
    expect(await parse(["train", "c.json"])).toEqual({
      name: "train",
      args: { config: "c.json" },
      options: { set: [], dryRun: false, json: false, noCache: false, quiet: false },
    });
  });

  test("train: everything given, in any order", async () => {
    const line =
      "--epochs 3 --set a=1 --debug -q - --set b=x --out d --seed=7 --threads auto --dry-run --no-cache --json";
    expect(await parse(["train", ...line.split(" ")])).toEqual({
      name: "train",
      args: { config: "-" },
      options: {
        set: [
          { key: "a", text: "1" },
          { key: "b", text: "x" },
        ],
        epochs: 3,
        out: "d",
        seed: 7,
        threads: "auto",
        dryRun: true,
        json: true,
        noCache: true,
        quiet: true,
      },
    });
  });

  test("predict, eval, inspect, config, completion", async () => {
    expect(
      await parse(["--no-color", "predict", "m", "-", "--keep", "a,b", "-oout", "--proba"]),
    ).toMatchObject({
      args: { model: "m", data: "-" },
      options: { keep: ["a", "b"], output: "out", format: "csv", proba: true },
    });
    expect(await parse(["eval", "m", "d", "--fail-under", "accuracy=0.9"])).toMatchObject({
      options: { failUnder: [{ metric: "accuracy", floor: 0.9 }], labels: undefined },
    });
    expect(await parse(["inspect", "--", "-x"])).toMatchObject({
      args: { file: "-x" },
      options: { json: false },
    });
    expect(await parse(["config", "schema"])).toMatchObject({
      args: { action: "schema", config: undefined },
    });
    expect(await parse(["completion", "fish"])).toMatchObject({ args: { shell: "fish" } });
  });

  test("nothing is kept from one command line to the next", async () => {
    await parse(["train", "c", "--set", "a=1"]);
    expect(await parse(["train", "c"])).toMatchObject({ options: { set: [] } });
  });

  test.each([
    [
      "unknown command",
      "UNKNOWN_COMMAND",
      "trian c",
      'unknown command "trian" (did you mean train?)\nsee "nnt --help"',
    ],
    [
      "unknown command with --help",
      "UNKNOWN_COMMAND",
      "trian --help",
      'unknown command "trian" (did you mean train?)\nsee "nnt --help"',
    ],
    [
      "unknown flag",
      "UNKNOWN_OPTION",
      "train c --epoch 3",
      'unknown option "--epoch" (did you mean --epochs?)\nsee "nnt train --help"',
    ],
    [
      "another command's flag",
      "UNKNOWN_OPTION",
      "eval m d --seed 3",
      'unknown option "--seed"\nsee "nnt eval --help"',
    ],
    ["unknown short flag", "UNKNOWN_OPTION", "train c -x", 'unknown option "-x"\nsee "nnt train --help"'],
    ["no config", "MISSING_ARGUMENT", "train", 'missing CONFIG: give a config file\nsee "nnt train --help"'],
    [
      "no data: stdin is not guessed",
      "MISSING_ARGUMENT",
      "predict m",
      'missing DATA: give a file, or "-" to read standard input\nsee "nnt predict --help"',
    ],
    [
      "check without config",
      "MISSING_ARGUMENT",
      "config check",
      'missing CONFIG: give a config file\nsee "nnt config --help"',
    ],
    [
      "schema with config",
      "EXCESS_ARGUMENT",
      "config schema c",
      'config schema takes neither CONFIG nor --set\nsee "nnt config --help"',
    ],
    [
      "schema with --set",
      "EXCESS_ARGUMENT",
      "config schema --set a=1",
      'config schema takes neither CONFIG nor --set\nsee "nnt config --help"',
    ],
    [
      "two configs",
      "EXCESS_ARGUMENT",
      "train a b",
      'too many arguments for "train": expected 1, got 2\nsee "nnt train --help"',
    ],
    [
      "flag without its value",
      "MISSING_VALUE",
      "train a --out",
      'option "--out <DIR>" needs a value\nsee "nnt train --help"',
    ],
    [
      "value of a switch",
      "UNKNOWN_OPTION",
      "train a --json=1",
      'unknown option "--json=1" (did you mean --json?)\nsee "nnt train --help"',
    ],
    [
      "bad value",
      "BAD_VALUE",
      "train c --epochs 12abc",
      '--epochs: expected an integer of 0 or more, got "12abc"\nsee "nnt train --help"',
    ],
    [
      "bad word",
      "BAD_VALUE",
      "completion tcsh",
      'SHELL: expected bash, zsh or fish, got "tcsh"\nsee "nnt completion --help"',
    ],
  ])("%s", async (_, kind, line, message) => {
    await expect(parse(line.split(" "))).rejects.toMatchObject({ exitCode: 2, kind, message });
  });

  test("help and version", async () => {
    for (const line of ["--help", "-h", "help", "--debug --help"])
      expect(await parse(line.split(" "))).toEqual({ help: undefined });
    for (const line of ["train --help", "help train", "train x -h", "train -qh"])
      expect(await parse(line.split(" "))).toEqual({ help: "train" });
    expect(await parse(["train", "--version"])).toBe("version");
    expect(await parse([])).toBe("bare");
    expect(await parse(["--debug"])).toBe("bare");
  });
});

describe("help", () => {
  test.each(commandNames)("%s: lists every flag, argument and exit code, in 80 columns", (name) => {
    const text = commandHelp(name);
    const { flags, arguments: args, exitCodes, examples } = commandOf(name);
    for (const key of Object.keys({ ...flags, ...globalFlags })) expect(text).toContain(`${longName(key)} `);
    for (const key of Object.keys(args)) expect(text).toContain(`  ${key.toUpperCase()} `);
    for (const code of exitCodes) expect(text).toContain(`\n  ${code}  `);
    for (const [line] of examples) expect(text).toContain(`  ${line}\n`.trimEnd());
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text).not.toMatch(/ \n|undefined/);
  });

  test("of the program lists every command", () => {
    for (const text of [programHelp(), shortHelp()]) {
      for (const name of commandNames)
        expect(text).toMatch(new RegExp(`^  ${name} +${commandOf(name).summary}$`, "m"));
      expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    }
  });

  test("every example is a command line that parses", async () => {
    for (const name of commandNames)
      for (const [line] of commandOf(name).examples) {
        const [, words] = /nnt ([^>)]*?)\)?"?(?: >.*)?$/.exec(line) ?? [];
        expect(await parse((words ?? "").trim().split(" ")), line).toMatchObject({ name });
      }
  });
});

test("a flag is stored under the name that commander derives from its long name", () => {
  for (const name of commandNames)
    for (const key of Object.keys(commandOf(name).flags))
      expect(
        longName(key)
          .slice(2)
          .replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
      ).toBe(key);
});
