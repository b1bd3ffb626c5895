/**
 * Measures of a confusion matrix against values of scikit-learn 1.2: precision_recall_fscore_support(y, p,
 * zero_division=0), per class and average="macro".
 */
import { expect, test } from "vitest";
import { accuracy, type ConfusionMatrix, classMetrics, macroAverage } from "../../src/train/metrics.ts";

const matrix = (rows: number[][]): ConfusionMatrix => ({
  classes: rows.length,
  counts: Uint32Array.from(rows.flat()),
});

test("a class that is never predicted counts as precision 0 in the mean", () => {
  const m = matrix([
    [1, 1, 0],
    [2, 2, 0],
    [1, 1, 0],
  ]);
  expect(accuracy(m)).toBe(3 / 8);
  expect(classMetrics(m)[2]).toEqual({ precision: null, recall: 0, f1: 0, support: 2 });
  const macro = macroAverage(m);
  expect(macro.precision).toBeCloseTo(0.25, 12);
  expect(macro.recall).toBeCloseTo(1 / 3, 12);
  expect(macro.f1).toBeCloseTo((2 / 6 + 4 / 8) / 3, 12);
});

test("a class that occurs neither as label nor as prediction does not count", () => {
  const m = matrix([
    [3, 1, 0],
    [0, 2, 0],
    [0, 0, 0],
  ]);
  expect(classMetrics(m)[2]).toEqual({ precision: null, recall: null, f1: null, support: 0 });
  expect(macroAverage(m).recall).toBeCloseTo((0.75 + 1) / 2, 12);
  expect(macroAverage(m).precision).toBeCloseTo((1 + 2 / 3) / 2, 12);
});
