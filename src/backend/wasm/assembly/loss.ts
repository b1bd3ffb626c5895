// Softmax and cross-entropy as one layer: P = softmax(Z) by rows, loss = -log P[label] as log-sum-exp,
// dZ = weight (P - one-hot) / sum of the batch's weights; without weights that is (P - one-hot) / m. Computed in float64
// from float32 logits and rounded once. Each row of logits is first copied into `row`, scratch of `classes` f64, where
// they are neighbours.

import { exp, exp2, log } from "./math";
import { padded, sliceWidth } from "./sliced";

const NO_CLASS: u32 = 0xffffffff;

/** Copies row i of sliced z to `row`, and gives its maximum: NaN if there is one. */
function copyRow(row: usize, z: usize, zRows: u32, classes: u32, i: u32): f64 {
  const columns = padded(classes);
  let maximum: f64 = -Infinity;
  for (let column: u32 = 0; column < columns; ) {
    const width = sliceWidth(columns - column);
    const from = z + ((column * zRows + i * width) << 2);
    for (let j: u32 = 0, count = min(width, classes - column); j < count; j++) {
      const logit = <f64>load<f32>(from + (j << 2));
      store<f64>(row + ((column + j) << 3), logit);
      maximum = max(maximum, logit);
    }
    column += width;
  }
  return maximum;
}

/** The first class of the row's maximum; NO_CLASS if that is infinite or not a number. */
function firstMaximum(row: usize, classes: u32, maximum: f64): u32 {
  if (!(abs(maximum) < Infinity)) return NO_CLASS;
  let j: u32 = 0;
  while (j < classes && load<f64>(row + (j << 3)) != maximum) j++;
  return j;
}

/** row = e^(row - maximum); gives the sum, added in order. */
function exponentials(row: usize, classes: u32, maximum: f64): f64 {
  let sum: f64 = 0;
  let p = row;
  for (const pairs = row + ((classes & ~1) << 3); p < pairs; p += 16) {
    const e = exp2(f64x2.sub(v128.load(p), f64x2.splat(maximum)));
    v128.store(p, e);
    sum += f64x2.extract_lane(e, 0);
    sum += f64x2.extract_lane(e, 1);
  }
  if (classes & 1) {
    const e = exp(load<f64>(p) - maximum);
    store<f64>(p, e);
    sum += e;
  }
  return sum;
}

/**
 * Rows [begin, end): losses[i] (f64) = -weight log P[label]; hits[i] (u32) = 1 if the label's logit is the first maximum;
 * if dz is not 0, dz[i, :] = weight (P - one-hot) / sum of the weights of rows [0, m). labels, weights and order: those of
 * data row order[i]; weights may be 0: then every row weighs 1.
 */
export function crossEntropy(
  dz: usize,
  losses: usize,
  hits: usize,
  row: usize,
  z: usize,
  zRows: u32,
  classes: u32,
  labels: usize,
  order: usize,
  weights: usize,
  m: u32,
  begin: u32,
  end: u32,
): void {
  let total: f64 = weights == 0 ? <f64>m : sumWeights(weights, order, m);
  if (total == 0) total = 1; // weights that are all 0 make gradients of 0
  for (let i = begin; i < end; i++) {
    const dataRow = load<u32>(order + (i << 2));
    const label = load<u32>(labels + (dataRow << 2));
    const weight: f64 = weights == 0 ? 1 : <f64>load<f32>(weights + (dataRow << 2));
    const maximum = copyRow(row, z, zRows, classes, i);
    const shifted = load<f64>(row + (label << 3)) - maximum;
    store<u32>(hits + (i << 2), <u32>(firstMaximum(row, classes, maximum) == label));
    const sum = exponentials(row, classes, maximum);
    store<f64>(losses + (i << 3), weight * (log(sum) - shifted));
    if (dz != 0) gradient(dz, row, zRows, classes, i, label, sum, weight, total);
  }
}

/** dz[i, :] = weight (row / sum - one-hot) / total, and 0 in the columns of padding. */
function gradient(
  dz: usize,
  row: usize,
  zRows: u32,
  classes: u32,
  i: u32,
  label: u32,
  sum: f64,
  weight: f64,
  total: f64,
): void {
  const columns = padded(classes);
  for (let column: u32 = 0; column < columns; ) {
    const width = sliceWidth(columns - column);
    const to = dz + ((column * zRows + i * width) << 2);
    const count = min(width, classes - column);
    for (let j: u32 = 0; j < count; j++) {
      const p = load<f64>(row + ((column + j) << 3)) / sum - <f64>(column + j == label ? 1 : 0);
      store<f32>(to + (j << 2), <f32>((weight * p) / total));
    }
    for (let j = count; j < width; j++) store<f32>(to + (j << 2), 0);
    column += width;
  }
}

/**
 * best[i] (u32) = the class of the first largest logit of row i, rows [begin, end); 0xffffffff if the row has no
 * probabilities, because its largest logit is infinite or not a number.
 */
export function bestClasses(
  best: usize,
  row: usize,
  z: usize,
  zRows: u32,
  classes: u32,
  begin: u32,
  end: u32,
): void {
  for (let i = begin; i < end; i++) {
    const maximum = copyRow(row, z, zRows, classes, i);
    store<u32>(best + (i << 2), firstMaximum(row, classes, maximum));
  }
}

/** probabilities (rows, classes) row-major f32 = softmax of z, rows [begin, end). */
export function softmax(
  probabilities: usize,
  row: usize,
  z: usize,
  zRows: u32,
  classes: u32,
  begin: u32,
  end: u32,
): void {
  for (let i = begin; i < end; i++) {
    const maximum = copyRow(row, z, zRows, classes, i);
    const sum = exponentials(row, classes, maximum);
    for (let j: u32 = 0; j < classes; j++) {
      const p = <f32>(load<f64>(row + (j << 3)) / sum);
      store<f32>(probabilities + ((i * classes + j) << 2), p);
    }
  }
}

/** Sum of losses[0, rows) in row order. */
export function sumLosses(losses: usize, rows: u32): f64 {
  let sum: f64 = 0;
  for (let i: u32 = 0; i < rows; i++) sum += load<f64>(losses + (i << 3));
  return sum;
}

/** Sum of hits[0, rows). */
export function sumHits(hits: usize, rows: u32): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < rows; i++) sum += load<u32>(hits + (i << 2));
  return sum;
}

/** Sum of the weights of rows [0, rows) of the batch, in row order. */
export function sumWeights(weights: usize, order: usize, rows: u32): f64 {
  let sum: f64 = 0;
  for (let i: u32 = 0; i < rows; i++) sum += <f64>load<f32>(weights + (load<u32>(order + (i << 2)) << 2));
  return sum;
}

/** exp and log by themselves, for the tests of their error bounds. */
export function expOf(x: f64): f64 {
  return exp(x);
}
/** See expOf. */
export function logOf(x: f64): f64 {
  return log(x);
}
