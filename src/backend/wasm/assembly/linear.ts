// Fully connected layers: Y = X W + 1 b, dX = dY W^T, dW = X^T dY, db = 1^T dY, and the update of W and b.
//
// X comes as lists: for each row, the columns whose value is not zero, ascending, and their values. A term with
// x = 0 adds a zero to its sum, so leaving it out changes no bit (every sum starts at +0 or at bias + 0, hence is
// never -0). Legend: N batch rows, I inputs, O outputs; W, Y, dY, dW are sliced matrices; pointers are bytes; `table` is
// 0 for entries of 8 bytes (accumulate.ts).
// Each output element is one chain of additions: bias first, then ascending input (Y), ascending output (dX) or
// ascending batch row (dW, db). Multiply and add are rounded separately, unless FUSED.

import { accumulate, descend64, firstEntry, scatter } from "./accumulate";
import { BLOCK, blockCount, groupWidth, listPointers, padded, sliceWidth } from "./sliced";
import { transposeWeights } from "./transpose";
import { descend32, sgd } from "./update";

/** Bytes from a row of 32 floats to the next. */
const ROW: u32 = 128;

/**
 * y[i, :] = bias + sum over the list of row i of value * w[column, :], rows [begin, end). Also computes dX, with the
 * lists of dY and the transposed weights. The inputs are taken in blocks, so that the block's part of w stays in the
 * nearest caches while all rows go over it. `row`: room for 64 floats.
 */
export function multiplyLists(
  y: usize,
  yRows: u32,
  pointers: usize,
  order: usize,
  table: usize,
  w: usize,
  inputs: u32,
  bias: usize,
  outputs: u32,
  begin: u32,
  end: u32,
  row: usize,
): void {
  if (table == 0) multiply<f32>(y, yRows, pointers, order, table, w, inputs, bias, outputs, begin, end, row);
  else multiply<u8>(y, yRows, pointers, order, table, w, inputs, bias, outputs, begin, end, row);
}

function multiply<E>(
  y: usize,
  yRows: u32,
  pointers: usize,
  order: usize,
  table: usize,
  w: usize,
  inputs: u32,
  bias: usize,
  outputs: u32,
  begin: u32,
  end: u32,
  row: usize,
): void {
  const paddedOutputs = padded(outputs);
  const blocks = blockCount(inputs);
  // of sparse lists two blocks: longer loops are worth more than the nearest cache
  const atOnce: u32 = isFloat<E>() ? 1 : 2;
  const yStep = yRows * ROW;
  const wStep = inputs * ROW;
  for (let column: u32 = 0; column < paddedOutputs; ) {
    const width = groupWidth(paddedOutputs - column);
    const rowBytes = min(width << 2, ROW);
    const group = w + ((column * inputs) << 2);
    const ys = y + ((column * yRows) << 2);
    for (let lane: u32 = 0; lane < width; lane += 4) {
      // + 0: the sum must not start at -0
      v128.store(row + (lane << 2), f32x4.add(v128.load(bias + ((column + lane) << 2)), f32x4.splat(0)));
    }
    for (let block: u32 = 0; block < blocks; block += atOnce) {
      const nextBlock = min(block + atOnce, blocks);
      for (let i = begin; i < end; i++) {
        const list = listPointers(pointers, order, blocks, i);
        const to = ys + i * rowBytes;
        const from = block == 0 ? row : to;
        const fromStep = block == 0 ? ROW : yStep;
        const entry: usize = load<u32>(list + (block << 2));
        const stop: usize = load<u32>(list + (nextBlock << 2));
        accumulate<E>(width, from, fromStep, to, yStep, entry, stop, table, group, wStep);
      }
    }
    column += width;
  }
}

/** dw[k, :] = sum over batch rows i of x[i, k] * dy[i, :], for all inputs k, from the lists by column. */
export function weightGradient(
  dw: usize,
  ends: usize,
  byColumn: usize,
  stride: u32,
  table: usize,
  dy: usize,
  dyRows: u32,
  inputs: u32,
  outputs: u32,
  zeros: usize,
): void {
  const paddedOutputs = padded(outputs);
  for (let column: u32 = 0; column < paddedOutputs; ) {
    const width = sliceWidth(paddedOutputs - column);
    const slice = dy + ((column * dyRows) << 2);
    for (let k: u32 = 0; k < inputs; k++) {
      const to = dw + ((column * inputs + k * width) << 2);
      const entry = byColumn + k * stride;
      const stop: usize = load<u32>(ends + (k << 2));
      if (table == 0) accumulate<f32>(width, zeros, 0, to, 0, entry, stop, table, slice, 0);
      else accumulate<u8>(width, zeros, 0, to, 0, entry, stop, table, slice, 0);
    }
    column += width;
  }
}

