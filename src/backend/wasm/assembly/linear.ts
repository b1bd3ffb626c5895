// Fully connected layers: Y = X W + 1 b, dX = dY W^T, dW = X^T dY, db = 1^T dY.
//
// X comes as lists: for each row, the columns whose value is not zero, ascending, and their values. A term with
// x = 0 adds a zero to its sum, so leaving it out changes no bit (every sum starts at +0 or at bias + 0, hence is
// never -0). Legend: N batch rows, I inputs, O outputs; W, Y, dY, dW are sliced matrices; pointers are bytes.
// Each output element is one chain of additions: bias first, then ascending input (Y), ascending output (dX) or
// ascending batch row (dW, db). Multiply and add are rounded separately.

import { padded, sliceWidth } from "./sliced";

/**
 * y[i, :] = bias + sum over the list of row i of value * w[column, :], rows [begin, end).
 * lists: columns u32 and values f32 at row stride `capacity` entries, counts u32 per row. Also computes dX, with
 * the lists of dY and the transposed weights.
 */
export function multiplyLists(
  y: usize,
  yRows: u32,
  columns: usize,
  values: usize,
  counts: usize,
  capacity: u32,
  w: usize,
  inputs: u32,
  bias: usize,
  outputs: u32,
  begin: u32,
  end: u32,
): void {
  const paddedOutputs = padded(outputs);
  for (let column: u32 = 0; column < paddedOutputs; ) {
    const width = sliceWidth(paddedOutputs - column);
    const ws = w + ((column * inputs) << 2);
    const bs = bias + (column << 2);
    let ys = y + ((column * yRows + begin * width) << 2);
    for (let i = begin; i < end; i++) {
      const at = (i * capacity) << 2;
      const count = load<u32>(counts + (i << 2));
      if (width == 32) multiplyRow32(ys, columns + at, values + at, count, ws, bs);
      else if (width == 16) multiplyRow16(ys, columns + at, values + at, count, ws, bs);
      else multiplyRow8(ys, columns + at, values + at, count, ws, bs);
      ys += width << 2;
    }
    column += width;
  }
}

// @ts-expect-error: decorator
function start(bias: usize, offset: usize): v128 {
  return f32x4.add(v128.load(bias + offset), f32x4.splat(0)); // + 0: the sum must not start at -0
}

// @ts-expect-error: decorator
// Offsets are written as constants, not passed to a helper: the engine then folds them into the load instruction
// (and can pair neighbouring loads), which is worth a third of the speed.
function multiplyRow32(y: usize, columns: usize, values: usize, count: u32, w: usize, bias: usize): void {
  let s0 = start(bias, 0),
    s1 = start(bias, 16),
    s2 = start(bias, 32),
    s3 = start(bias, 48);
  let s4 = start(bias, 64),
    s5 = start(bias, 80),
    s6 = start(bias, 96),
    s7 = start(bias, 112);
  for (const stop = columns + (count << 2); columns < stop; columns += 4, values += 4) {
    const p = w + (load<u32>(columns) << 7);
    const x = v128.load32_splat(values);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(p, 0)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(p, 16)));
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(p, 32)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(p, 48)));
    s4 = f32x4.add(s4, f32x4.mul(x, v128.load(p, 64)));
    s5 = f32x4.add(s5, f32x4.mul(x, v128.load(p, 80)));
    s6 = f32x4.add(s6, f32x4.mul(x, v128.load(p, 96)));
    s7 = f32x4.add(s7, f32x4.mul(x, v128.load(p, 112)));
  }
  v128.store(y, s0);
  v128.store(y, s1, 16);
  v128.store(y, s2, 32);
  v128.store(y, s3, 48);
  v128.store(y, s4, 64);
  v128.store(y, s5, 80);
  v128.store(y, s6, 96);
  v128.store(y, s7, 112);
}

