import { describe, expect, test } from "vitest";
import { decodeModel, encodeModel, type Model } from "../../src/model/file.ts";
import { canonicalJson } from "../../src/model/json.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/model/safetensors.ts";
import { errorOf, imageModel, tableModel } from "../support/model.ts";

/** A JSON value of any shape, to be damaged. */
type Loose = { [key: string]: Loose } & Loose[];

/** The file of `model` with its metadata text replaced. */
function withText(model: Model, edit: (text: string) => string): Uint8Array {
  const file = decodeSafetensors(encodeModel(model), "m.bin");
  return encodeSafetensors([...file.tensors.values()], { nnt: edit(file.metadata.get("nnt")!) });
}

function damaged(model: Model, edit: (value: Loose) => unknown): Uint8Array {
  return withText(model, (text) => {
    const value = JSON.parse(text) as Loose;
    edit(value);
    return JSON.stringify(value);
  });
}

const set = (target: Loose | undefined, values: object) => Object.assign(target!, values);
const table = (value: Loose) => value.preprocessing!;
const numeric = (value: Loose) => table(value).columns![0]!;
const category = (value: Loose) => table(value).columns![1]!;

const TABLE_CASES: [string, string, (value: Loose) => unknown][] = [
  [
    "MODEL_NEWER",
    "written by a newer nnt (format 2, this one reads 1): update nnt",
    (v) => set(v, { formatVersion: 2 }),
  ],
  ["MODEL_METADATA", 'formatVersion: got "1", expected 1', (v) => set(v, { formatVersion: "1" })],
  ["MODEL_METADATA", "formatVersion: got 0, expected 1", (v) => set(v, { formatVersion: 0 })],
  ["MODEL_METADATA", "formatVersion: got nothing, expected 1", (v) => delete v.formatVersion],
  ["MODEL_UNKNOWN_KEY", '"extra": this key is not known', (v) => set(v, { extra: 1 })],
  ["MODEL_UNKNOWN_KEY", 'training."seconds": this key', (v) => set(v.training, { seconds: 1 })],
  ["MODEL_METADATA", "network: got null, expected an object", (v) => set(v, { network: null })],
  [
    "MODEL_METADATA",
    'activation: got "tanh", expected "relu"',
    (v) => set(v.network, { activation: "tanh" }),
  ],
  [
    "MODEL_METADATA",
    "network.sizes: got [5], expected a list of 2 or more",
    (v) => set(v.network, { sizes: [5] }),
  ],
  [
    "MODEL_METADATA",
    "network.sizes[1]: got 0, expected an integer of 1",
    (v) => set(v.network, { sizes: [5, 0, 2] }),
  ],
  ["MODEL_METADATA", "network.sizes[1]: got 1.5", (v) => set(v.network, { sizes: [5, 1.5, 2] })],
  ["MODEL_METADATA", "network.sizes: got 5, expected a list", (v) => set(v.network, { sizes: 5 })],
  ["MODEL_TENSORS", "0.weight: got (2, 5), expected (3, 5)", (v) => set(v.network, { sizes: [5, 3, 2] })],
  [
    "MODEL_TENSORS",
    "0.weight: got (2, 5), expected",
    (v) => set(v.network, { sizes: [5, 9007199254740991, 2] }),
  ],
  [
    "MODEL_TENSORS",
    '"2.weight": got (2, 2), expected no such tensor',
    (v) => set(v.network, { sizes: [5, 2] }),
  ],
  ["MODEL_INPUTS", "preprocessing.inputs: got 6, expected 5", (v) => set(table(v), { inputs: 6 })],
  ["MODEL_CLASSES", "preprocessing.classes: got 1, expected 2", (v) => set(table(v), { classes: ["no"] })],
  ["MODEL_CLASS_TWICE", 'classes: "no" appears twice', (v) => set(table(v), { classes: ["no", "no"] })],
  ["MODEL_METADATA", "classes[1]: got 2, expected a string", (v) => set(table(v), { classes: ["no", 2] })],
  ["MODEL_METADATA", 'format: got "xml", expected "csv" or "idx"', (v) => set(table(v), { format: "xml" })],
  ["MODEL_METADATA", 'format: got "toString", expected', (v) => set(table(v), { format: "toString" })],
  ["MODEL_METADATA", "label: got nothing, expected a string", (v) => delete table(v).label],
  ["MODEL_METADATA", "hasHeader: got 1, expected true or false", (v) => set(table(v), { hasHeader: 1 })],
  ["MODEL_METADATA", "missing[0]: got null, expected a string", (v) => set(table(v), { missing: [null] })],
  ["MODEL_METADATA", 'columns[0].type: got "date"', (v) => set(numeric(v), { type: "date" })],
  ["MODEL_METADATA", "columns[0]: got 1, expected an object", (v) => set(table(v), { columns: [1] })],
  ["MODEL_METADATA", "columns[0].input: got -1, expected an integer", (v) => set(numeric(v), { input: -1 })],
  ["MODEL_NOT_POSITIVE", "columns[0].deviation: got 0, expected", (v) => set(numeric(v), { deviation: 0 })],
  ["MODEL_NOT_POSITIVE", "columns[0].deviation: got -1, expected", (v) => set(numeric(v), { deviation: -1 })],
  ["MODEL_NOT_POSITIVE", "columns[0].deviation: got null", (v) => set(numeric(v), { deviation: null })],
  [
    "MODEL_NOT_A_NUMBER",
    "columns[0].mean: got null, expected a finite number",
    (v) => set(numeric(v), { mean: null }),
  ],
  ["MODEL_NOT_A_NUMBER", 'columns[0].median: got "4", expected', (v) => set(numeric(v), { median: "4" })],
  ["MODEL_NOT_POSITIVE", "columns[0].spread: got 0, expected", (v) => set(numeric(v), { spread: 0 })],
  ["MODEL_NOT_POSITIVE", "columns[0].spread: got null, expected", (v) => set(numeric(v), { spread: null })],
  ["MODEL_INPUT_RANGE", "columns[0]: inputs 2 to 2 are outside 0 to 0", (v) => set(numeric(v), { input: 2 })],
  [
    "MODEL_INPUT_RANGE",
    "columns[0]: inputs 5 to 5 are outside 1 to 4",
    (v) => set(numeric(v), { missingInput: 5 }),
  ],
  [
    "MODEL_INPUT_RANGE",
    "columns[1]: inputs 0 to 2 are outside 1 to 4",
    (v) => set(category(v), { firstInput: 0 }),
  ],
  [
    "MODEL_INPUT_RANGE",
    "columns[1]: inputs 3 to 5 are outside 1 to 4",
    (v) => set(category(v), { firstInput: 3 }),
  ],
  ["MODEL_INPUT_RANGE", "columns[1]: inputs", (v) => set(category(v), { firstInput: 2 ** 53 - 1 })],
  ["MODEL_INPUT_OVERLAP", "columns[1]: input 1 is also of", (v) => set(category(v), { firstInput: 1 })],
  [
    "MODEL_INPUT_RANGE",
    "columns[0]: inputs 0 to 0 are outside 1 to 4",
    (v) => set(numeric(v), { missingInput: 0 }),
  ],
  [
    "MODEL_TABLE_WIDTH",
    "tableWidth: got 2, expected more than the 2",
    (v) => set(table(v), { tableWidth: 2 }),
  ],
  ["MODEL_INPUT_OVERLAP", "columns[1]: input 2 is also of", (v) => set(numeric(v), { missingInput: 2 })],
  ["MODEL_INPUT_UNUSED", "no column sets input 1 of 5", (v) => set(numeric(v), { missingInput: null })],
  ["MODEL_INPUT_UNUSED", "no column sets input 0 of 5", (v) => set(table(v), { columns: [] })],
  ["MODEL_DENSE_WIDTH", "denseWidth: got 6, expected at most 5", (v) => set(table(v), { denseWidth: 6 })],
  ["MODEL_METADATA", "levels: got [], expected a list of 1 or more", (v) => set(category(v), { levels: [] })],
  ["MODEL_LEVEL_TWICE", 'levels: "a" appears twice', (v) => set(category(v), { levels: ["a", "b", "a"] })],
  ["MODEL_LEVEL_TWICE", "levels: null appears twice", (v) => set(category(v), { levels: [null, "b", null] })],
  ["MODEL_METADATA", "levels[0]: got 1, expected a string", (v) => set(category(v), { levels: [1, 2, 3] })],
  ["MODEL_COLUMN_TWICE", 'columns: "island" appears twice', (v) => set(numeric(v), { name: "island" })],
  ["MODEL_COLUMN_TWICE", 'columns: "mass" appears twice', (v) => set(table(v), { label: "mass" })],
  ["MODEL_METADATA", "training: got [], expected an object", (v) => set(v, { training: [] })],
  ["MODEL_METADATA", "training.epochs: got -1", (v) => set(v.training, { epochs: -1 })],
  [
    "MODEL_CLASS_WEIGHTS",
    "training.weighting.classes: got 3, expected 2, one for each class",
    (v) => set(v.training, { weighting: { classes: [1, 2, 3], column: null } }),
  ],
  [
    "MODEL_NOT_POSITIVE",
    "training.weighting.classes[1]: got 0, expected a finite number above 0",
    (v) => set(v.training, { weighting: { classes: [1, 0], column: null } }),
  ],
  [
    "MODEL_METADATA",
    "training.weighting.column: got nothing, expected a string",
    (v) => set(v.training, { weighting: { classes: null } }),
  ],
  [
    "MODEL_METADATA",
    "training.weighting: got null, expected an object",
    (v) => set(v.training, { weighting: null }),
  ],
  ["MODEL_METADATA", "training.batchSize: got 0", (v) => set(v.training, { batchSize: 0 })],
  ["MODEL_METADATA", "training.seed: got 1.5", (v) => set(v.training, { seed: 1.5 })],
  ["MODEL_TRAINING", "bestEpoch: got 4, expected at most 3", (v) => set(v.training, { bestEpoch: 4 })],
  ["MODEL_METADATA", 'optimizer."name": got {}', (v) => set(v.training!.optimizer, { name: {} })],
  ["MODEL_METADATA", "training.schedule", (v) => set(v.training, { schedule: "linear" })],
  ["MODEL_METADATA", "training.optimizer: got null", (v) => set(v.training, { optimizer: null })],
  [
    "MODEL_METADATA",
    "train.accuracy: got 2, expected a number from 0 to 1",
    (v) => set(v.training!.train, { accuracy: 2 }),
  ],
  [
    "MODEL_NOT_A_NUMBER",
    "validation.loss: got null",
    (v) => set(v.training, { validation: { loss: null, accuracy: 1 } }),
  ],
  ["MODEL_METADATA", "training.train: got nothing", (v) => delete v.training!.train],
];

