import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytes, duration, eta, loss, percent, rate } from "../../src/cli/report/format.ts";
import { grouped, plural } from "../../src/words.ts";

test.each([
  [0, "0"],
  [999, "999"],
  [1000, "1,000"],
  [54000, "54,000"],
  [1234567, "1,234,567"],
])("count %d", (value, text) => expect(grouped(value)).toBe(text));

test("plural", () => {
  expect(plural(1, "row")).toBe("1 row");
  expect(plural(0, "row")).toBe("0 rows");
  expect(plural(54000, "class", "classes")).toBe("54,000 classes");
});

test.each([
  [0.21134, "0.2113"],
  [0, "0.0000"],
  [0.001, "0.0010"],
  [0.000031, "3.10e-5"],
  [12.34567, "12.3457"],
  [1.2e6, "1.20e+6"],
  [Number.NaN, "nan"],
  [Number.POSITIVE_INFINITY, "inf"],
  [Number.NEGATIVE_INFINITY, "-inf"],
])("loss %d", (value, text) => expect(loss(value)).toBe(text));

test.each([
  [0.9372, 2, "93.72%"],
  [0.9372, 1, "93.7%"],
  [1, 2, "100.00%"],
  [0.999999, 2, "99.99%"],
  [0.9999, 1, "99.9%"],
  [0.0000001, 2, "0.01%"],
  [0, 2, "0.00%"],
  [Number.NaN, 2, "–"],
])("percent %d with %d decimals", (value, decimals, text) => expect(percent(value, decimals)).toBe(text));

test.each([
  [0, "0 ms"],
  [0.000524, "0.52 ms"],
  [0.0526, "53 ms"],
  [0.0994, "99 ms"],
  [0.0995, "0.10 s"],
  [0.742, "0.74 s"],
  [9.996, "10.0 s"],
  [59.94, "59.9 s"],
  [59.96, "1 min 00 s"],
  [185.2, "3 min 05 s"],
  [3599.6, "1 h 00 min"],
  [7384, "2 h 03 min"],
  [Number.NaN, "–"],
])("duration %d s", (value, text) => expect(duration(value)).toBe(text));

test.each([
  [0, "0s"],
  [11.2, "12s"],
  [59.5, "1m00s"],
  [185, "3m05s"],
  [3599.5, "1h00m"],
  [7384, "2h04m"],
])("eta %d s", (value, text) => expect(eta(value)).toBe(text));

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [407_123, "407 kB"],
  [999_600, "1.0 MB"],
  [54_880_000, "54.9 MB"],
  [2.5e15, "2.5 PB"],
  [2.5e19, "25000 PB"],
])("bytes %d", (value, text) => expect(bytes(value)).toBe(text));

test.each([
  [81234.5, "81,200"],
  [42.4, "42"],
  [1_234_567, "1,230,000"],
  [Number.POSITIVE_INFINITY, "–"],
])("rate %d", (value, text) => expect(rate(value)).toBe(text));

describe("any number", () => {
  test("count keeps its digits", () => {
    fc.assert(fc.property(fc.maxSafeNat(), (n) => Number(grouped(n).replaceAll(",", "")) === n));
  });
  test("loss is within half a unit of its last digit: 5e-5 or 0.5 %", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: 0, max: 1e30 }), (x) => {
        expect(Math.abs(Number(loss(x)) - x)).toBeLessThanOrEqual(Math.max(5.001e-5, 0.00501 * x));
      }),
    );
  });
});
