// Passes over a column of numbers, for numericFacts.ts and quantiles.ts, as plain loops in JavaScript would make them: the
// same sums in the same order. They own their memory, one instance for each thread.

export { allocate } from "./memory";

/** Where a pass leaves what it found: four numbers (f64). */
const found = memory.data(32, 8);
export function foundAt(): usize {
  return found;
}

/**
 * Copies the numbers among values[rows[0 … count)] that are not NaN to `present`. Finds how many, their sum in this order, the least and
 * the most.
 */
export function summarise(values: usize, rows: usize, count: u32, present: usize): void {
  let to = present;
  let sum: f64 = 0;
  let least = Infinity;
  let most = -Infinity;
  const end = rows + ((<usize>count) << 2);
  for (let row = rows; row < end; row += 4) {
    const value = load<f64>(values + ((<usize>load<u32>(row)) << 3));
    if (isNaN(value)) continue;
    store<f64>(to, value);
    to += 8;
    sum += value;
    least = value < least ? value : least;
    most = value > most ? value : most;
  }
  store<f64>(found, <f64>((to - present) >>> 3));
  store<f64>(found, sum, 8);
  store<f64>(found, least, 16);
  store<f64>(found, most, 24);
}

/** Finds the sum of the squares of the distances of `count` numbers from `mean`, in their order. */
export function squares(values: usize, count: u32, mean: f64): void {
  let sum: f64 = 0;
  const end = values + ((<usize>count) << 3);
  for (let at = values; at < end; at += 8) {
    const distance = load<f64>(at) - mean;
    sum += distance * distance;
  }
  store<f64>(found, sum);
}

/**
 * Copies those of `count` numbers that are at least `least` and at most `most` to `near`, where there is room for all. Finds
 * how many, and how many are below. No branches: which numbers are near is what a processor cannot guess.
 */
export function collect(values: usize, count: u32, least: f64, most: f64, near: usize): void {
  let to = near;
  let below: u32 = 0;
  const end = values + ((<usize>count) << 3);
  for (let at = values; at < end; at += 8) {
    const value = load<f64>(at);
    store<f64>(to, value);
    below += <u32>(value < least);
    to += (<usize>(<u32>(value >= least) & <u32>(value <= most))) << 3;
  }
  store<f64>(found, <f64>((to - near) >>> 3));
  store<f64>(found, <f64>below, 8);
}