const IMAGE_CASES: [string, string, (value: Loose) => unknown][] = [
  ["MODEL_IMAGE_SHAPE", "shape: got (2, 3), expected 4 values", (v) => set(table(v), { shape: [2, 3] })],
  ["MODEL_METADATA", "shape[0]: got -2", (v) => set(table(v), { shape: [-2, -2] })],
  ["MODEL_NOT_POSITIVE", "scale: got 0", (v) => set(table(v), { scale: 0 })],
  ["MODEL_UNKNOWN_KEY", '"columns": this key is not known', (v) => set(table(v), { columns: [] })],
];

const TEXT_CASES: [string, string, (text: string) => string][] = [
  ["MODEL_METADATA_NOT_JSON", "is not JSON", (text) => text.slice(1)],
  ["MODEL_METADATA_NOT_JSON", "is not JSON", () => ""],
  [
    "MODEL_METADATA_NOT_JSON",
    'has the key "seed" twice',
    (text) => text.replace('"seed":1', '"seed":1,"seed":2'),
  ],
  ["MODEL_METADATA_NOT_JSON", "is nested too deep", () => "[".repeat(100_000)],
  ["MODEL_METADATA", "top level: got [], expected an object", () => "[]"],
  ["MODEL_METADATA", "top level: got null", () => "null"],
  ["MODEL_NOT_A_NUMBER", "mean: got null, expected a finite number", (text) => text.replace("4.25", "1e999")],
  ["MODEL_NOT_POSITIVE", "deviation", (text) => text.replace('"deviation":0.5', '"deviation":1e999')],
  ["MODEL_UNKNOWN_KEY", '"__proto__"', (text) => text.replace('"seed"', '"__proto__":{},"seed"')],
  ["MODEL_UNKNOWN_KEY", '"constructor"', (text) => text.replace('"seed"', '"constructor":1,"seed"')],
];

