/** @file Robust scaling: which columns take it, what it makes of their numbers, and that a later row gets the same bits. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { numericInput } from "../../src/data/cells.ts";
import { encodeTable } from "../../src/data/encode.ts";
import { fitPreprocessing } from "../../src/data/fit.ts";
import type { Scaling } from "../../src/data/options.ts";
import type { NumericColumn } from "../../src/data/preprocessing.ts";
import { tableOf } from "../support/data.ts";

const COLUMN: NumericColumn = {
  name: "x",
  type: "numeric",
  input: 0,
  mean: 1000,
  deviation: 5000,
  median: 10,
  missingInput: null,
};
const ROBUST: NumericColumn = { ...COLUMN, spread: 4 };

/** The fitted column of these values, and the notes. */
async function fitted(
  values: readonly number[],
  scaling: Scaling,
): Promise<{ column: NumericColumn; notes: string[] }> {
  const table = await tableOf(`x,y\n${values.map((value, i) => `${value},${i % 2}\n`).join("")}`);
  const rows = Uint32Array.from(values, (_, row) => row);
  const { preprocessing, notes } = fitPreprocessing(table, rows, scaling);
  return { column: preprocessing.columns[0] as NumericColumn, notes: [...notes] };
}

const BULK = Array.from({ length: 200 }, (_, i) => (i * 37) % 100); // 0 to 99, each twice
const WITH_OUTLIER = [...BULK, 1e9];

describe("a number of a robust column", () => {
  test("z / √(1 + (z/3)²) of z = (x - median) / spread, within 1 ulp of float32", () => {
    for (const x of [-3, 9, 10, 10.5, 11, 14, 40, 1e4, -1e6]) {
      const z = (x - 10) / 4;
      const expected = z / Math.sqrt(1 + (z / 3) ** 2);
      expect(Math.abs(numericInput(x, ROBUST) - expected)).toBeLessThanOrEqual(Math.abs(expected) * 2 ** -23);
    }
  });

  test("any number becomes one within ±3, in order; a missing one becomes 0, the median's", () => {
    expect(numericInput(Number.NaN, ROBUST)).toBe(0);
    expect(numericInput(10, ROBUST)).toBe(0);
    const tiny = { ...ROBUST, median: -1e308, spread: 5e-324 };
    expect([numericInput(1e308, tiny), numericInput(-1.7e308, tiny)]).toEqual([3, -3]);
    const any = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(any, any, (a, b) => {
        const [low, high] = [numericInput(Math.min(a, b), ROBUST), numericInput(Math.max(a, b), ROBUST)];
        expect(-3 <= low && low <= high && high <= 3).toBe(true);
      }),
    );
  });

  test("without a spread it is standardised, as models of older versions are", () => {
    expect(numericInput(40, COLUMN)).toBe(Math.fround((40 - 1000) / 5000));
  });
});

describe("which columns are scaled robustly", () => {
  test("auto: those with a value far out, and says so", async () => {
    const { column, notes } = await fitted(WITH_OUTLIER, "auto");
    expect(column.median).toBe(50);
    expect(column.spread).toBeCloseTo((75 - 25) / 1.349, 12);
    expect(notes).toEqual([
      expect.stringMatching(
        /^column "x" has heavy tails .*: scaled by its median and quartiles \(data\.scaling\)$/,
      ),
    ]);
    // the bulk keeps its differences: standardised, they would all be the same
    expect(numericInput(99, column) - numericInput(0, column)).toBeGreaterThan(2);
  });

  test("auto leaves other columns as they were: no key, no note", async () => {
    const { column, notes } = await fitted(BULK, "auto");
    expect(Object.keys(column)).not.toContain("spread");
    expect(notes).toEqual([]);
    expect(column).toEqual((await fitted(BULK, "standard")).column);
  });

  test('"standard": none; "robust": all, without a note', async () => {
    expect((await fitted(WITH_OUTLIER, "standard")).column).not.toHaveProperty("spread");
    const { column, notes } = await fitted(BULK, "robust");
    expect(column.spread).toBeGreaterThan(0);
    expect(notes).toEqual([]);
  });

  test("a tail below the mean counts as one above it", async () => {
    const { column } = await fitted(
      WITH_OUTLIER.map((value) => -value),
      "auto",
    );
    expect(column.spread).toBeCloseTo((75 - 25) / 1.349, 12);
  });

  test("where quartiles are equal, the spread is what half of the other numbers keep from the median", async () => {
    const { column } = await fitted([...Array(300).fill(0), 5, 7, 1000, -6], "auto");
    expect([column.median, column.spread]).toEqual([0, 6.5]);
  });

  test("training rows alone decide: an outlier among the others changes nothing", async () => {
    const table = await tableOf(`x,y\n${WITH_OUTLIER.map((value, i) => `${value},${i % 2}\n`).join("")}`);
    const rows = Uint32Array.from(BULK, (_, row) => row);
    const { preprocessing, notes } = fitPreprocessing(table, rows, "auto");
    expect(preprocessing.columns[0]).not.toHaveProperty("spread");
    expect(notes).toEqual([]);
    expect(() => encodeTable(table, preprocessing)).not.toThrow();
  });
});

test("several columns with heavy tails are one note", async () => {
  const rows = WITH_OUTLIER.map((value, i) => `${value},${i % 7},${-value},${i % 2}\n`).join("");
  const table = await tableOf(`a,b,c,y\n${rows}`);
  const { notes } = fitPreprocessing(
    table,
    Uint32Array.from(WITH_OUTLIER, (_, row) => row),
    "auto",
  );
  expect(notes).toEqual([
    expect.stringMatching(/^columns "a", "c" have heavy tails .*: scaled by their medians and quartiles/),
  ]);
});
