// Fully connected layers: Y = X W + 1 b, dX = dY W^T, dW = X^T dY, db = 1^T dY, and the update of W and b.
//
// X comes as lists: for each row, the columns whose value is not zero, ascending, and their values. A term with
// x = 0 adds a zero to its sum, so leaving it out changes no bit (every sum starts at +0 or at bias + 0, hence is
// never -0). Legend: N batch rows, I inputs, O outputs; W, Y, dY, dW are sliced matrices; pointers are bytes.
// Each output element is one chain of additions: bias first, then ascending input (Y), ascending output (dX) or
// ascending batch row (dW, db). Multiply and add are rounded separately.
//
// All three products are one operation: to a row of sums, add multiples of rows of a matrix, as a list says. It is
// written out for slices of 32, 16 and 8 columns, two entries at a time. Offsets are constants in the loads, not
// sums passed to a helper: the engine folds them into the instruction and can pair neighbouring loads.

import { BLOCK, padded, sliceWidth } from "./sliced";
import { sgd } from "./update";

/** sums (32 floats at target) += value * row[index] of a matrix 32 wide, for the entries [entry, end). */
function accumulate32(target: usize, entry: usize, end: usize, matrix: usize): void {
  let s0 = v128.load(target, 0);
  let s1 = v128.load(target, 16);
  let s2 = v128.load(target, 32);
  let s3 = v128.load(target, 48);
  let s4 = v128.load(target, 64);
  let s5 = v128.load(target, 80);
  let s6 = v128.load(target, 96);
  let s7 = v128.load(target, 112);
  for (const last = end - 8; entry < last; entry += 16) {
    const p = matrix + (load<u32>(entry) << 7);
    const x = v128.load32_splat(entry, 4);
    const q = matrix + (load<u32>(entry, 8) << 7);
    const y = v128.load32_splat(entry, 12);
    s0 = f32x4.add(f32x4.add(s0, f32x4.mul(x, v128.load(p, 0))), f32x4.mul(y, v128.load(q, 0)));
    s1 = f32x4.add(f32x4.add(s1, f32x4.mul(x, v128.load(p, 16))), f32x4.mul(y, v128.load(q, 16)));
    s2 = f32x4.add(f32x4.add(s2, f32x4.mul(x, v128.load(p, 32))), f32x4.mul(y, v128.load(q, 32)));
    s3 = f32x4.add(f32x4.add(s3, f32x4.mul(x, v128.load(p, 48))), f32x4.mul(y, v128.load(q, 48)));
    s4 = f32x4.add(f32x4.add(s4, f32x4.mul(x, v128.load(p, 64))), f32x4.mul(y, v128.load(q, 64)));
    s5 = f32x4.add(f32x4.add(s5, f32x4.mul(x, v128.load(p, 80))), f32x4.mul(y, v128.load(q, 80)));
    s6 = f32x4.add(f32x4.add(s6, f32x4.mul(x, v128.load(p, 96))), f32x4.mul(y, v128.load(q, 96)));
    s7 = f32x4.add(f32x4.add(s7, f32x4.mul(x, v128.load(p, 112))), f32x4.mul(y, v128.load(q, 112)));
  }
  if (entry < end) {
    const p = matrix + (load<u32>(entry) << 7);
    const x = v128.load32_splat(entry, 4);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(p, 0)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(p, 16)));
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(p, 32)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(p, 48)));
    s4 = f32x4.add(s4, f32x4.mul(x, v128.load(p, 64)));
    s5 = f32x4.add(s5, f32x4.mul(x, v128.load(p, 80)));
    s6 = f32x4.add(s6, f32x4.mul(x, v128.load(p, 96)));
    s7 = f32x4.add(s7, f32x4.mul(x, v128.load(p, 112)));
  }
  v128.store(target, s0, 0);
  v128.store(target, s1, 16);
  v128.store(target, s2, 32);
  v128.store(target, s3, 48);
  v128.store(target, s4, 64);
  v128.store(target, s5, 80);
  v128.store(target, s6, 96);
  v128.store(target, s7, 112);
}

