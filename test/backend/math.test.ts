/**
 * The kernels' exp and log against exact values: rational arithmetic in BigInt, since Math.exp of this engine is the
 * same algorithm and would prove nothing. Errors are in ulp, units in the last place of the result.
 */
import { expect, test } from "vitest";
import { Arena } from "../../src/backend/wasm/arena.ts";
import { loadKernels } from "../../src/backend/wasm/kernels.ts";
import { testRandom } from "../support/networks.ts";

const { expOf, logOf } = loadKernels(new Arena().memory, "portable");
/** Fixed-point numbers of this many fraction bits. */
const BITS = 256n;
const ONE = 1n << BITS;

/** A float64 as fixed point; exact if it has no bits below 2^-256. */
function fixed(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn) - 1075;
  const mantissa = (bits & 0xfffffffffffffn) | (1n << 52n);
  const shift = BigInt(exponent) + BITS;
  const value = shift >= 0n ? mantissa << shift : mantissa >> -shift;
  return x < 0 ? -value : x === 0 ? 0n : value;
}

/** e^x for a fixed-point |x| < 1100: Taylor of x / 2^32, squared 32 times; wrong by less than 2^-180 relative. */
function exactExp(x: bigint): bigint {
  const small = x >> 32n;
  let term = ONE;
  let sum = ONE;
  for (let n = 1n; term !== 0n && n < 60n; n++) {
    term = (term * small) / ONE / n;
    sum += term;
  }
  for (let i = 0; i < 32; i++) sum = (sum * sum) >> BITS;
  return sum;
}

/** (got - want) / want as a float64, for fixed-point numbers */
function relative(got: bigint, want: bigint): number {
  return Number(((got - want) << 200n) / want) / 2 ** 200;
}

/** Distance between x and the next larger float64. */
function ulp(x: number): number {
  return 2 ** (Math.floor(Math.log2(Math.abs(x))) - 52);
}

test("exp: within 1 ulp of the exact value on [-50, 50], 3000 arguments", () => {
  const random = testRandom(1);
  let worst = 0;
  for (let i = 0; i < 3000; i++) {
    const x = (2 * random() - 1) * (i % 2 === 0 ? 50 : 10 ** (-5 * random()));
    const got = expOf(x);
    const error = relative(fixed(got), exactExp(fixed(x))) * got;
    worst = Math.max(worst, Math.abs(error) / ulp(got));
  }
  expect(worst).toBeLessThan(1);
  expect(worst).toBeGreaterThan(0.49); // half an ulp is rounding itself: less would mean that nothing was measured
});

test("exp: e^x e^-x is within 4 x 2^-52 of 1 up to 700, so that large arguments scale right", () => {
  for (let x = 50; x <= 700; x += 0.37) expect(Math.abs(expOf(x) * expOf(-x) - 1)).toBeLessThan(4 * 2 ** -52);
});

test("exp at the edges: 1 at 0, 0 below -708, NaN and infinity pass", () => {
  expect(expOf(0)).toBe(1);
  expect(expOf(-0)).toBe(1);
  expect(expOf(-708)).toBeGreaterThan(2e-308);
  expect(expOf(-708.001)).toBe(0);
  expect(expOf(-1e308)).toBe(0);
  expect(expOf(Number.NEGATIVE_INFINITY)).toBe(0);
  expect(expOf(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  expect(expOf(Number.NaN)).toBeNaN();
});

test("log: within 1 ulp of the exact value on [1e-30, 1e30] and close to 1, 3000 arguments", () => {
  const random = testRandom(2);
  let worst = 0;
  for (let i = 0; i < 3000; i++) {
    const x = i % 2 === 0 ? 10 ** (60 * random() - 30) : 1 + random() * 10 ** (-9 * random());
    const got = logOf(x);
    if (got === 0) {
      expect(x).toBe(1);
      continue;
    }
    // e^got = x (1 + d) means that got is wrong by log(1 + d) = d
    const error = relative(exactExp(fixed(got)), fixed(x));
    worst = Math.max(worst, Math.abs(error) / ulp(got));
  }
  expect(worst).toBeLessThan(1);
  expect(worst).toBeGreaterThan(0.49);
});

test("log at the edges: 0 at 1, NaN and infinity pass", () => {
  expect(logOf(1)).toBe(0);
  expect(logOf(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  expect(logOf(Number.NaN)).toBeNaN();
});
