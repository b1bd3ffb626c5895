/**
 * @file Medians and quartiles in linear time: exact selection instead of a sort. The order of equal numbers does not
 * matter to any result, so the same numbers give the same quantile in whatever order they come.
 */
import { numbersBetween } from "./passes.ts";

/** Passes after which what is left is sorted: random-like data take some 2 log2(n), so only contrived data get here. */
const MAX_PASSES = 100;

/**
 * The `k`-th smallest of `values` (0-based), which are finite or infinite but never NaN. Reorders `values`: those
 * before `k` end up no larger than it, those after it no smaller.
 */
export function selectInPlace(values: Float64Array, k: number): number {
  let first = 0;
  let last = values.length - 1;
  for (let pass = 0; first < last; pass++) {
    if (pass === MAX_PASSES) {
      values.subarray(first, last + 1).sort();
      break;
    }
    const pivot = medianOfThree(values[first]!, values[(first + last) >> 1]!, values[last]!);
    let left = first;
    let right = last;
    // Hoare's partition: both ends stop at the pivot's equals, so that many equal numbers divide in halves.
    while (left <= right) {
      while (values[left]! < pivot) left++;
      while (values[right]! > pivot) right--;
      if (left > right) break;
      const swapped = values[left]!;
      values[left++] = values[right]!;
      values[right--] = swapped;
    }
    if (k <= right) last = right;
    else if (k >= left) first = left;
    else break; // between the two parts all numbers equal the pivot
  }
  return values[k]!;
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

/** From so many numbers on a sample pays; from 16 times as many, one of 4 times the size. */
const MANY = 2048;
const SAMPLE = 256;

/**
 * The median of at least one number: the middle one, or half the sum of the middle two. Reorders `values`.
 */
export function medianInPlace(values: Float64Array): number {
  const middle = values.length >> 1;
  const below = values.length % 2 === 1 ? middle : middle - 1;
  const near = values.length < MANY ? null : numbersNear(values, below, middle);
  if (near !== null) return medianOf(near.values, below - near.first, middle - near.first);
  return medianOf(values, below, middle);
}

/** Half the sum of the numbers at the ranks `below` and `middle`, which are the same or neighbours. */
function medianOf(values: Float64Array, below: number, middle: number): number {
  const upper = selectInPlace(values, middle);
  if (below === middle) return upper;
  return (largest(values.subarray(0, middle)) + upper) / 2;
}

/**
 * Those of `values` between two numbers that a sample says are about the ranks `from` and `to`, and the rank of the least
 * of them; null where the sample did not say right. One pass, where a selection takes some three.
 */
function numbersNear(
  values: Float64Array,
  from: number,
  to: number,
): { values: Float64Array; first: number } | null {
  const size = values.length < 16 * MANY ? SAMPLE : 4 * SAMPLE;
  const margin = Math.ceil(1.5 * Math.sqrt(size)); // three deviations of the rank of a sample's median
  const sample = new Float64Array(size);
  for (let i = 0; i < size; i++) sample[i] = values[Math.floor((i * values.length) / size)]!;
  sample.sort();
  const rank = (k: number): number => Math.round((k / values.length) * size);
  const least = sample[Math.max(0, rank(from) - margin)]!;
  const most = sample[Math.min(size - 1, rank(to) + margin)]!;
  const { values: near, below } = numbersBetween(values, least, most);
  return below <= from && to < below + near.length ? { values: near, first: below } : null;
}

/**
 * Lower and upper quartile of at least one number, each an element of `values`: the nearest to a quarter and to three
 * quarters of the way from the smallest to the largest. Reorders `values`.
 */
export function quartilesInPlace(values: Float64Array): { lower: number; upper: number } {
  const quarter = Math.round((values.length - 1) / 4);
  return { lower: ranked(values, quarter), upper: ranked(values, values.length - 1 - quarter) };
}

/** The `k`-th smallest. May reorder `values`. */
function ranked(values: Float64Array, k: number): number {
  const near = values.length < MANY ? null : numbersNear(values, k, k);
  return near === null ? selectInPlace(values, k) : selectInPlace(near.values, k - near.first);
}

function largest(values: Float64Array): number {
  let most = values[0]!;
  for (let i = 1; i < values.length; i++) if (values[i]! > most) most = values[i]!;
  return most;
}
