/** @file The compiled passes over a column against the same loops in JavaScript: the same bits. */
import { describe, expect, test } from "vitest";
import { numbersBetween, summarise } from "../../src/data/passes.ts";
import { testRandom } from "../support/networks.ts";

const random = testRandom(31);
const numbers = (length: number, share: number): Float64Array =>
  Float64Array.from({ length }, () =>
    random() < share ? Number.NaN : (random() - 0.5) * 10 ** (random() * 20),
  );

describe("summarise", () => {
  test("1,000 columns, some cells missing, rows in any order and more than once", () => {
    for (let i = 0; i < 1000; i++) {
      const values = numbers(1 + Math.floor(random() * 50), i % 3 === 0 ? 0 : 0.3);
      const rows = Uint32Array.from({ length: Math.floor(random() * 80) }, () =>
        Math.floor(random() * values.length),
      );
      const present = Array.from(rows, (row) => values[row]!).filter((value) => !Number.isNaN(value));
      const mean = present.reduce((sum, value) => sum + value, 0) / present.length;
      const squares = present.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
      const summary = summarise(values, rows);
      expect({ ...summary, present: [...summary.present] }).toEqual({
        present,
        mean,
        deviation: Math.sqrt(squares / present.length),
        least: Math.min(...present),
        most: Math.max(...present),
      });
    }
  });
});

describe("numbersBetween", () => {
  test("1,000 columns: those between, in their order, and how many are below; bounds belong to it", () => {
    for (let i = 0; i < 1000; i++) {
      const values = numbers(Math.floor(random() * 60), 0);
      const [a, b] = [values[0] ?? 0, random() < 0.2 ? Number.NEGATIVE_INFINITY : (values.at(-1) ?? 1)];
      const [least, most] = [Math.min(a, b), Math.max(a, b)];
      const { values: near, below } = numbersBetween(values, least, most);
      expect([...near]).toEqual([...values].filter((value) => value >= least && value <= most));
      expect(below).toBe([...values].filter((value) => value < least).length);
    }
  });

  test("of a summary's own numbers, which stay as they are", () => {
    const values = numbers(5000, 0.1);
    const { present } = summarise(values, Uint32Array.from(values.keys()));
    const before = [...present];
    const { values: near } = numbersBetween(present, -1, 1);
    expect([...near]).toEqual(before.filter((value) => value >= -1 && value <= 1));
    expect([...present]).toEqual(before);
  });
});
