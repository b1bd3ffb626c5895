/** @file Weights of rows: what they come to, and which are refused, by name and place. */
import { describe, expect, test } from "vitest";
import type { TableOptions } from "../../src/data/options.ts";
import type { SplitRows } from "../../src/data/split.ts";
import { type ClassWeights, type Weights, weighByClass, weighRows } from "../../src/data/weights.ts";
import { refusal, tableOf } from "../support/data.ts";

const classes = ["a", "b", "c"];
const labels = Uint32Array.of(0, 0, 1, 1, 1, 2, 2, 2, 2, 2);
const splitOf = (train: number[], validation: number[] | null = null): SplitRows => ({
  train: Uint32Array.from(train),
  validation: validation && Uint32Array.from(validation),
  test: null,
  notes: [],
});
const ALL = splitOf([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);

function byClass(classWeights: ClassWeights, rows = ALL): Weights {
  return weighRows({ labels, classes, rows }, classWeights, null, undefined);
}

/** Weights of a table of these weights, whose label is "yes" in every second row. */
async function byColumn(weights: string[], classWeights: ClassWeights = "none", rows?: SplitRows) {
  const lines = weights.map((weight, i) => `${i},${weight},${i % 2 === 0 ? "no" : "yes"}`);
  const table = await tableOf(["x,w,y", ...lines].join("\n"), { weight: "w" });
  const all = splitOf(weights.map((_, row) => row));
  return weighRows(
    { labels: table.labels, classes: table.classes, rows: rows ?? all },
    classWeights,
    table,
    undefined,
  );
}

describe("classes", () => {
  test("none, and numbers that are all 1, are no weights", () => {
    const none = { weights: null, weighting: null };
    expect([byClass("none"), byClass({}), byClass({ b: 1 })]).toEqual([none, none, none]);
  });

  test('balanced is compute_class_weight("balanced", …) of scikit-learn 1.2.1, over the training rows', () => {
    const { weights, weighting } = byClass("balanced");
    const expected = [1.6666666666666667, 1.1111111111111112, 0.6666666666666666];
    expect(weighting).toEqual({ classes: expected, column: null });
    expect(weights).toEqual(Float32Array.from(labels, (label) => expected[label]!));
    expect(byClass("balanced", splitOf([0, 2, 3, 5])).weighting?.classes).toEqual([4 / 3, 2 / 3, 4 / 3]);
  });

  test("balanced: a class without training rows is not counted, and weighs 1", () => {
    expect(byClass("balanced", splitOf([0, 2, 3, 4])).weighting?.classes).toEqual([2, 2 / 3, 1]);
  });

  test("by name; others weigh 1; a name that every object has is a class like any other", () => {
    expect(byClass({ c: 0.25, a: 3 }).weighting).toEqual({ classes: [3, 1, 0.25], column: null });
    const rows = splitOf([0, 1]);
    const set = { labels: Uint32Array.of(0, 1), classes: ["a", "constructor"], rows };
    expect(weighRows(set, { a: 2 }, null, undefined).weighting?.classes).toEqual([2, 1]);
  });

  test("a name that is no class: all at once, with its place and the class that was meant", async () => {
    const problemsAt = (key: readonly (string | number)[]) => `c.json:${key.join("/")}`;
    const set = { labels, classes: ["setosa", "virginica", "no"], rows: ALL };
    const error = await refusal(() => weighRows(set, { virginca: 2, no: 3, x: 1 }, null, problemsAt));
    expect([error.kind, error.exitCode]).toEqual(["CLASS_UNKNOWN", 2]);
    expect(error.message.split("\n")).toEqual([
      'c.json:train/classWeights/virginca: train.classWeights: there is no class "virginca" (did you mean "virginica"?)',
      'c.json:train/classWeights/x: train.classWeights: there is no class "x"',
      'the classes of the training data are "setosa", "virginica", "no"',
    ]);
  });

  test("a set of its own weighs by class", () => {
    const data = { labels, rows: 10 } as never;
    const set = { data, rows: ALL.train, weights: null };
    const weighting = { classes: [3, 1, 0.5], column: "w" };
    expect(weighByClass(set, weighting)?.weights).toEqual(
      Float32Array.of(3, 3, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5),
    );
    expect(weighByClass(set, { classes: null, column: "w" })).toBe(set);
    expect(weighByClass(set, null)).toBe(set);
    expect(weighByClass(null, weighting)).toBeNull();
  });
});

describe("column", () => {
  test("its numbers, times those of the classes; rows without a label are left out", async () => {
    const { weights, weighting } = await byColumn(["1", "0", "2.5e-3", " 7 "]);
    expect(weights).toEqual(Float32Array.of(1, 0, 0.0025, 7));
    expect(weighting).toEqual({ classes: null, column: "w" });
    const both = await byColumn(["1", "0", "0.5", "7"], { yes: 3 });
    expect(both.weights).toEqual(Float32Array.of(1, 0, 0.5, 21));
    expect(both.weighting).toEqual({ classes: [1, 3], column: "w" });
    const table = await tableOf("w,y,x\n5,a,1\n6,,2\n7,b,3", { weight: "w" });
    expect(table.weights).toMatchObject({ name: "w", values: Float64Array.of(5, 7) });
    expect(table.columns.map(({ name }) => name)).toEqual(["x"]); // the weight is no input
  });

  const cases: [string, string[], ClassWeights, string, string][] = [
    [
      "missing",
      ["1", "NA"],
      "none",
      "WEIGHT_MISSING",
      't.csv:3, column "w": the weight is missing, expected a number of at least 0',
    ],
    [
      "negative",
      ["1", "2", "-0.5"],
      "none",
      "WEIGHT_NEGATIVE",
      't.csv:4, column "w": got -0.5, expected a number of at least 0',
    ],
    [
      "no number",
      ["1", "heavy"],
      "none",
      "NOT_A_NUMBER",
      't.csv:3, column "w": expected a number, got "heavy" (correct it, or name another column in data.weight)',
    ],
    ["infinite", ["1", "1e999"], "none", "NUMBER_TOO_LARGE", 't.csv:3, column "w": "1e999" is too large'],
    [
      "0 as float32",
      ["1", "1e-60"],
      "none",
      "WEIGHT_RANGE",
      't.csv:3, column "w": 1e-60: expected a weight that float32',
    ],
    ["infinite as float32", ["1e39", "1"], "none", "WEIGHT_RANGE", 't.csv:2, column "w": 1e+39: expected'],
    [
      "product",
      ["1", "1e30"],
      { yes: 1e20 },
      "WEIGHT_RANGE",
      't.csv:3, column "w": 1e+30 times 100000000000000000000, the weight of its class:',
    ],
    ["all 0", ["0", "0"], "balanced", "WEIGHTS_ZERO", 't.csv, column "w": every training row weighs 0'],
  ];
  test.each(cases)("refuses: %s", async (_, weights, classWeights, kind, message) => {
    const error = await refusal(() => byColumn(weights, classWeights));
    expect([error.kind, error.exitCode]).toEqual([kind, 3]);
    expect(error.message).toContain(message);
  });

  test("all 0 among the training rows or the validation rows alone is refused too", async () => {
    const weights = ["0", "0", "1", "1"];
    const train = await refusal(() => byColumn(weights, "none", splitOf([0, 1], [2, 3])));
    expect(train.message).toContain("every training row weighs 0");
    const validation = await refusal(() => byColumn(weights, "none", splitOf([2, 3], [0, 1])));
    expect(validation.message).toContain("every validation row weighs 0");
  });

  test("names that the table does not have, and the label, are refused", async () => {
    const named = (weight: string, more: Partial<TableOptions> = {}) =>
      refusal(() => tableOf("count,y\n1,a\n2,b", { weight, ...more }));
    const unknown = await named("cuont");
    expect([unknown.kind, unknown.exitCode]).toEqual(["COLUMN_UNKNOWN", 2]);
    expect(unknown.message).toContain('data.weight: t.csv has no column "cuont" (did you mean "count"?)');
    expect((await named("y", { label: 1 })).message).toContain("data.weight: this column is the label");
  });
});