function multiplyRow16(y: usize, columns: usize, values: usize, count: u32, w: usize, bias: usize): void {
  let s0 = start(bias, 0),
    s1 = start(bias, 16),
    s2 = start(bias, 32),
    s3 = start(bias, 48);
  for (const stop = columns + (count << 2); columns < stop; columns += 4, values += 4) {
    const p = w + (load<u32>(columns) << 6);
    const x = v128.load32_splat(values);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(p, 0)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(p, 16)));
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(p, 32)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(p, 48)));
  }
  v128.store(y, s0);
  v128.store(y, s1, 16);
  v128.store(y, s2, 32);
  v128.store(y, s3, 48);
}

function multiplyRow8(y: usize, columns: usize, values: usize, count: u32, w: usize, bias: usize): void {
  let s0 = start(bias, 0),
    s1 = start(bias, 16);
  for (const stop = columns + (count << 2); columns < stop; columns += 4, values += 4) {
    const p = w + (load<u32>(columns) << 5);
    const x = v128.load32_splat(values);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(p, 0)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(p, 16)));
  }
  v128.store(y, s0);
  v128.store(y, s1, 16);
}

/**
 * The lists of X by column instead of by row, for columns [begin, end): column k has lengths[k] entries from entry
 * starts[k] of batchRows (u32) and batchValues (f32), rows ascending. Another range of columns uses other entries.
 */
export function listsByColumn(
  starts: usize,
  lengths: usize,
  batchRows: usize,
  batchValues: usize,
  columns: usize,
  values: usize,
  counts: usize,
  capacity: u32,
  rows: u32,
  begin: u32,
  end: u32,
): void {
  memory.fill(lengths + (begin << 2), 0, (end - begin) << 2);
  for (let i: u32 = 0; i < rows; i++) {
    let c = columns + ((i * capacity) << 2);
    for (const stop = c + (load<u32>(counts + (i << 2)) << 2); c < stop; c += 4) {
      const k = load<u32>(c);
      if (k >= begin && k < end) store<u32>(lengths + (k << 2), load<u32>(lengths + (k << 2)) + 1);
    }
  }
  let next = begin * rows;
  for (let k = begin; k < end; k++) {
    store<u32>(starts + (k << 2), next);
    next += load<u32>(lengths + (k << 2));
  }
  memory.fill(lengths + (begin << 2), 0, (end - begin) << 2); // counted again while the entries are written
  for (let i: u32 = 0; i < rows; i++) {
    const at = (i * capacity) << 2;
    let c = columns + at;
    let v = values + at;
    for (const stop = c + (load<u32>(counts + (i << 2)) << 2); c < stop; c += 4, v += 4) {
      const k = load<u32>(c);
      if (k >= begin && k < end) {
        const length = load<u32>(lengths + (k << 2));
        const entry = (load<u32>(starts + (k << 2)) + length) << 2;
        store<u32>(lengths + (k << 2), length + 1);
        store<u32>(batchRows + entry, i);
        store<f32>(batchValues + entry, load<f32>(v));
      }
    }
  }
}

/** dw[k, :] = sum over batch rows i of x[i, k] * dy[i, :], for inputs k in [begin, end), from the lists by column. */
export function weightGradient(
  dw: usize,
  starts: usize,
  lengths: usize,
  batchRows: usize,
  batchValues: usize,
  dy: usize,
  dyRows: u32,
  inputs: u32,
  outputs: u32,
  begin: u32,
  end: u32,
): void {
  const paddedOutputs = padded(outputs);
  const zero = f32x4.splat(0);
  for (let column: u32 = 0; column < paddedOutputs; ) {
    const width = sliceWidth(paddedOutputs - column);
    const dys = dy + ((column * dyRows) << 2);
    let out = dw + ((column * inputs + begin * width) << 2);
    for (let k = begin; k < end; k++) {
      const first = load<u32>(starts + (k << 2)) << 2;
      const count = load<u32>(lengths + (k << 2));
      const r = batchRows + first;
      const v = batchValues + first;
      if (width == 32) gradientRow32(out, r, v, count, dys, zero);
      else if (width == 16) gradientRow16(out, r, v, count, dys, zero);
      else gradientRow8(out, r, v, count, dys, zero);
      out += width << 2;
    }
    column += width;
  }
}