describe("metadata that is wrong", () => {
  function check(bytes: Uint8Array, kind: string, message: string): void {
    const error = errorOf(() => decodeModel(bytes, "m.bin"));
    expect(error.message).toContain(message);
    expect(error.kind).toBe(kind);
    expect(error.message.startsWith("m.bin: ")).toBe(true);
  }

  test.each(TABLE_CASES)("%s: %s", (kind, message, edit) => {
    check(damaged(tableModel(), edit), kind, message);
  });
  test.each(IMAGE_CASES)("%s: %s (images)", (kind, message, edit) => {
    check(damaged(imageModel(), edit), kind, message);
  });
  test.each(TEXT_CASES)("%s: %s (text)", (kind, message, edit) => {
    check(withText(tableModel(), edit), kind, message);
  });

  test.each([
    { classes: [0.5, 2], column: null },
    { classes: null, column: "w" },
  ])("what rows weighed by comes back as it was: %j", (weighting) => {
    const model = tableModel();
    const training = { ...model.training, weighting };
    expect(decodeModel(encodeModel({ ...model, training }), "m.bin").training).toEqual(training);
  });

  test("the undamaged models pass the same road", () => {
    for (const model of [tableModel(), imageModel()]) {
      expect(decodeModel(withText(model, String), "m.bin")).toEqual(model);
    }
  });

  test("a column that is scaled robustly has one more key; others need none", () => {
    const read = (edit: (value: Loose) => unknown) =>
      decodeModel(damaged(tableModel(), edit), "m.bin").preprocessing;
    const { preprocessing } = tableModel();
    const columns = preprocessing.format === "csv" ? preprocessing.columns : [];
    const robust = [{ ...columns[0], spread: 0.25 }, columns[1]];
    expect(read((v) => set(numeric(v), { spread: 0.25 }))).toEqual({ ...preprocessing, columns: robust });
    expect(read(() => {})).toEqual(preprocessing);
  });
});

describe("canonical JSON", () => {
  test("sorts keys by code unit at every depth and keeps lists in order", () => {
    expect(canonicalJson({ b: [{ z: 1, a: null }, 2], 10: true, 9: "é\n", B: -0 })).toBe(
      '{"10":true,"9":"é\\n","B":0,"b":[{"a":null,"z":1},2]}',
    );
  });

  test.each([Number.NaN, Infinity, undefined, () => 1, 1n])(
    "refuses %s, which JSON would drop or change",
    (value) => {
      expect(() => canonicalJson({ value })).toThrow("internal:");
    },
  );
});
