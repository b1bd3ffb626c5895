/** @file Whole loads of training data: tables, gzip, stdin, validation files, MNIST. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { encodeTable } from "../../src/data/encode.ts";
import { readEvaluationTable } from "../../src/data/evaluate.ts";
import { fitPreprocessing } from "../../src/data/fit.ts";
import { loadTrainingData } from "../../src/data/load.ts";
import type { CsvDataOptions, IdxDataOptions, IdxFiles } from "../../src/data/options.ts";
import { DEFAULT_MISSING } from "../../src/missing.ts";
import { idxBytes, inFolder, MNIST, refusal, stdinOf, tableOf, write } from "../support/data.ts";

const csv = (train: string, label: string | number, more: Partial<CsvDataOptions> = {}): CsvDataOptions => ({
  format: "csv",
  train: [train],
  delimiter: "auto",
  header: "auto",
  label,
  ignore: [],
  columns: {},
  decimal: "auto",
  weight: null,
  missing: DEFAULT_MISSING,
  onBadRow: "fail",
  scaling: "auto",
  validation: { kind: "fraction", fraction: 0.2, stratify: true },
  test: { kind: "fraction", fraction: 0.2, stratify: true },
  ...more,
});

describe("loadTrainingData", () => {
  test("penguins: one data set, three lists of rows; nothing learnt from rows that do not train", async () => {
    const loaded = await loadTrainingData(csv("data/penguins.csv", "species"), 1, {});
    const { train, validation, test: held, preprocessing, counts } = loaded;
    expect([train.rows.length, validation?.rows.length, held?.rows.length]).toEqual([206, 69, 69]);
    expect([validation?.data, held?.data].every((data) => data === train.data)).toBe(true);
    expect(counts).toEqual({
      rows: 344,
      columns: 7,
      inputs: preprocessing.inputs,
      classes: 3,
      unlabelled: 0,
      unseen: 0,
      newlyMissing: 0,
      rejected: 0,
    });
    const { data } = train;
    for (let input = 0; input < data.denseWidth; input++) {
      let sum = 0;
      for (const row of train.rows) sum += data.dense[row * data.denseWidth + input]!;
      // only missing cells, filled with the median, move the training mean off 0
      expect(Math.abs(sum / train.rows.length)).toBeLessThan(0.01);
    }
    expect(await loadTrainingData(csv("data/penguins.csv", "species"), 1, {})).toEqual(loaded);
  });

  test("gzip and stdin give what the file gives", async () => {
    const text = readFileSync("data/iris.csv");
    const plain = await loadTrainingData(csv("data/iris.csv", 4), 1, {});
    const piped = await loadTrainingData(csv("-", 4), 1, { stdin: stdinOf(gzipSync(text)) });
    expect(piped).toEqual(plain);
  });

  test("validation and test files, notes, and errors that stay exit 3 while there is no model", () =>
    inFolder(async (folder) => {
      const train = write(folder, "train.csv", "1,a,k\n2,b,k\n3,a,k\n4,,k\n");
      const file = write(folder, "v.csv", "9,b,zz\n8,,k\n");
      const options = csv(train, 1, { validation: { kind: "file", files: [file] }, test: { kind: "none" } });
      const { validation, test: held, train: rows, notes, counts } = await loadTrainingData(options, 1, {});
      expect([rows.rows.length, validation?.rows.length, held]).toEqual([3, 1, null]);
      expect(notes).toEqual([
        `${train} has no header: its columns are named "0" to "2"`,
        `${train}: 1 row without a label left out`,
        'column "0" numbers the rows (add it to data.ignore if it is an identifier)',
        'column "2" is left out: it is "k" in every training row',
        `${file}: 1 row without a label left out`,
      ]);
      expect([counts.unlabelled, counts.rows]).toEqual([2, 3]);
      write(folder, "v.csv", "9,zebra,k\n");
      const error = await refusal(() => loadTrainingData(options, 1, {}));
      expect([error.kind, error.exitCode]).toEqual(["UNKNOWN_CLASS", 3]);
    }));

  test("a problem with a column's name says where the config names it", async () => {
    const problemsAt = (keyPath: readonly (string | number)[]): string => `c.json:${keyPath.length}:1`;
    const options = csv("data/iris.csv", "specie", {
      ignore: ["sepal"],
      columns: { "petal.width": "numeric" },
    });
    const error = await refusal(() => loadTrainingData(options, 1, { problemsAt }));
    expect([error.kind, error.exitCode]).toEqual(["COLUMN_UNKNOWN", 2]);
    expect(error.message.split("\n").slice(0, 3)).toEqual([
      'c.json:2:1: data.label: data/iris.csv has no column "specie" (did you mean "species"?)',
      'c.json:3:1: data.ignore: data/iris.csv has no column "sepal"',
      'c.json:3:1: data.columns: data/iris.csv has no column "petal.width" (did you mean "petal_width"?)',
    ]);
  });

  test("MNIST: a tenth for validation, the t10k files for test, pixels not copied", async () => {
    const options: IdxDataOptions = {
      format: "idx",
      train: { images: `${MNIST}/train-images-idx3-ubyte`, labels: `${MNIST}/train-labels-idx1-ubyte` },
      validation: { kind: "fraction", fraction: 0.1, stratify: true },
      test: {
        kind: "file",
        images: `${MNIST}/t10k-images-idx3-ubyte`,
        labels: `${MNIST}/t10k-labels-idx1-ubyte`,
      },
    };
    const { train, validation, test: held, preprocessing } = await loadTrainingData(options, 1, {});
    expect([train.rows.length, validation?.rows.length, held?.rows.length]).toEqual([54_000, 6000, 10_000]);
    expect(validation?.data).toBe(train.data);
    expect([train.data.dense instanceof Uint8Array, preprocessing.inputs]).toEqual([true, 784]);
  });

  test("MNIST's sets the wrong way round, by their names: a note", () =>
    inFolder(async (folder) => {
      const set = (name: string) => ({
        images: write(folder, `${name}-images-idx3-ubyte`, idxBytes(8, [2, 1, 2], [1, 2, 3, 4])),
        labels: write(folder, `${name}-labels-idx1-ubyte`, idxBytes(8, [2], [0, 1])),
      });
      const [train, test] = [set("train"), set("t10k")];
      const load = (trained: IdxFiles, tested: IdxFiles) =>
        loadTrainingData(
          { format: "idx", train: trained, validation: { kind: "none" }, test: { kind: "file", ...tested } },
          1,
          {},
        );
      expect((await load(train, test)).notes).toEqual([]);
      expect((await load(test, train)).notes).toEqual([
        `data.train is ${test.images} and data.test is ${train.images}: by their names they are swapped`,
      ]);
    }));

  test("whole evaluation tables are one data set", async () => {
    const text = "n,c,y\n1,red,a\n-2,blue,b\n,red,a\n";
    const trained = await tableOf(text);
    const { preprocessing } = fitPreprocessing(trained, Uint32Array.of(0, 1, 2));
    const { data: first } = encodeTable(trained, preprocessing);
    const table = await readEvaluationTable(["-"], preprocessing, { onBadRow: "fail", stdin: stdinOf(text) });
    expect(table.data).toEqual(first);
  });
});
