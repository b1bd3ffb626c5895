/** @file The config: defaults, and each way to be wrong with its exact lines. */
import { describe, expect, test } from "vitest";
import { csv, FULL_CSV, idx, invalid, resolved, syntax } from "../support/config.ts";

const FORMS =
  "a fraction from 0 to below 1, an object { fraction, stratify }, or a file path or a list of them";
const KEYS = '"$schema", "data", "network", "train", "output"';
const VALUE = 'a string in double quotes, a number, true, false, null, "{" or "["';

describe("defaults", () => {
  test("of a table", () => {
    expect(resolved(csv())).toEqual({
      data: {
        format: "csv",
        train: ["/home/me/conf/a.csv"],
        delimiter: "auto",
        header: "auto",
        label: "y",
        ignore: [],
        columns: {},
        weight: null,
        missing: ["", "?", "NA", "N/A", "null", "NULL", "NaN"],
        decimal: "auto",
        onBadRow: "fail",
        scaling: "auto",
        validation: { kind: "none" },
        test: { kind: "none" },
      },
      network: { hidden: [128] },
      train: {
        epochs: 10,
        batchSize: 64,
        shuffle: true,
        seed: 1,
        optimizer: { name: "sgd", learningRate: 0.01, momentum: 0, nesterov: false, weightDecay: 0 },
        schedule: { name: "constant" },
        classWeights: "none",
        initFrom: null,
        threads: "auto",
        math: "portable",
      },
      output: { dir: "/home/me/runs/a" },
    });
  });

  test("of images", () => {
    expect(resolved(idx()).data).toEqual({
      format: "idx",
      train: { images: "/home/me/conf/i", labels: "/home/me/conf/l" },
      validation: { kind: "none" },
      test: { kind: "none" },
    });
  });

  test("every key set is taken", () => {
    expect(resolved(FULL_CSV)).toEqual({
      data: {
        format: "csv",
        train: ["/home/me/conf/penguins.csv"],
        delimiter: ";",
        header: true,
        label: "species",
        ignore: ["id"],
        columns: { year: "categorical", note: "ignore" },
        weight: "count",
        missing: ["", "NA"],
        decimal: ",",
        onBadRow: "skip",
        scaling: "robust",
        validation: { kind: "fraction", fraction: 0.2, stratify: false },
        test: { kind: "file", files: ["/home/me/conf/test.csv"] },
      },
      network: { hidden: [16, 8] },
      train: {
        epochs: 20,
        batchSize: 32,
        shuffle: false,
        seed: 7,
        optimizer: { name: "sgd", learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 1e-4 },
        schedule: { name: "linear" },
        classWeights: { Gentoo: 0.5, Adelie: 2 },
        initFrom: "/home/me/conf/start.safetensors",
        threads: 1,
        math: "fast",
      },
      output: { dir: "/home/me/runs/penguins" },
    });
  });

  test("an explicit format equals a guessed one", () => {
    expect(resolved(csv('"format": "csv"'))).toEqual(resolved(csv()));
    expect(resolved(idx('"format": "idx"'))).toEqual(resolved(idx()));
  });

  test.each([
    ["0", { kind: "none" }],
    ["null", { kind: "none" }],
    ['{"fraction": 0}', { kind: "none" }],
    ["0.25", { kind: "fraction", fraction: 0.25, stratify: true }],
    ['{"fraction": 0.25}', { kind: "fraction", fraction: 0.25, stratify: true }],
    ['{"fraction": 0.25, "stratify": false}', { kind: "fraction", fraction: 0.25, stratify: false }],
  ])("validation and test may be %s", (written, expected) => {
    expect(resolved(csv(`"validation": ${written}`)).data.validation).toEqual(expected);
    expect(resolved(idx(`"validation": ${written}`)).data.validation).toEqual(expected);
    expect(resolved(csv(`"test": ${written}`)).data.test).toEqual(expected);
    expect(resolved(idx(`"test": ${written}`)).data.test).toEqual(expected);
  });

  test("validation and test may be files of their own", () => {
    const files = { images: "/home/me/conf/t", labels: "/home/me/conf/u" };
    expect(resolved(idx('"test": {"images": "t", "labels": "u"}')).data.test).toEqual({
      kind: "file",
      ...files,
    });
    expect(resolved(csv('"test": "t.csv"')).data.test).toEqual({
      kind: "file",
      files: ["/home/me/conf/t.csv"],
    });
  });

  test.each([
    ["no hidden layer", '"network": {"hidden": []}'],
    ["no epochs", '"train": {"epochs": 0}'],
    ["largest seed", '"train": {"seed": 4294967295}'],
    ["empty sections", '"network": {}, "train": {"optimizer": {}}, "output": {}'],
    ["integers written as decimals", '"train": {"epochs": 1.0, "batchSize": 1e2}'],
  ])("%s is allowed", (_, rest) => {
    expect(() => resolved(csv("", rest))).not.toThrow();
  });

  test("a label may be a column index", () => {
    expect(resolved('{"data": {"train": "a.csv", "label": 0}}').data).toMatchObject({ label: 0 });
  });

  test("the config is frozen all the way down", () => {
    const config = resolved(FULL_CSV);
    const check = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      expect(Object.isFrozen(value)).toBe(true);
      for (const inner of Object.values(value)) check(inner);
    };
    check(config);
  });

  test("a column called constructor is no column type by accident", () => {
    const { data } = resolved(csv());
    expect(data.format === "csv" && data.columns.constructor).toBeUndefined();
    const named = resolved(csv('"columns": {"constructor": "ignore"}')).data;
    expect(named.format === "csv" && named.columns.constructor).toBe("ignore");
  });
});

