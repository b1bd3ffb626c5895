/** @file Medians and quartiles by selection: the same as by a sort, whatever the order of the numbers. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { medianInPlace, quartilesInPlace, selectInPlace } from "../../src/data/quantiles.ts";

const sorted = (values: ArrayLike<number>): Float64Array => Float64Array.from(values).sort();
const numbers = (value: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
  fc.array(value, { minLength: 1, maxLength: 200 });
const ANY = fc.double({ noNaN: true }).map((value) => value + 0); // -0 and 0 are one number
const FEW = fc.integer({ min: -2, max: 2 });

/** Median-of-three takes the second smallest of what is left as its pivot: one pass puts two numbers aside. */
function killer(length: number): Float64Array {
  const values = Float64Array.from({ length }, (_, i) => i);
  const order = values.slice();
  // built backwards: each step exchanges the second and the middle of what is then left
  for (let first = length - 4; first >= 0; first -= 2) {
    const middle = (first + length - 1) >> 1;
    const kept = order[first + 1]!;
    order[first + 1] = order[middle]!;
    order[middle] = kept;
  }
  return order;
}

describe("selectInPlace", () => {
  test("any numbers, any k: what a sort puts there, with smaller numbers before and larger ones after", () => {
    fc.assert(
      fc.property(numbers(fc.oneof(ANY, FEW)), fc.nat(), (list, any) => {
        const k = any % list.length;
        const values = Float64Array.from(list);
        const selected = selectInPlace(values, k);
        expect(selected).toBe(sorted(list)[k]);
        expect(values[k]).toBe(selected);
        expect(values.subarray(0, k).every((value) => value <= selected)).toBe(true);
        expect(values.subarray(k).every((value) => value >= selected)).toBe(true);
        expect(sorted(values)).toEqual(sorted(list));
      }),
    );
  });

  test.each([
    ["ascending", (i: number) => i],
    ["descending", (i: number) => -i],
    ["all equal", () => 7],
    ["two numbers", (i: number) => i % 2],
    ["organ pipe", (i: number) => Math.min(i, 100_000 - i)],
  ])("100,001 numbers, %s: the middle one", (_, value) => {
    const values = Float64Array.from({ length: 100_001 }, (_, i) => value(i));
    const expected = sorted(values)[50_000];
    expect(selectInPlace(values, 50_000)).toBe(expected);
  });

  test("numbers contrived against its pivots end in a sort of the rest, not in quadratic time", () => {
    for (const length of [1_000, 200_000]) {
      const values = killer(length);
      const k = length - 2;
      expect(selectInPlace(values, k)).toBe(sorted(values)[k]);
    }
  });
});

test("median: the middle one, or half the sum of the middle two", () => {
  expect(medianInPlace(Float64Array.of(4))).toBe(4);
  expect(medianInPlace(Float64Array.of(9, 1))).toBe(5);
  expect(medianInPlace(Float64Array.of(9, 1, 2))).toBe(2);
  fc.assert(
    fc.property(numbers(fc.oneof(ANY, FEW)), (list) => {
      const all = sorted(list);
      const middle = all.length >> 1;
      const expected = all.length % 2 === 1 ? all[middle]! : (all[middle - 1]! + all[middle]!) / 2;
      expect(medianInPlace(Float64Array.from(list))).toEqual(expected);
    }),
  );
});

test("quartiles: elements a quarter of the way from either end, whatever the order", () => {
  expect(quartilesInPlace(Float64Array.of(3))).toEqual({ lower: 3, upper: 3 });
  expect(quartilesInPlace(Float64Array.of(5, 1, 3, 2, 4))).toEqual({ lower: 2, upper: 4 });
  expect(quartilesInPlace(Float64Array.from({ length: 101 }, (_, i) => (i * 37) % 101))).toEqual({
    lower: 25,
    upper: 75,
  });
  fc.assert(
    fc.property(numbers(ANY), (list) => {
      const mirrored = quartilesInPlace(Float64Array.from(list, (value) => -value));
      const { lower, upper } = quartilesInPlace(Float64Array.from(list));
      expect([-mirrored.upper + 0, -mirrored.lower + 0]).toEqual([lower, upper]);
    }),
  );
});
