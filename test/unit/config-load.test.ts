/** @file Where a config comes from: files, --set, flags; and what its paths are relative to. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { UsageError } from "../../src/errors.ts";
import { csv, idx, invalid, parse, resolved, syntax } from "../support/config.ts";
import { asPlainUser } from "../support/user.ts";

describe("--set", () => {
  test.each([
    ["a number", "train.epochs=5", { train: { epochs: 5 } }],
    ["false", "train.shuffle=false", { train: { shuffle: false } }],
    ["null", "train.initFrom=null", { train: { initFrom: null } }],
    ["a list", "network.hidden=[4, 5]", { network: { hidden: [4, 5] } }],
    ["a list without brackets", "network.hidden=64,32", { network: { hidden: [64, 32] } }],
    ["a list of one without brackets", "network.hidden=64", { network: { hidden: [64] } }],
    ["an empty list", "network.hidden=[]", { network: { hidden: [] } }],
    ["a list of words, with a space", "data.ignore=id, b c", { data: { ignore: ["id", "b c"] } }],
    ["a list of one word", "data.ignore=id", { data: { ignore: ["id"] } }],
    ["a list of one quoted word", 'data.ignore="a,b"', { data: { ignore: ["a,b"] } }],
    ["words that look like numbers", "data.missing=-999,,null", { data: { missing: ["-999", "", "null"] } }],
    [
      "quoted words, beside a number",
      'data.missing="NA", "a,b",-1.0',
      { data: { missing: ["NA", "a,b", "-1.0"] } },
    ],
    ["a word that is JSON null", "data.missing=null", { data: { missing: ["null"] } }],
    ["a comma where no list is", "data.delimiter=,", { data: { delimiter: "," } }],
    ["a word", "data.label=species", { data: { label: "species" } }],
    ["a number as a word", 'data.label="7"', { data: { label: "7" } }],
    ["a column index", "data.label=7", { data: { label: 7 } }],
    ["a value with =", "data.label=a=b", { data: { label: "a=b" } }],
    ["what looks like a comment", "data.label=//x", { data: { label: "//x" } }],
    ["broken JSON is a word", 'data.label={"a"', { data: { label: '{"a"' } }],
    [
      "a key in an absent section",
      "train.optimizer.momentum=0.5",
      { train: { optimizer: { momentum: 0.5 } } },
    ],
    ["a column name with a space", "data.columns.a b=ignore", { data: { columns: { "a b": "ignore" } } }],
  ])("%s: %s", (_, set, expected) => {
    expect(resolved(csv(), { sets: [set] })).toMatchObject(expected);
  });

  test("the later value wins, and flags win over --set", () => {
    const flags = [{ flag: "--epochs", key: "train.epochs", value: "3", as: "json" as const }];
    expect(resolved(csv(), { sets: ["train.epochs=1", "train.epochs=2"] }).train.epochs).toBe(2);
    expect(resolved(csv(), { sets: ["train.epochs=1"], flags }).train.epochs).toBe(3);
  });

  test("a whole section replaces the file's", () => {
    const { train } = resolved(csv("", '"train": {"epochs": 3, "seed": 9}'), { sets: ['train={"seed": 5}'] });
    expect([train.epochs, train.seed]).toEqual([10, 5]);
  });

  test("an object replaces a value that is none", () => {
    const { validation } = resolved(csv('"validation": 0.1'), {
      sets: ["data.validation.fraction=0.3"],
    }).data;
    expect(validation).toEqual({ kind: "fraction", fraction: 0.3, stratify: true });
  });

  test("it can correct the file", () => {
    expect(resolved(csv("", '"train": {"epochs": -1}'), { sets: ["train.epochs=1"] }).train.epochs).toBe(1);
    expect(resolved("{}", { sets: ["data.train=a.csv", "data.label=y"] }).data.train).toEqual([
      "/home/me/a.csv",
    ]);
  });

  test.each([
    ["wrong type", "train.epochs=abc", 'train.epochs: got "abc", expected an integer of at least 0'],
    ["no value", "train.epochs=", 'train.epochs: got "", expected an integer of at least 0'],
    [
      "null where it is none",
      "train.epochs=null",
      "train.epochs: got null, expected an integer of at least 0",
    ],
    ["unknown key", "train.epoch=1", 'train.epoch: unknown key, did you mean "epochs"?'],
    ["__proto__", "train.__proto__=1", /^train.__proto__: unknown key, expected one of/],
    ["no =", "train.epochs", "expected KEY=VALUE, such as train.epochs=5"],
    ["no key", "=5", "expected KEY=VALUE, such as train.epochs=5"],
    ["an empty part", "train..epochs=5", "expected KEY=VALUE, such as train.epochs=5"],
    ["nothing", "", "expected KEY=VALUE, such as train.epochs=5"],
    ["duplicate key", 'train={"seed":1,"seed":2}', "train.seed: duplicate key, expected each key once"],
    [
      "a list with a word",
      "network.hidden=64,x",
      'network.hidden[1]: got "x", expected an integer from 1 to 65536',
    ],
    ["no list", "network.hidden=", /^network.hidden: got "", expected a list/],
    [
      "a list that is not JSON",
      "network.hidden=[64 32]",
      /^network.hidden: got "\[64 32\]", expected a list/,
    ],
    [
      "a quoted word beside one that is not",
      'data.missing=NA,"a b"',
      'data.missing: got NA,"a b", expected JSON where an item begins with a quote, such as "a","b"',
    ],
    ["a quote that is not closed", 'data.ignore="a,b', /^data.ignore: got "a,b, expected JSON/],
    ["brackets in between", 'data.ignore="a"],["b"', /^data.ignore: got .*, expected JSON/],
    ["null for a list", "network.hidden=null", /^network.hidden: got null, expected a list/],
    ["an element of a list", "network.hidden.0=5", /^network.hidden: got \{"0":5\}, expected a list/],
    ["a missing neighbour", 'data.train={"images":"i"}', /^data.train.labels: missing, expected a path/],
    [
      "nested too deep",
      `network=${"[".repeat(99)}${"]".repeat(99)}`,
      /expected at most 64 levels of nesting/,
    ],
  ])("%s: --set %s", (_, set, expected) => {
    const text = set.startsWith("data.train") ? '{"data": {}}' : csv();
    const [line = ""] = invalid(text, { sets: [set] });
    const start = `--set ${set.slice(0, 50)}`;
    expect(line.startsWith(start)).toBe(true);
    const message = line.slice(line.indexOf(": ") + 2);
    if (typeof expected === "string") expect(line).toBe(`--set ${set}: ${expected}`);
    else expect(message).toMatch(expected);
  });

  test("nothing is set in a file that is no object", () => {
    expect(invalid("[]", { sets: ["train.epochs=5"] })).toEqual(["1:1: got [], expected a JSON object"]);
  });

  test("a flag is named as it was typed", () => {
    const flags = [{ flag: "--epochs", key: "train.epochs", value: "abc", as: "json" as const }];
    expect(invalid(csv(), { flags, outDir: "" })).toEqual([
      '--epochs abc: train.epochs: got "abc", expected an integer of at least 0',
      '--out : output.dir: got "", expected a path of a folder',
    ]);
  });
});

describe("paths", () => {
  test("in the file they start at the file's folder, on the command line at the working directory", () => {
    const text = idx(
      '"test": {"images": "t", "labels": "/abs/u"}',
      '"train": {"initFrom": "../w.st"}, "output": {"dir": "r"}',
    );
    const config = resolved(text, {
      path: "../conf/a.json",
      sets: ["data.test.images=s", "data.validation=0.5"],
    });
    expect(config).toMatchObject({
      data: {
        train: { images: "/home/conf/i", labels: "/home/conf/l" },
        test: { images: "/home/me/s", labels: "/abs/u" },
      },
      train: { initFrom: "/home/w.st" },
      output: { dir: "/home/conf/r" },
    });
  });

  test("--out starts at the working directory, and a number is a name", () => {
    expect(resolved(csv(), { outDir: "out/5" }).output.dir).toBe("/home/me/out/5");
    expect(resolved(csv(), { outDir: "5" }).output.dir).toBe("/home/me/5");
    expect(resolved(csv(), { outDir: "/o" }).output.dir).toBe("/o");
  });

  test.each([
    ["conf/penguins.json", "/home/me/runs/penguins"],
    ["/etc/iris.v2.jsonc", "/home/me/runs/iris.v2"],
    ["plain", "/home/me/runs/plain"],
    ["-", "/home/me/runs/stdin"],
  ])("the default run folder of %s", (file, dir) => {
    expect(resolved(csv(), { path: file }).output.dir).toBe(dir);
  });

  test("a config from standard input has the working directory's paths", () => {
    expect(resolved(csv(), { path: "-" }).data.train).toEqual(["/home/me/a.csv"]);
  });

  test("standard input as training data stays a dash", () => {
    expect(resolved('{"data": {"train": "-", "label": 0}}').data.train).toEqual(["-"]);
    expect(resolved(csv(), { sets: ["data.train=-"] }).data.train).toEqual(["-"]);
  });
});

describe("problemsAt", () => {
  test("tells where a value was written", () => {
    const text =
      '{\n  "data": { "train": "a.csv",\n    "label": "y", "columns": {"a.b": "ignore"}, "ignore": ["p", "q"] }\n}';
    const { problemsAt } = parse(text, { sets: ["train.epochs=5"] });
    expect(problemsAt("data.label")).toBe("conf/a.json:3:14");
    expect(problemsAt("train.epochs")).toBe("--set train.epochs=5");
    expect(problemsAt("data.ignore.1")).toBe("conf/a.json:3:65");
    expect(problemsAt(["data", "columns", "a.b"])).toBe("conf/a.json:3:38");
  });

  test("a default is at the object around it", () => {
    const { problemsAt } = parse(csv("", '"train": {}'));
    expect(problemsAt("data.delimiter")).toBe("conf/a.json:1:10");
    expect(problemsAt("train.optimizer.momentum")).toBe("conf/a.json:1:53");
    expect(problemsAt("output.dir")).toBe("conf/a.json:1:1");
  });
});

describe("loadConfig", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "nnt-config-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  async function failure(file: string): Promise<[string, string]> {
    const error: unknown = await loadConfig({ path: file, cwd: folder }).catch((reason: unknown) => reason);
    if (!(error instanceof UsageError)) throw error;
    return [error.kind, error.message];
  }

  test("reads a file relative to the working directory", async () => {
    mkdirSync(path.join(folder, "sub"));
    writeFileSync(path.join(folder, "sub/iris.json"), `\uFEFF${csv()}`);
    const { config } = await loadConfig({ path: "sub/iris.json", cwd: folder, outDir: "o" });
    expect(config.data.train).toEqual([path.join(folder, "sub/a.csv")]);
    expect(config.output.dir).toBe(path.join(folder, "o"));
  });

  test("takes a given stream instead", async () => {
    const { config } = await loadConfig({ path: "-", cwd: folder, stream: Readable.from([csv()]) });
    expect(config.data.train).toEqual([path.join(folder, "a.csv")]);
  });

  test("no such file", async () => {
    const todo = "no such file (check the path)";
    expect(await failure("none.json")).toEqual(["CONFIG_NOT_FOUND", `none.json: ${todo}`]);
  });

  test("a folder", async () => {
    const todo = "is a folder: give the path of a config file, such as config.json in it";
    expect(await failure(".")).toEqual(["CONFIG_NOT_FOUND", `.: ${todo}`]);
  });

  test("a path through a file", async () => {
    writeFileSync(path.join(folder, "file"), "");
    const todo = "no such file: a part of the path is a file, not a folder";
    expect(await failure("file/a.json")).toEqual(["CONFIG_NOT_FOUND", `file/a.json: ${todo}`]);
  });

  test("a file without permission", async () => {
    const file = path.join(folder, "secret.json");
    writeFileSync(file, csv());
    chmodSync(file, 0);
    const todo = "no permission to read this file";
    chmodSync(folder, 0o755);
    expect(await asPlainUser(() => failure("secret.json"))).toEqual([
      "CONFIG_NOT_FOUND",
      `secret.json: ${todo}`,
    ]);
  });

  test("a file of more than 1 MiB", async () => {
    writeFileSync(path.join(folder, "big.json"), " ".repeat((1 << 20) + 1));
    expect(await failure("big.json")).toEqual([
      "CONFIG_SYNTAX",
      "big.json: larger than 1 MiB, expected a config; if this is data, have a config written: nnt init big.json",
    ]);
  });

  test("a file of exactly 1 MiB", async () => {
    writeFileSync(path.join(folder, "full.json"), csv().padEnd(1 << 20));
    await expect(loadConfig({ path: "full.json", cwd: folder })).resolves.toBeDefined();
  });

  test("a file that is not UTF-8", async () => {
    writeFileSync(path.join(folder, "gz.json"), Buffer.from([0x1f, 0x8b, 0x08, 0x00]));
    expect(await failure("gz.json")).toEqual([
      "CONFIG_SYNTAX",
      "gz.json: not UTF-8 text, expected a config; if this is data, have a config written: nnt init gz.json",
    ]);
  });

  test("the file is named as it was typed", () => {
    expect(syntax("{", { path: "./x.json" })).toEqual([
      './x.json:1:2: got the end of the file, expected "}"',
    ]);
  });
});