describe("one problem", () => {
  test.each([
    // the file as a whole
    ["not an object: a number", "5", "1:1: got 5, expected a JSON object"],
    ["not an object: a list", "[]", "1:1: got [], expected a JSON object"],
    ["not an object: null", "null", "1:1: got null, expected a JSON object"],
    ["no data", "{}", "1:1: data: missing, expected an object { train, … }"],
    ["data is no object", '{"data": 5}', "1:10: data: got 5, expected an object { train, … }"],
    ["$schema is no string", csv("", '"$schema": 1'), "1:55: $schema: got 1, expected a string"],
    // which form of data
    [
      "no train",
      '{"data": {}}',
      '1:10: data.train: missing, expected a path of a CSV file, or "-" for standard input, or an object { images, labels }, or a folder with MNIST\'s files',
    ],
    [
      "train is a list of something else",
      '{"data": {"train": ["a.csv", 1], "label": 0}}',
      "1:30: data.train[1]: got 1, expected a path of a CSV file",
    ],
    ["format is unknown", csv('"format": "jpg"'), '1:53: data.format: got "jpg", expected "idx" or "csv"'],
    [
      "format idx with a path",
      '{"data": {"format": "idx", "train": "a.csv"}}',
      '1:37: data.train: got "a.csv", expected an object { images, labels }, or a folder with MNIST\'s files',
    ],
    [
      "format csv with an object",
      '{"data": {"format": "csv", "train": {"images": "i"}, "label": 0}}',
      '1:37: data.train: got {"images":"i"}, expected a path of a CSV file, or "-" for standard input, or a list of paths',
    ],
    [
      "key of a table with images",
      idx('"delimiter": ","'),
      '1:52: data.delimiter: unknown key for IDX data, expected only with "format": "csv"',
    ],
    // images
    [
      "no labels",
      '{"data": {"train": {"images": "i"}}}',
      "1:20: data.train.labels: missing, expected a path of an IDX file",
    ],
    [
      "images is empty",
      '{"data": {"train": {"images": "", "labels": "l"}}}',
      '1:31: data.train.images: got "", expected a path of an IDX file',
    ],
    [
      "images from standard input",
      '{"data": {"train": {"images": "-", "labels": "l"}}}',
      '1:31: data.train.images: got "-", expected a path of an IDX file',
    ],
    [
      "validation without labels",
      idx('"validation": {"images": "i"}'),
      "1:66: data.validation.labels: missing, expected a path of an IDX file",
    ],
    [
      "validation is a path",
      idx('"validation": "v"'),
      '1:66: data.validation: got "v", expected a fraction from 0 to below 1, an object { fraction, stratify }, an object { images, labels }, or a folder with MNIST\'s files',
    ],
    // tables
    [
      "no label",
      '{"data": {"train": "a.csv"}}',
      "1:10: data.label: missing, expected a column name, or a 0-based column index",
    ],
    [
      "label below 0",
      '{"data": {"train": "a.csv", "label": -1}}',
      "1:38: data.label: got -1, expected a column name, or a 0-based column index",
    ],
    [
      "label is no integer",
      '{"data": {"train": "a.csv", "label": 1.5}}',
      "1:38: data.label: got 1.5, expected a column name, or a 0-based column index",
    ],
    [
      "label is empty",
      '{"data": {"train": "a.csv", "label": ""}}',
      '1:38: data.label: got "", expected a column name, or a 0-based column index',
    ],
    [
      "label is null",
      '{"data": {"train": "a.csv", "label": null}}',
      "1:38: data.label: got null, expected a column name, or a 0-based column index",
    ],
    [
      "train is empty",
      '{"data": {"train": "", "label": 0}}',
      '1:20: data.train: got "", expected a path of a CSV file, or "-" for standard input',
    ],
    [
      "train has a NUL",
      '{"data": {"train": "a\\u0000b", "label": 0}}',
      '1:20: data.train: got "a\\u0000b", expected a path of a CSV file, or "-" for standard input',
    ],
    [
      "two characters as delimiter",
      csv('"delimiter": ";;"'),
      '1:56: data.delimiter: got ";;", expected "auto" or one character such as "," or "\\t"',
    ],
    [
      "a quote as delimiter",
      csv('"delimiter": "\\""'),
      '1:56: data.delimiter: got "\\"", expected "auto" or one character such as "," or "\\t"',
    ],
    ["header is a number", csv('"header": 1'), '1:53: data.header: got 1, expected "auto", true or false'],
    [
      "ignore is a string",
      csv('"ignore": "id"'),
      '1:53: data.ignore: got "id", expected a list of column names',
    ],
    ["ignore has a number", csv('"ignore": ["a", 3]'), "1:59: data.ignore[1]: got 3, expected a string"],
    [
      "ignore has the label",
      csv('"ignore": ["y"]'),
      '1:54: data.ignore[0]: got "y", expected a column that is not the label',
    ],
    [
      "columns is a list",
      csv('"columns": ["a"]'),
      '1:54: data.columns: got ["a"], expected an object of column names, each with "numeric", "categorical", "boolean" or "ignore"',
    ],
    [
      "unknown column type",
      csv('"columns": {"a b": "bool"}'),
      '1:62: data.columns["a b"]: got "bool", expected "numeric", "categorical", "boolean" or "ignore"',
    ],
    [
      "a type for the label",
      csv('"columns": {"y": "numeric"}'),
      '1:60: data.columns.y: got "numeric", expected no type for the label column (labels are always classes)',
    ],
    [
      "a type for an ignored column",
      csv('"ignore": ["a"], "columns": {"a": "numeric"}'),
      '1:77: data.columns.a: got "numeric", expected "ignore", as data.ignore lists this column',
    ],
    [
      "__proto__ as a column",
      csv('"columns": {"__proto__": "ignore"}'),
      "1:55: data.columns.__proto__: unknown key",
    ],
    [
      "missing is a string",
      csv('"missing": "NA"'),
      '1:54: data.missing: got "NA", expected a list of strings',
    ],
    ["missing has null", csv('"missing": [null]'), "1:55: data.missing[0]: got null, expected a string"],
    // held-out sets
    [
      "validation is a list",
      csv('"validation": []'),
      `1:57: data.validation: got [], expected a list of at least one path`,
    ],
    ["validation is true", csv('"validation": true'), `1:57: data.validation: got true, expected ${FORMS}`],
    [
      "validation is 1",
      csv('"validation": 1'),
      "1:57: data.validation: got 1, expected a fraction from 0 to below 1",
    ],
    [
      "validation below 0",
      csv('"validation": -0.1'),
      "1:57: data.validation: got -0.1, expected a fraction from 0 to below 1",
    ],
    [
      "fraction in quotes",
      csv('"validation": "0.1"'),
      '1:57: data.validation: got "0.1", expected a fraction without quotes, or a file path',
    ],
    [
      "percent",
      csv('"validation": "20%"'),
      '1:57: data.validation: got "20%", expected a fraction such as 0.2, or a file path',
    ],
    [
      "validation from standard input",
      csv('"validation": "-"'),
      '1:57: data.validation: got "-", expected a file path (standard input, "-", can only be data.train)',
    ],
    [
      "empty object as validation",
      csv('"validation": {}'),
      "1:57: data.validation.fraction: missing, expected a fraction from 0 to below 1",
    ],
    [
      "fraction of 2",
      csv('"validation": {"fraction": 2}'),
      "1:70: data.validation.fraction: got 2, expected a fraction from 0 to below 1",
    ],
    [
      "stratify is a string",
      csv('"test": {"fraction": 0.1, "stratify": "yes"}'),
      '1:81: data.test.stratify: got "yes", expected true or false',
    ],
    [
      "fractions leave nothing",
      csv('"validation": 0.5, "test": 0.5'),
      "1:70: data.test: got 0.5, expected less than 1 together with data.validation (0.5), so that rows are left for training",
    ],
    [
      "fractions of images leave nothing",
      idx('"validation": {"fraction": 0.4}, "test": {"fraction": 0.7}'),
      "1:106: data.test.fraction: got 0.7, expected less than 1 together with data.validation (0.4), so that rows are left for training",
    ],
  ])("%s", (_, text, line) => {
    expect(invalid(text)).toEqual([line]);
  });

  test.each([
    // network
    [
      "hidden is a number",
      '"network": {"hidden": 5}',
      "network.hidden: got 5, expected a list of at most 32 integers from 1 to 65536",
    ],
    [
      "a layer of no width",
      '"network": {"hidden": [0]}',
      "network.hidden[0]: got 0, expected an integer from 1 to 65536",
    ],
    [
      "a layer too wide",
      '"network": {"hidden": [65537]}',
      "network.hidden[0]: got 65537, expected an integer from 1 to 65536",
    ],
    [
      "a layer of 1.5",
      '"network": {"hidden": [1.5]}',
      "network.hidden[0]: got 1.5, expected an integer from 1 to 65536",
    ],
    [
      "a layer in quotes",
      '"network": {"hidden": ["8"]}',
      'network.hidden[0]: got "8", expected an integer from 1 to 65536',
    ],
    [
      "33 layers",
      `"network": {"hidden": [${Array(33).fill(1)}]}`,
      `network.hidden: got [${"1,".repeat(29)}1…, expected a list of at most 32 integers from 1 to 65536`,
    ],
    ["a section is null", '"network": null', "network: got null, expected an object"],
    [
      "a key that comes later",
      '"network": {"activation": "relu"}',
      'network.activation: unknown key, expected only "hidden"',
    ],
    // train
    ["epochs below 0", '"train": {"epochs": -1}', "train.epochs: got -1, expected an integer of at least 0"],
    ["half an epoch", '"train": {"epochs": 0.5}', "train.epochs: got 0.5, expected an integer of at least 0"],
    [
      "epochs in quotes",
      '"train": {"epochs": "10"}',
      'train.epochs: got "10", expected an integer of at least 0',
    ],
    [
      "too many epochs",
      '"train": {"epochs": 1e20}',
      "train.epochs: got 1e20, expected an integer of at most 9007199254740991",
    ],
    ["batch of 0", '"train": {"batchSize": 0}', "train.batchSize: got 0, expected an integer of at least 1"],
    ["shuffle is 1", '"train": {"shuffle": 1}', "train.shuffle: got 1, expected true or false"],
    [
      "seed too large",
      '"train": {"seed": 4294967296}',
      "train.seed: got 4294967296, expected an integer from 0 to 4294967295",
    ],
    [
      "infinite seed",
      '"train": {"seed": 1e400}',
      "train.seed: got 1e400, expected an integer from 0 to 4294967295",
    ],
    [
      "no thread",
      '"train": {"threads": 0}',
      'train.threads: got 0, expected an integer from 1 to 256, or "auto"',
    ],
    [
      "initFrom is empty",
      '"train": {"initFrom": ""}',
      'train.initFrom: got "", expected a path of a safetensors file, or null',
    ],
    [
      "initFrom is a number",
      '"train": {"initFrom": 1}',
      "train.initFrom: got 1, expected a path of a safetensors file, or null",
    ],
    ["dir is null", '"output": {"dir": null}', "output.dir: got null, expected a path of a folder"],
    [
      "schedule",
      '"train": {"schedule": {"name": "cosine"}}',
      'train.schedule.name: got "cosine", expected "constant" or "linear"',
    ],
    ["scheduler", '"train": {"scheduler": {}}', 'train.scheduler: unknown key, did you mean "schedule"?'],
    // optimizer
    [
      "optimizer by name",
      '"train": {"optimizer": "adam"}',
      'train.optimizer: got "adam", expected an object such as { "name": "sgd" }',
    ],
    [
      "schedule by name",
      '"train": {"schedule": "linear"}',
      'train.schedule: got "linear", expected an object such as { "name": "linear" }',
    ],
    ["schedule by number", '"train": {"schedule": 1}', "train.schedule: got 1, expected an object"],
    ["adam", '"train": {"optimizer": {"name": "adam"}}', 'train.optimizer.name: got "adam", expected "sgd"'],
    [
      "step size 0",
      '"train": {"optimizer": {"learningRate": 0}}',
      "train.optimizer.learningRate: got 0, expected a number above 0",
    ],
    [
      "infinite step size",
      '"train": {"optimizer": {"learningRate": 1e999}}',
      "train.optimizer.learningRate: got 1e999, expected a number above 0",
    ],
    [
      "momentum 1",
      '"train": {"optimizer": {"momentum": 1}}',
      "train.optimizer.momentum: got 1, expected a number from 0 to below 1",
    ],
    [
      "weight decay below 0",
      '"train": {"optimizer": {"weightDecay": -1}}',
      "train.optimizer.weightDecay: got -1, expected a number of at least 0",
    ],
    [
      "nesterov without momentum",
      '"train": {"optimizer": {"nesterov": true}}',
      "train.optimizer.nesterov: got true, expected false, or a momentum above 0",
    ],
    // unknown keys
    ["a misspelt key", '"train": {"epoch": 1}', 'train.epoch: unknown key, did you mean "epochs"?'],
    ["letters swapped", '"train": {"sede": 1}', 'train.sede: unknown key, did you mean "seed"?'],
    ["snake case", '"train": {"batch_size": 1}', 'train.batch_size: unknown key, did you mean "batchSize"?'],
    [
      "a name from another tool",
      '"train": {"optimizer": {"lr": 1}}',
      'train.optimizer.lr: unknown key, did you mean "learningRate"?',
    ],
    [
      "a key of a section within",
      '"train": {"momentum": 0}',
      'train.momentum: unknown key, did you mean "train.optimizer.momentum"?',
    ],
    ["a key of a section, at the top", '"epochs": 5', 'epochs: unknown key, did you mean "train.epochs"?'],
    [
      "a misspelt key of a section, at the top",
      '"epoch": 5',
      'epoch: unknown key, did you mean "train.epochs"?',
    ],
    ["a misspelt section", '"nework": {}', 'nework: unknown key, did you mean "network"?'],
    ["nothing like it", '"zzz": 1', `zzz: unknown key, expected one of ${KEYS}`],
    ["constructor", '"constructor": 1', `constructor: unknown key, expected one of ${KEYS}`],
    ["__proto__", '"__proto__": {"epochs": 1}', `__proto__: unknown key, expected one of ${KEYS}`],
    [
      "__proto__ in a section",
      '"network": {"__proto__": {}}',
      'network.__proto__: unknown key, expected only "hidden"',
    ],
    ["a key with a line break", '"a\\nb": 1', `["a\\nb"]: unknown key, expected one of ${KEYS}`],
    ["an empty key", '"": 1', `[""]: unknown key, expected one of ${KEYS}`],
    [
      "a duplicate key",
      '"network": {"hidden": [], "hidden": [1]}',
      "network.hidden: duplicate key, expected each key once",
    ],
    ["a duplicate section", '"network": {}, "network": {}', "network: duplicate key, expected each key once"],
  ])("%s", (_, rest, line) => {
    expect(invalid(csv("", rest)).map((each) => each.replace(/^1:\d+: /, ""))).toEqual([line]);
  });

  test("a long value is shortened, and cannot move the cursor", () => {
    expect(invalid(csv("", `"train": {"epochs": "${"x".repeat(99)}"}`))).toEqual([
      `1:64: train.epochs: got "${"x".repeat(60)}…", expected an integer of at least 0`,
    ]);
    expect(invalid(csv("", '"train": {"epochs": "\u009b2J\u202e"}'))).toEqual([
      '1:64: train.epochs: got "\\u009b2J\\u202e", expected an integer of at least 0',
    ]);
  });
});