function accumulate16(target: usize, entry: usize, end: usize, matrix: usize): void {
  let s0 = v128.load(target, 0);
  let s1 = v128.load(target, 16);
  let s2 = v128.load(target, 32);
  let s3 = v128.load(target, 48);
  for (const last = end - 8; entry < last; entry += 16) {
    const p = matrix + (load<u32>(entry) << 6);
    const x = v128.load32_splat(entry, 4);
    const q = matrix + (load<u32>(entry, 8) << 6);
    const y = v128.load32_splat(entry, 12);
    s0 = f32x4.add(f32x4.add(s0, f32x4.mul(x, v128.load(p, 0))), f32x4.mul(y, v128.load(q, 0)));
    s1 = f32x4.add(f32x4.add(s1, f32x4.mul(x, v128.load(p, 16))), f32x4.mul(y, v128.load(q, 16)));
    s2 = f32x4.add(f32x4.add(s2, f32x4.mul(x, v128.load(p, 32))), f32x4.mul(y, v128.load(q, 32)));
    s3 = f32x4.add(f32x4.add(s3, f32x4.mul(x, v128.load(p, 48))), f32x4.mul(y, v128.load(q, 48)));
  }
  if (entry < end) {
    const p = matrix + (load<u32>(entry) << 6);
    const x = v128.load32_splat(entry, 4);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(p, 0)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(p, 16)));
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(p, 32)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(p, 48)));
  }
  v128.store(target, s0, 0);
  v128.store(target, s1, 16);
  v128.store(target, s2, 32);
  v128.store(target, s3, 48);
}

function accumulate8(target: usize, entry: usize, end: usize, matrix: usize): void {
  let s0 = v128.load(target, 0);
  let s1 = v128.load(target, 16);
  for (const last = end - 8; entry < last; entry += 16) {
    const p = matrix + (load<u32>(entry) << 5);
    const x = v128.load32_splat(entry, 4);
    const q = matrix + (load<u32>(entry, 8) << 5);
    const y = v128.load32_splat(entry, 12);
    s0 = f32x4.add(f32x4.add(s0, f32x4.mul(x, v128.load(p, 0))), f32x4.mul(y, v128.load(q, 0)));
    s1 = f32x4.add(f32x4.add(s1, f32x4.mul(x, v128.load(p, 16))), f32x4.mul(y, v128.load(q, 16)));
  }
  if (entry < end) {
    const p = matrix + (load<u32>(entry) << 5);
    const x = v128.load32_splat(entry, 4);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(p, 0)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(p, 16)));
  }
  v128.store(target, s0, 0);
  v128.store(target, s1, 16);
}

function accumulate(width: u32, target: usize, entry: usize, end: usize, matrix: usize): void {
  if (width == 32) accumulate32(target, entry, end, matrix);
  else if (width == 16) accumulate16(target, entry, end, matrix);
  else accumulate8(target, entry, end, matrix);
}

/**
 * y[i, :] = bias + sum over the list of row i of value * w[column, :], rows [begin, end). Also computes dX, with the
 * lists of dY and the transposed weights. The inputs are taken in blocks, so that the block's part of a slice of w
 * stays in the first cache while all rows go over it.
 */
export function multiplyLists(
  y: usize,
  yRows: u32,
  entries: usize,
  ends: usize,
  capacity: u32,
  w: usize,
  inputs: u32,
  bias: usize,
  outputs: u32,
  begin: u32,
  end: u32,
): void {
  const paddedOutputs = padded(outputs);
  const blocks = (inputs + BLOCK - 1) / BLOCK;
  for (let column: u32 = 0; column < paddedOutputs; ) {
    const width = sliceWidth(paddedOutputs - column);
    const slice = w + ((column * inputs) << 2);
    const ys = y + ((column * yRows) << 2);
    for (let i = begin; i < end; i++) {
      for (let lane: u32 = 0; lane < width; lane += 4) {
        // + 0: the sum must not start at -0
        const start = f32x4.add(v128.load(bias + ((column + lane) << 2)), f32x4.splat(0));
        v128.store(ys + ((i * width + lane) << 2), start);
      }
    }
    for (let block: u32 = 0; block < blocks; block++) {
      for (let i = begin; i < end; i++) {
        const list = entries + ((i * capacity) << 3);
        const at = ends + ((i * blocks + block) << 2);
        const first = block == 0 ? 0 : load<u32>(at - 4);
        accumulate(width, ys + ((i * width) << 2), list + (first << 3), list + (load<u32>(at) << 3), slice);
      }
    }
    column += width;
  }
}

/**
 * The lists of X by column instead of by row, for columns [begin, end): column k has lengths[k] entries (row u32,
 * value f32) from entry starts[k] of byColumn, rows ascending. Another range of columns uses other entries.
 */