/**
 * weightGradient and sgd in one pass over w, a row at a time, for inputs [begin, end): the gradient never goes to memory
 * (`row`: room for 64 floats; `zeros`: 64 zeros). Without momentum and decay, rows without input in this batch stay as
 * they are. If `transposed` is not 0, w^T (transpose.ts) follows while the rows are in the nearest cache: w is whole slices
 * from output `first` on of a matrix with `allOutputs`.
 */
export function updateWeights(
  w: usize,
  velocity: usize,
  transposed: usize,
  allOutputs: u32,
  first: u32,
  row: usize,
  zeros: usize,
  ends: usize,
  byColumn: usize,
  stride: u32,
  table: usize,
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
  const dyStep = dyRows * ROW;
  const wStep = inputs * ROW;
  for (let column: u32 = 0; column < paddedOutputs; ) {
    const width = groupWidth(paddedOutputs - column);
    const rowFloats = min(width, 32);
    const group = dy + ((column * dyRows) << 2);
    const groupOfW = w + ((column * inputs) << 2);
    for (let k = begin; k < end; k++) {
      const entry = byColumn + k * stride;
      const stop: usize = load<u32>(ends + (k << 2));
      if (plain && width == 64) {
        if (stop != entry) {
          const to = w + ((column * inputs + k * 32) << 2);
          if (table == 0) descend64<f32>(zeros, to, wStep, entry, stop, table, group, dyStep, learningRate);
          else descend64<u8>(zeros, to, wStep, entry, stop, table, group, dyStep, learningRate);
        }
      } else if (!plain || stop != entry) {
        if (table == 0) accumulate<f32>(width, zeros, ROW, row, ROW, entry, stop, table, group, dyStep);
        else accumulate<u8>(width, zeros, ROW, row, ROW, entry, stop, table, group, dyStep);
        const at = (column * inputs + k * rowFloats) << 2;
        if (plain && width == 32) descend32(w + at, row, learningRate);
        else sgd(w + at, row, velocity + at, rowFloats, learningRate, momentum, weightDecay, nesterov);
        if (width == 64) {
          const at2 = at + wStep;
          sgd(w + at2, row + ROW, velocity + at2, 32, learningRate, momentum, weightDecay, nesterov);
        }
      }
      if (transposed != 0 && ((k & 31) == 31 || k + 1 == end)) {
        const trueWidth = min(width, outputs - column);
        const from = max(begin, k & ~31);
        transposeWeights(transposed, allOutputs, first + column, groupOfW, inputs, trueWidth, from, k + 1);
      }
    }
    column += width;
  }
}

/**
 * updateWeights for layers of at most 32 outputs: from the lists by row, without lists by column, whose making would take
 * longer than the sums. `gradient`: room for
 * a slice of (inputs, outputs), in this processor's cache.
 */
export function updateNarrow(
  w: usize,
  velocity: usize,
  gradient: usize,
  pointers: usize,
  order: usize,
  table: usize,
  dy: usize,
  dyRows: u32,
  rows: u32,
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
  for (let column: u32 = 0; column < paddedOutputs; ) {
    const width = sliceWidth(paddedOutputs - column);
    const rowBytes = width << 2;
    memory.fill(gradient + begin * rowBytes, 0, (end - begin) * rowBytes);
    const slice = dy + ((column * dyRows) << 2);
    if (table == 0)
      scatterRows<f32>(gradient, width, pointers, order, table, slice, rows, inputs, begin, end);
    else scatterRows<u8>(gradient, width, pointers, order, table, slice, rows, inputs, begin, end);
    const at = ((column * inputs) << 2) + begin * rowBytes;
    const from = gradient + begin * rowBytes;
    const count = (end - begin) * width;
    sgd(w + at, from, velocity + at, count, learningRate, momentum, weightDecay, nesterov);
    column += width;
  }
}

/** gradient[k, :] += x[i, k] * dy[i, :] for all rows i, inputs k in [begin, end). */
function scatterRows<E>(
  gradient: usize,
  width: u32,
  pointers: usize,
  order: usize,
  table: usize,
  dy: usize,
  rows: u32,
  inputs: u32,
  begin: u32,
  end: u32,
): void {
  const blocks = blockCount(inputs);
  for (let i: u32 = 0; i < rows; i++) {
    const list = listPointers(pointers, order, blocks, i);
    const stop: usize = load<u32>(list + (blocks << 2));
    const entry = firstEntry<E>(load<u32>(list + ((begin / BLOCK) << 2)), stop, begin);
    scatter<E>(width, dy + ((i * width) << 2), entry, stop, table, gradient, end);
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
