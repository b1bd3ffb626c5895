/** @file Splits: every row once, shares within one row per class, the same rows for the same seed. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type SplitParts, type SplitRows, split } from "../../src/data/split.ts";
import { refusal } from "../support/data.ts";

const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `c${i}`);
const parts = (validation: number, test: number, stratify = true): SplitParts => ({
  validation: validation > 0 ? { fraction: validation, stratify } : null,
  test: test > 0 ? { fraction: test, stratify } : null,
});
const rowsOf = (s: SplitRows): number[] => [...s.train, ...(s.validation ?? []), ...(s.test ?? [])];
const inClass = (rows: Uint32Array, labels: Uint32Array, c: number): number =>
  rows.filter((row) => labels[row] === c).length;

describe("split", () => {
  const labelled = fc
    .tuple(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 20, max: 200 }))
    .chain(([classes, rows]) =>
      fc.tuple(fc.constant(classes), fc.array(fc.nat(classes - 1), { minLength: rows, maxLength: rows })),
    );
  const fraction = fc.integer({ min: 10, max: 40 }).map((percent) => percent / 100);

  test("stratified: a partition, ascending, each class within 1 row of its share and never without training", () => {
    fc.assert(
      fc.property(labelled, fraction, fraction, fc.integer(), ([classes, list], v, t, seed) => {
        const labels = Uint32Array.from(list);
        const result = split(labels, names(classes), parts(v, t), seed);
        expect(rowsOf(result).sort((a, b) => a - b)).toEqual(list.map((_, i) => i));
        for (const rows of [result.train, result.validation!, result.test!])
          expect(rows).toEqual(rows.slice().sort());
        for (let c = 0; c < classes; c++) {
          const size = list.filter((label) => label === c).length;
          if (size > 0) expect(inClass(result.train, labels, c)).toBeGreaterThan(0);
          if (size < 3) continue;
          expect(Math.abs(inClass(result.test!, labels, c) - size * t)).toBeLessThan(1);
          // the validation share may be cut by the row that stays in training
          expect(inClass(result.validation!, labels, c) - size * v).toBeLessThan(1);
          if (size >= 10) expect(size * v - inClass(result.validation!, labels, c)).toBeLessThan(1);
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  test("round(rows × fraction) rows when classes are large, stratified or not", () => {
    const labels = Uint32Array.from({ length: 1797 }, (_, i) => i % 10);
    for (const stratify of [true, false]) {
      const result = split(labels, names(10), parts(0.1, 0.2, stratify), 1);
      expect([result.validation!.length, result.test!.length]).toEqual([180, 359]);
    }
  });

  test("same seed, same rows; another seed, other rows; the test rows do not depend on validation", () => {
    const labels = Uint32Array.from({ length: 100 }, (_, i) => i % 3);
    const first = split(labels, names(3), parts(0.2, 0.2), 1);
    expect(split(labels, names(3), parts(0.2, 0.2), 1)).toEqual(first);
    expect(split(labels, names(3), parts(0.2, 0.2), 2).test).not.toEqual(first.test);
    expect(split(labels, names(3), parts(0, 0.2), 1).test).toEqual(first.test);
    expect(Array.from(first.test!.subarray(0, 6))).toEqual(GOLDEN);
  });

  test("no parts: all rows train", () => {
    const result = split(Uint32Array.of(0, 1, 0), names(2), parts(0, 0), 1);
    expect([Array.from(result.train), result.validation, result.test, result.notes]).toEqual([
      [0, 1, 2],
      null,
      null,
      [],
    ]);
  });

  test("a class with one row stays in training, with a note", () => {
    const labels = Uint32Array.from({ length: 40 }, (_, i) => (i === 17 ? 1 : 0));
    const result = split(labels, names(2), parts(0.4, 0.4), 3);
    expect(result.train).toContain(17);
    expect(result.notes).toEqual(['class "c1" has a single row; it stays in training']);
  });

  test("without strata a class may miss training: a note says so", () => {
    const labels = Uint32Array.of(0, 0, 0, 0, 0, 0, 1, 0, 0, 0);
    const seeds = Array.from({ length: 50 }, (_, seed) =>
      split(labels, names(2), parts(0, 0.5, false), seed),
    );
    const without = seeds.find((s) => s.test!.includes(6))!;
    expect(without.notes).toEqual(['class "c1" has no row in training: all 1 went to validation or test']);
  });

  test("refuses a part without rows and an empty training set, with the numbers", async () => {
    const labels = Uint32Array.from({ length: 40 }, (_, i) => i % 2);
    const none = await refusal(() => split(labels, names(2), parts(0.01, 0), 1));
    expect([none.kind, none.exitCode]).toEqual(["SPLIT_EMPTY", 3]);
    expect(none.message).toContain("data.validation: a fraction of 0.01 of 40 rows is no row");
    const singles = await refusal(() => split(Uint32Array.of(0, 1, 2), names(3), parts(0.4, 0), 1));
    expect(singles.message).toContain("the last row of each class stays in training");
    const all = await refusal(() => split(labels, names(2), parts(0.5, 0.5, false), 1));
    expect(all.message).toContain("of 40 rows, validation takes 20 and test takes 20");
  });

  test("a million rows split without running out of stack", () => {
    const labels = Uint32Array.from({ length: 1_000_000 }, (_, i) => i % 2);
    expect(split(labels, names(2), parts(0.1, 0.4), 1).test!.length).toBe(400_000);
  });
});

const GOLDEN = [6, 8, 13, 16, 20, 25];