export function listsByColumn(
  starts: usize,
  lengths: usize,
  byColumn: usize,
  entries: usize,
  ends: usize,
  capacity: u32,
  inputs: u32,
  rows: u32,
  begin: u32,
  end: u32,
): void {
  const blocks = (inputs + BLOCK - 1) / BLOCK;
  memory.fill(lengths + (begin << 2), 0, (end - begin) << 2);
  for (let i: u32 = 0; i < rows; i++) {
    const stop = listEnd(entries, ends, capacity, blocks, i);
    for (let e = listStart(entries, ends, capacity, blocks, i, begin); e < stop; e += 8) {
      const k = load<u32>(e);
      if (k >= end) break;
      if (k >= begin) store<u32>(lengths + (k << 2), load<u32>(lengths + (k << 2)) + 1);
    }
  }
  let next = begin * rows;
  for (let k = begin; k < end; k++) {
    store<u32>(starts + (k << 2), next);
    next += load<u32>(lengths + (k << 2));
  }
  memory.fill(lengths + (begin << 2), 0, (end - begin) << 2); // counted again while the entries are written
  for (let i: u32 = 0; i < rows; i++) {
    const stop = listEnd(entries, ends, capacity, blocks, i);
    for (let e = listStart(entries, ends, capacity, blocks, i, begin); e < stop; e += 8) {
      const k = load<u32>(e);
      if (k >= end) break;
      if (k < begin) continue;
      const length = load<u32>(lengths + (k << 2));
      const to = byColumn + ((load<u32>(starts + (k << 2)) + length) << 3);
      store<u32>(lengths + (k << 2), length + 1);
      store<u32>(to, i);
      store<f32>(to, load<f32>(e, 4), 4);
    }
  }
}

/** Address of the first entry of row i's list in the block of column `begin`, and of the end of the list. */
function listStart(entries: usize, ends: usize, capacity: u32, blocks: u32, i: u32, begin: u32): usize {
  const block = begin / BLOCK;
  const first = block == 0 ? 0 : load<u32>(ends + ((i * blocks + block - 1) << 2));
  return entries + ((i * capacity + first) << 3);
}
function listEnd(entries: usize, ends: usize, capacity: u32, blocks: u32, i: u32): usize {
  return entries + ((i * capacity + load<u32>(ends + ((i * blocks + blocks - 1) << 2))) << 3);
}

/** Sets a row of `width` floats to 0; for so few, memory.fill would cost more than the sums. */
function clear(target: usize, width: u32): void {
  for (let end = target + (width << 2); target < end; target += 16) v128.store(target, f32x4.splat(0));
}

/** dw[k, :] = sum over batch rows i of x[i, k] * dy[i, :], for inputs k in [begin, end), from the lists by column. */
export function weightGradient(
  dw: usize,
  starts: usize,
  lengths: usize,
  byColumn: usize,
  dy: usize,
  dyRows: u32,
  inputs: u32,
  outputs: u32,
  begin: u32,
  end: u32,
): void {
  const paddedOutputs = padded(outputs);
  for (let column: u32 = 0; column < paddedOutputs; ) {
    const width = sliceWidth(paddedOutputs - column);
    const slice = dy + ((column * dyRows) << 2);
    for (let k = begin; k < end; k++) {
      const to = dw + ((column * inputs + k * width) << 2);
      const entry = byColumn + (load<u32>(starts + (k << 2)) << 3);
      clear(to, width);
      accumulate(width, to, entry, entry + (load<u32>(lengths + (k << 2)) << 3), slice);
    }
    column += width;
  }
}

/**
 * weightGradient and sgd in one pass over w, a row of a slice at a time: the gradient never goes to memory (`row` is
 * room for 32 floats). Without momentum and decay, rows without input in this batch stay as they are.
 */
