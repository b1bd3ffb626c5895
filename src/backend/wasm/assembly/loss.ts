// Softmax and cross-entropy as one layer: P = softmax(Z) by rows, loss = -log P[label] as log-sum-exp,
// dZ = (P - one-hot) / m. Computed in float64 from float32 logits and rounded once.

import { exp, log } from "./math";
import { padded, sliceWidth } from "./sliced";

/** Byte offset of column j in row i of a sliced matrix with `columns` padded columns. */
function at(rows: u32, columns: u32, i: u32, j: u32): usize {
  let slice = j & ~31;
  let width = sliceWidth(columns - slice);
  while (j - slice >= width) {
    slice += width;
    width = sliceWidth(columns - slice);
  }
  return (slice * rows + i * width + (j - slice)) << 2;
}

function rowMaximum(z: usize, rows: u32, classes: u32, i: u32): f32 {
  const columns = padded(classes);
  let maximum = load<f32>(z + at(rows, columns, i, 0));
  for (let j: u32 = 1; j < classes; j++) maximum = max(maximum, load<f32>(z + at(rows, columns, i, j))); // NaN stays
  return maximum;
}

/**
 * Rows [begin, end): losses[i] (f64) = -log P[label]; hits[i] (u32) = 1 if the label's logit is the first maximum;
 * if dz is not 0, dz[i, :] = (P - one-hot) / m. `exps` (f64, classes) is scratch. labels and order: labels of data
 * row order[i].
 */
export function crossEntropy(
  dz: usize,
  losses: usize,
  hits: usize,
  exps: usize,
  z: usize,
  zRows: u32,
  classes: u32,
  labels: usize,
  order: usize,
  m: u32,
  begin: u32,
  end: u32,
): void {
  const columns = padded(classes);
  for (let i = begin; i < end; i++) {
    const label = load<u32>(labels + (load<u32>(order + (i << 2)) << 2));
    const maximum = rowMaximum(z, zRows, classes, i);
    let sum: f64 = 0;
    for (let j: u32 = 0; j < classes; j++) {
      const logit = load<f32>(z + at(zRows, columns, i, j));
      const e = exp(<f64>logit - <f64>maximum);
      store<f64>(exps + (j << 3), e);
      sum += e;
    }
    store<f64>(
      losses + (i << 3),
      log(sum) - (<f64>load<f32>(z + at(zRows, columns, i, label)) - <f64>maximum),
    );
    store<u32>(hits + (i << 2), <u32>(bestClass(z, zRows, classes, i) == label));
    if (dz == 0) continue;
    for (let j: u32 = 0; j < classes; j++) {
      const p = load<f64>(exps + (j << 3)) / sum - <f64>(j == label ? 1 : 0);
      store<f32>(dz + at(zRows, columns, i, j), <f32>(p / <f64>m));
    }
    for (let j = classes; j < columns; j++) store<f32>(dz + at(zRows, columns, i, j), 0);
  }
}

/**
 * best[i] (u32) = the class of the first largest logit of row i, rows [begin, end); 0xffffffff if the row has no
 * probabilities, because its largest logit is infinite or not a number.
 */
export function bestClasses(best: usize, z: usize, zRows: u32, classes: u32, begin: u32, end: u32): void {
  for (let i = begin; i < end; i++) store<u32>(best + (i << 2), bestClass(z, zRows, classes, i));
}

function bestClass(z: usize, zRows: u32, classes: u32, i: u32): u32 {
  const maximum = rowMaximum(z, zRows, classes, i);
  if (!(abs(maximum) < Infinity)) return 0xffffffff;
  const columns = padded(classes);
  for (let j: u32 = 0; j < classes; j++) if (load<f32>(z + at(zRows, columns, i, j)) == maximum) return j;
  return 0xffffffff;
}

/** probabilities (rows, classes) row-major f32 = softmax of z, rows [begin, end). */
export function softmax(
  probabilities: usize,
  z: usize,
  zRows: u32,
  classes: u32,
  begin: u32,
  end: u32,
): void {
  const columns = padded(classes);
  for (let i = begin; i < end; i++) {
    const maximum = <f64>rowMaximum(z, zRows, classes, i);
    let sum: f64 = 0;
    for (let j: u32 = 0; j < classes; j++) sum += exp(<f64>load<f32>(z + at(zRows, columns, i, j)) - maximum);
    for (let j: u32 = 0; j < classes; j++) {
      const e = exp(<f64>load<f32>(z + at(zRows, columns, i, j)) - maximum);
      store<f32>(probabilities + ((i * classes + j) << 2), <f32>(e / sum));
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

/** exp and log by themselves, for the tests of their error bounds. */
export function expOf(x: f64): f64 {
  return exp(x);
}
export function logOf(x: f64): f64 {
  return log(x);
}