describe("several problems", () => {
  test("all at once, in the order of the file, then of the command line", () => {
    const text = `{
  "epoch": 3,
  "data": {
    "train": "a.csv",
    "delimiter": ";;",
    "validation": { "fractoin": 0.1 },
  },
  "network": { "hidden": [1, "a", 0], "hidden": [] },
  "train": { "optimizer": { "learningRate": -1, "nesterov": true } },
}`;
    expect(invalid(text, { sets: ["train.seed=x", "foo=1"] })).toEqual([
      '2:3: epoch: unknown key, did you mean "train.epochs"?',
      "3:11: data.label: missing, expected a column name, or a 0-based column index",
      '5:18: data.delimiter: got ";;", expected "auto" or one character such as "," or "\\t"',
      "6:19: data.validation.fraction: missing, expected a fraction from 0 to below 1",
      '6:21: data.validation.fractoin: unknown key, did you mean "fraction"?',
      '8:30: network.hidden[1]: got "a", expected an integer from 1 to 65536',
      "8:35: network.hidden[2]: got 0, expected an integer from 1 to 65536",
      "8:39: network.hidden: duplicate key, expected each key once",
      "9:45: train.optimizer.learningRate: got -1, expected a number above 0",
      "9:61: train.optimizer.nesterov: got true, expected false, or a momentum above 0",
      '--set train.seed=x: train.seed: got "x", expected an integer from 0 to 4294967295',
      `--set foo=1: foo: unknown key, expected one of ${KEYS}`,
    ]);
  });

  test("rules between keys run beside other problems", () => {
    expect(invalid(csv('"header": 1, "ignore": ["y"], "validation": 0.9, "test": 0.9'))).toEqual([
      '1:53: data.header: got 1, expected "auto", true or false',
      '1:67: data.ignore[0]: got "y", expected a column that is not the label',
      "1:100: data.test: got 0.9, expected less than 1 together with data.validation (0.9), so that rows are left for training",
    ]);
  });

  test("no more than 50 lines and a count", () => {
    const keys = Array.from({ length: 60 }, (_, index) => `"zzz${index}": 0`).join(", ");
    const lines = invalid(csv("", keys));
    expect(lines).toHaveLength(51);
    expect(lines.at(-1)).toBe("… and 10 more problems");
  });

  test("a hundred thousand problems end soon", () => {
    const keys = Array.from({ length: 100_000 }, (_, index) => `"z${index}":0`).join(",");
    expect(invalid(csv("", keys))).toHaveLength(51);
    expect(invalid(csv(`"columns": {"a": ${`{"__proto__": 0}, "b":`.repeat(50_000)} 0}`))).toHaveLength(51);
  });
});