export function updateWeights(
  w: usize,
  velocity: usize,
  row: usize,
  starts: usize,
  lengths: usize,
  byColumn: usize,
  dy: usize,
  dyRows: u32,
  inputs: u32,
  outputs: u32,
  begin: u32,
  end: u32,
  learningRate: f32,
  momentum: f32,
  weightDecay: f32,
  nesterov: bool,
): void {
  const paddedOutputs = padded(outputs);
  const plain = momentum == 0 && weightDecay == 0;
  for (let column: u32 = 0; column < paddedOutputs; ) {
    const width = sliceWidth(paddedOutputs - column);
    const slice = dy + ((column * dyRows) << 2);
    for (let k = begin; k < end; k++) {
      const length = load<u32>(lengths + (k << 2));
      if (plain && length == 0) continue;
      const at = (column * inputs + k * width) << 2;
      const entry = byColumn + (load<u32>(starts + (k << 2)) << 3);
      clear(row, width);
      accumulate(width, row, entry, entry + (length << 3), slice);
      sgd(w + at, row, velocity + at, width, learningRate, momentum, weightDecay, nesterov);
    }
    column += width;
  }
}

/** db[j] = sum over batch rows i < rows of dy[i, j]. */
export function biasGradient(db: usize, dy: usize, dyRows: u32, rows: u32, outputs: u32): void {
  const paddedOutputs = padded(outputs);
  for (let column: u32 = 0; column < paddedOutputs; ) {
    const width = sliceWidth(paddedOutputs - column);
    const slice = dy + ((column * dyRows) << 2);
    for (let lane: u32 = 0; lane < width; lane += 4) {
      let sum = f32x4.splat(0);
      for (let i: u32 = 0; i < rows; i++) sum = f32x4.add(sum, v128.load(slice + ((i * width + lane) << 2)));
      v128.store(db + ((column + lane) << 2), sum);
    }
    column += width;
  }
}

/**
 * wt = w^T, for inputs [begin, end) of w (inputs, outputs), which is whole slices from output `first` on of a matrix
 * with `allOutputs`; wt is sliced (allOutputs, inputs).
 */
export function transposeWeights(
  wt: usize,
  allOutputs: u32,
  first: u32,
  w: usize,
  inputs: u32,
  outputs: u32,
  begin: u32,
  end: u32,
): void {
  const paddedInputs = padded(inputs);
  let slice = begin & ~31; // of wt: all slices but the last few are 32 wide
  let sliceSize = sliceWidth(paddedInputs - slice);
  for (let k = begin; k < end; ) {
    while (k - slice >= sliceSize) {
      slice += sliceSize;
      sliceSize = sliceWidth(paddedInputs - slice);
    }
    const isFour = (k & 3) == 0 && k + 4 <= end; // four inputs are in one slice of wt: widths are multiples of 8
    const to = wt + ((slice * allOutputs + first * sliceSize + (k - slice)) << 2);
    transposeRows(to, sliceSize, w, inputs, outputs, k, isFour);
    k += isFour ? 4 : 1;
  }
}

/** One row of w, or four, as columns of wt. `to`: wt's first element of the first of these columns. */
function transposeRows(
  to: usize,
  toWidth: u32,
  w: usize,
  inputs: u32,
  outputs: u32,
  k: u32,
  isFour: bool,
): void {
  const paddedOutputs = padded(outputs);
  const rows: u32 = isFour ? 4 : 1;
  for (let column: u32 = 0; column < paddedOutputs; ) {
    const width = sliceWidth(paddedOutputs - column);
    const from = w + ((column * inputs + k * width) << 2);
    const trueWidth = min(width, outputs - column);
    let j: u32 = 0;
    if (isFour)
      for (; j + 4 <= trueWidth; j += 4)
        transpose4(to + (((column + j) * toWidth) << 2), toWidth, from + (j << 2), width);
    for (; j < trueWidth; j++) {
      const target = to + (((column + j) * toWidth) << 2);
      for (let r: u32 = 0; r < rows; r++) {
        store<f32>(target + (r << 2), load<f32>(from + ((r * width + j) << 2)));
      }
    }
    column += width;
  }
}

/** Four by four floats; widths are those of the matrices' slices. */
function transpose4(to: usize, toWidth: u32, from: usize, fromWidth: u32): void {
  const step = fromWidth << 2;
  const a = v128.load(from);
  const b = v128.load(from + step);
  const c = v128.load(from + 2 * step);
  const d = v128.load(from + 3 * step);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  const next = toWidth << 2;
  v128.store(to, v128.shuffle<f64>(ab, cd, 0, 2));
  v128.store(to + next, v128.shuffle<f64>(ab, cd, 1, 3));
  v128.store(to + 2 * next, v128.shuffle<f64>(AB, CD, 0, 2));
  v128.store(to + 3 * next, v128.shuffle<f64>(AB, CD, 1, 3));
}