function gradientRow32(out: usize, rows: usize, values: usize, count: u32, dy: usize, zero: v128): void {
  let s0 = zero,
    s1 = zero,
    s2 = zero,
    s3 = zero,
    s4 = zero,
    s5 = zero,
    s6 = zero,
    s7 = zero;
  for (const stop = rows + (count << 2); rows < stop; rows += 4, values += 4) {
    const p = dy + (load<u32>(rows) << 7);
    const x = v128.load32_splat(values);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(p, 0)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(p, 16)));
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(p, 32)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(p, 48)));
    s4 = f32x4.add(s4, f32x4.mul(x, v128.load(p, 64)));
    s5 = f32x4.add(s5, f32x4.mul(x, v128.load(p, 80)));
    s6 = f32x4.add(s6, f32x4.mul(x, v128.load(p, 96)));
    s7 = f32x4.add(s7, f32x4.mul(x, v128.load(p, 112)));
  }
  v128.store(out, s0);
  v128.store(out, s1, 16);
  v128.store(out, s2, 32);
  v128.store(out, s3, 48);
  v128.store(out, s4, 64);
  v128.store(out, s5, 80);
  v128.store(out, s6, 96);
  v128.store(out, s7, 112);
}

function gradientRow16(out: usize, rows: usize, values: usize, count: u32, dy: usize, zero: v128): void {
  let s0 = zero,
    s1 = zero,
    s2 = zero,
    s3 = zero;
  for (const stop = rows + (count << 2); rows < stop; rows += 4, values += 4) {
    const p = dy + (load<u32>(rows) << 6);
    const x = v128.load32_splat(values);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(p, 0)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(p, 16)));
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(p, 32)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(p, 48)));
  }
  v128.store(out, s0);
  v128.store(out, s1, 16);
  v128.store(out, s2, 32);
  v128.store(out, s3, 48);
}

function gradientRow8(out: usize, rows: usize, values: usize, count: u32, dy: usize, zero: v128): void {
  let s0 = zero,
    s1 = zero;
  for (const stop = rows + (count << 2); rows < stop; rows += 4, values += 4) {
    const p = dy + (load<u32>(rows) << 5);
    const x = v128.load32_splat(values);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(p, 0)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(p, 16)));
  }
  v128.store(out, s0);
  v128.store(out, s1, 16);
}

/** db[j] = sum over batch rows i < rows of dy[i, j]. */
export function biasGradient(db: usize, dy: usize, dyRows: u32, rows: u32, outputs: u32): void {
  const paddedOutputs = padded(outputs);
  for (let column: u32 = 0; column < paddedOutputs; ) {
    const width = sliceWidth(paddedOutputs - column);
    const dys = dy + ((column * dyRows) << 2);
    for (let lane: u32 = 0; lane < width; lane += 4) {
      let sum = f32x4.splat(0);
      for (let i: u32 = 0; i < rows; i++) sum = f32x4.add(sum, v128.load(dys + ((i * width + lane) << 2)));
      v128.store(db + ((column + lane) << 2), sum);
    }
    column += width;
  }
}

/** wt = w^T, for inputs [begin, end) of w (inputs, outputs); wt is sliced (outputs, inputs). */
export function transposeWeights(wt: usize, w: usize, inputs: u32, outputs: u32, begin: u32, end: u32): void {
  const paddedOutputs = padded(outputs);
  const paddedInputs = padded(inputs);
  for (let column: u32 = 0; column < paddedOutputs; ) {
    const width = sliceWidth(paddedOutputs - column);
    const trueWidth = min(width, outputs - column);
    for (let k = begin; k < end; k++) {
      const source = w + ((column * inputs + k * width) << 2);
      // the slice of wt that holds its column k: all slices but the last few are 32 wide
      let slice = k & ~31;
      let sliceSize = sliceWidth(paddedInputs - slice);
      while (k - slice >= sliceSize) {
        slice += sliceSize;
        sliceSize = sliceWidth(paddedInputs - slice);
      }
      let target = wt + ((slice * outputs + column * sliceSize + (k - slice)) << 2);
      for (let j: u32 = 0; j < trueWidth; j++) {
        store<f32>(target, load<f32>(source + (j << 2)));
        target += sliceSize << 2;
      }
    }
    column += width;
  }
}