describe("syntax", () => {
  test.each([
    ["an empty file", "", ["1:1: the file is empty, expected a JSON object"]],
    ["only white space", " \r\n\t", ["1:1: the file is empty, expected a JSON object"]],
    ["only a byte order mark", "\uFEFF", ["1:1: the file is empty, expected a JSON object"]],
    ["only comments", "// a\n/* b */", ["1:1: the file is empty, expected a JSON object"]],
    ["an open brace", '{"data": {}', ['1:12: got the end of the file, expected "}"']],
    ["an open bracket", '{"network": {"hidden": [1', ['1:26: got the end of the file, expected "]"']],
    ["no comma", '{"train": {}\n "network": {}}', ['2:2: got "network", expected ","']],
    ["two commas", '{"train": {},, "network": {}}', ["1:14: got ,, expected a key in double quotes"]],
    ["no colon", '{"train" {"epochs": 5}}', ['1:10: got {, expected ":" after the key']],
    ["no value", '{"train":}', ["1:10: got }, expected a value"]],
    ["NaN", '{"train": NaN}', [`1:11: got NaN, expected ${VALUE}`]],
    ["Infinity", '{"train": -Infinity}', [`1:11: got -Infinity, expected ${VALUE}`]],
    ["single quotes", "{'train': {}}", [`1:2: got 'train', expected ${VALUE}`]],
    ["no quotes", "{train: {}}", [`1:2: got train, expected ${VALUE}`]],
    ["half a number", '{"train": 5.}', ["1:11: got 5., expected a complete number"]],
    ["a leading zero", '{"train": {"epochs": 05}}', ['1:23: got 5, expected ","']],
    ["an open string", '{"train": "a\n}', ['1:11: got "a, expected a closing double quote on the same line']],
    [
      "an unknown escape",
      '{"train": "\\q"}',
      ['1:11: got "\\q", expected an escape such as "\\n" or "\\\\"'],
    ],
    [
      "half an escape",
      '{"train": "\\u12"}',
      ['1:11: got "\\u12", expected four hexadecimal digits after \\u'],
    ],
    [
      "a control character",
      '{"train": "\u0001"}',
      ['1:11: got "\\u0001", expected no control characters in a string'],
    ],
    ["an open comment", "{} /* x", ['1:4: got /* x, expected "*/" at the end of the comment']],
    ["more after the end", "{} }", ["1:4: got }, expected nothing after the config"]],
    ["a table", "a,b\n1,2\n", [`1:1: got a, expected ${VALUE}`]],
    ["nested 100 000 deep", "[".repeat(100_000), ["1:1: expected at most 64 levels of nesting"]],
  ])("%s", (_, text, lines) => {
    expect(syntax(text)).toEqual(lines);
  });

  test("a value nested 70 deep", () => {
    expect(syntax(csv("", `"zz": ${"[".repeat(70)}${"]".repeat(70)}`)).at(-1)).toBe(
      "1:114: expected at most 64 levels of nesting",
    );
  });

  test("one line each, and with what is certainly wrong before the first", () => {
    const text = '{\n"epochs": 1,\n"network": {"hidden": 5},\n"train": {"seed": 1 "epochs": nan},\n"x": +1}';
    expect(syntax(text)).toEqual([
      '2:1: epochs: unknown key, did you mean "train.epochs"?',
      "3:23: network.hidden: got 5, expected a list of at most 32 integers from 1 to 65536",
      '4:21: got "epochs", expected ","',
      `5:6: got +1, expected ${VALUE}`,
    ]);
  });
});

describe("positions", () => {
  const PROBLEM = 'epoch: unknown key, did you mean "train.epochs"?';

  test.each([
    ["LF", '{\n\n "epoch": 1,', "3:2"],
    ["CRLF", '{\r\n\r\n "epoch": 1,', "3:2"],
    ["CR", '{\r\r "epoch": 1,', "3:2"],
    ["a tab is one column", '{\n\t\t"epoch": 1,', "2:3"],
    ["comments", '// c\n/* d\n e */ { /* f */ "epoch": 1,', "3:17"],
    ["a byte order mark", '\uFEFF{"epoch": 1,', "1:2"],
    ["a letter outside the basic plane is two, as in editors", '{ /* 𝛼 */ "epoch": 1,', "1:12"],
  ])("%s", (_, start, position) => {
    expect(invalid(start + csv().slice(1))).toEqual([`${position}: ${PROBLEM}`]);
  });

  test("trailing commas and comments are no problems", () => {
    expect(resolved('{ /* a */ "data": {"train": "a.csv", "label": "y",}, // b\n}')).toEqual(resolved(csv()));
  });
});
