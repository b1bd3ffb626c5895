// The inner loops of all products: to a row of sums, add multiples of rows of a matrix, as a list says (accumulate); or
// add multiples of one row to rows of a matrix of sums (scatter).
//
// An entry of a list is (index, value), in one of two forms, chosen by the type parameter E:
//   f32: index u32, then value f32, 8 bytes;
//   u8: index << 8 | byte, 4 bytes; the value is entry `byte` of a table of 256 floats.
// Written out for rows of 64 (two slices of 32), 32, 16 and 8 floats. Offsets are constants in the loads, not sums: the
// engine folds them into the instruction and can pair neighbouring loads. Initial sums are loaded, not set to zero in
// registers, and one entry is taken at a time: V8 makes the best code of that. GFLOP/s with MNIST's first layer, one
// Xeon core, Node 20 and 24: rows of 64 35 and 54, of 32 29 and 50, of 32 by two entries 25 and 48.

/** Bytes of an entry. */
export function entrySize<E>(): usize {
  return isFloat<E>() ? 8 : 4;
}

/** The index of an entry. */
export function entryIndex<E>(entry: usize): u32 {
  return isFloat<E>() ? load<u32>(entry) : load<u32>(entry) >> 8;
}

/** The first of entries [entry, end) whose index is not below `index`; `end` if there is none. */
export function firstEntry<E>(entry: usize, end: usize, index: u32): usize {
  while (entry < end && entryIndex<E>(entry) < index) entry += entrySize<E>();
  return entry;
}

function entryValue<E>(entry: usize, table: usize): v128 {
  return isFloat<E>()
    ? v128.load32_splat(entry, 4)
    : v128.load32_splat(table + ((<usize>load<u8>(entry)) << 2));
}

/** sum + x * y: rounded twice, or once in the modules that are compiled with FUSED. */
function multiplyAdd(sum: v128, x: v128, y: v128): v128 {
  if (FUSED) return f32x4.relaxed_madd(x, y, sum);
  return f32x4.add(sum, f32x4.mul(x, y));
}

/**
 * Row `to` = row `from` + the sum over entries [entry, end) of value * row[index] of the matrix, entry by entry.
 * width: 64, 32, 16 or 8 floats. A row of 64 is two of 32: `toStep` and `matrixStep` bytes from the first to the
 * second; `from` is contiguous if `fromStep` is 128.
 */
export function accumulate<E>(
  width: u32,
  from: usize,
  fromStep: usize,
  to: usize,
  toStep: usize,
  entry: usize,
  end: usize,
  table: usize,
  matrix: usize,
  matrixStep: usize,
): void {
  if (width == 64)
    accumulate64<E>(from, from + fromStep, to, to + toStep, entry, end, table, matrix, matrixStep, false, 0);
  else if (width == 32) accumulate32<E>(from, to, entry, end, table, matrix);
  else if (width == 16) accumulate16<E>(from, to, entry, end, table, matrix);
  else accumulate8<E>(from, to, entry, end, table, matrix);
}

/** Row `to` of 64 -= learningRate * the sum that accumulate makes, which goes from the registers into it. */
export function descend64<E>(
  zeros: usize,
  to: usize,
  toStep: usize,
  entry: usize,
  end: usize,
  table: usize,
  matrix: usize,
  matrixStep: usize,
  learningRate: f32,
): void {
  accumulate64<E>(zeros, zeros, to, to + toStep, entry, end, table, matrix, matrixStep, true, learningRate);
}

/**
 * accumulate for rows of 64. If isDescent, row `to` -= learningRate * the sum instead: the gradient of a row of weights
 * goes from the registers into them.
 */
function accumulate64<E>(
  from: usize,
  from2: usize,
  to: usize,
  to2: usize,
  entry: usize,
  end: usize,
  table: usize,
  matrix: usize,
  matrixStep: usize,
  isDescent: bool,
  learningRate: f32,
): void {
  let s0 = v128.load(from, 0);
  let s1 = v128.load(from, 16);
  let s2 = v128.load(from, 32);
  let s3 = v128.load(from, 48);
  let s4 = v128.load(from, 64);
  let s5 = v128.load(from, 80);
  let s6 = v128.load(from, 96);
  let s7 = v128.load(from, 112);
  let s8 = v128.load(from2, 0);
  let s9 = v128.load(from2, 16);
  let s10 = v128.load(from2, 32);
  let s11 = v128.load(from2, 48);
  let s12 = v128.load(from2, 64);
  let s13 = v128.load(from2, 80);
  let s14 = v128.load(from2, 96);
  let s15 = v128.load(from2, 112);
  for (; entry < end; entry += entrySize<E>()) {
    const p = matrix + (entryIndex<E>(entry) << 7);
    const q = p + matrixStep;
    const x = entryValue<E>(entry, table);
    s0 = multiplyAdd(s0, x, v128.load(p, 0));
    s1 = multiplyAdd(s1, x, v128.load(p, 16));
    s2 = multiplyAdd(s2, x, v128.load(p, 32));
    s3 = multiplyAdd(s3, x, v128.load(p, 48));
    s4 = multiplyAdd(s4, x, v128.load(p, 64));
    s5 = multiplyAdd(s5, x, v128.load(p, 80));
    s6 = multiplyAdd(s6, x, v128.load(p, 96));
    s7 = multiplyAdd(s7, x, v128.load(p, 112));
    s8 = multiplyAdd(s8, x, v128.load(q, 0));
    s9 = multiplyAdd(s9, x, v128.load(q, 16));
    s10 = multiplyAdd(s10, x, v128.load(q, 32));
    s11 = multiplyAdd(s11, x, v128.load(q, 48));
    s12 = multiplyAdd(s12, x, v128.load(q, 64));
    s13 = multiplyAdd(s13, x, v128.load(q, 80));
    s14 = multiplyAdd(s14, x, v128.load(q, 96));
    s15 = multiplyAdd(s15, x, v128.load(q, 112));
  }
  if (isDescent) {
    const rate = f32x4.splat(learningRate);
    const w0 = f32x4.sub(v128.load(to, 0), f32x4.mul(rate, s0));
    const w1 = f32x4.sub(v128.load(to, 16), f32x4.mul(rate, s1));
    const w2 = f32x4.sub(v128.load(to, 32), f32x4.mul(rate, s2));
    const w3 = f32x4.sub(v128.load(to, 48), f32x4.mul(rate, s3));
    const w4 = f32x4.sub(v128.load(to, 64), f32x4.mul(rate, s4));
    const w5 = f32x4.sub(v128.load(to, 80), f32x4.mul(rate, s5));
    const w6 = f32x4.sub(v128.load(to, 96), f32x4.mul(rate, s6));
    const w7 = f32x4.sub(v128.load(to, 112), f32x4.mul(rate, s7));
    const w8 = f32x4.sub(v128.load(to2, 0), f32x4.mul(rate, s8));
    const w9 = f32x4.sub(v128.load(to2, 16), f32x4.mul(rate, s9));
    const w10 = f32x4.sub(v128.load(to2, 32), f32x4.mul(rate, s10));
    const w11 = f32x4.sub(v128.load(to2, 48), f32x4.mul(rate, s11));
    const w12 = f32x4.sub(v128.load(to2, 64), f32x4.mul(rate, s12));
    const w13 = f32x4.sub(v128.load(to2, 80), f32x4.mul(rate, s13));
    const w14 = f32x4.sub(v128.load(to2, 96), f32x4.mul(rate, s14));
    const w15 = f32x4.sub(v128.load(to2, 112), f32x4.mul(rate, s15));
    v128.store(to, w0, 0);
    v128.store(to, w1, 16);
    v128.store(to, w2, 32);
    v128.store(to, w3, 48);
    v128.store(to, w4, 64);
    v128.store(to, w5, 80);
    v128.store(to, w6, 96);
    v128.store(to, w7, 112);
    v128.store(to2, w8, 0);
    v128.store(to2, w9, 16);
    v128.store(to2, w10, 32);
    v128.store(to2, w11, 48);
    v128.store(to2, w12, 64);
    v128.store(to2, w13, 80);
    v128.store(to2, w14, 96);
    v128.store(to2, w15, 112);
    return;
  }
  v128.store(to, s0, 0);
  v128.store(to, s1, 16);
  v128.store(to, s2, 32);
  v128.store(to, s3, 48);
  v128.store(to, s4, 64);
  v128.store(to, s5, 80);
  v128.store(to, s6, 96);
  v128.store(to, s7, 112);
  v128.store(to2, s8, 0);
  v128.store(to2, s9, 16);
  v128.store(to2, s10, 32);
  v128.store(to2, s11, 48);
  v128.store(to2, s12, 64);
  v128.store(to2, s13, 80);
  v128.store(to2, s14, 96);
  v128.store(to2, s15, 112);
}

function accumulate32<E>(
  from: usize,
  to: usize,
  entry: usize,
  end: usize,
  table: usize,
  matrix: usize,
): void {
  let s0 = v128.load(from, 0);
  let s1 = v128.load(from, 16);
  let s2 = v128.load(from, 32);
  let s3 = v128.load(from, 48);
  let s4 = v128.load(from, 64);
  let s5 = v128.load(from, 80);
  let s6 = v128.load(from, 96);
  let s7 = v128.load(from, 112);
  for (; entry < end; entry += entrySize<E>()) {
    const p = matrix + (entryIndex<E>(entry) << 7);
    const x = entryValue<E>(entry, table);
    s0 = multiplyAdd(s0, x, v128.load(p, 0));
    s1 = multiplyAdd(s1, x, v128.load(p, 16));
    s2 = multiplyAdd(s2, x, v128.load(p, 32));
    s3 = multiplyAdd(s3, x, v128.load(p, 48));
    s4 = multiplyAdd(s4, x, v128.load(p, 64));
    s5 = multiplyAdd(s5, x, v128.load(p, 80));
    s6 = multiplyAdd(s6, x, v128.load(p, 96));
    s7 = multiplyAdd(s7, x, v128.load(p, 112));
  }
  v128.store(to, s0, 0);
  v128.store(to, s1, 16);
  v128.store(to, s2, 32);
  v128.store(to, s3, 48);
  v128.store(to, s4, 64);
  v128.store(to, s5, 80);
  v128.store(to, s6, 96);
  v128.store(to, s7, 112);
}

function accumulate16<E>(
  from: usize,
  to: usize,
  entry: usize,
  end: usize,
  table: usize,
  matrix: usize,
): void {
  let s0 = v128.load(from, 0);
  let s1 = v128.load(from, 16);
  let s2 = v128.load(from, 32);
  let s3 = v128.load(from, 48);
  for (; entry < end; entry += entrySize<E>()) {
    const p = matrix + (entryIndex<E>(entry) << 6);
    const x = entryValue<E>(entry, table);
    s0 = multiplyAdd(s0, x, v128.load(p, 0));
    s1 = multiplyAdd(s1, x, v128.load(p, 16));
    s2 = multiplyAdd(s2, x, v128.load(p, 32));
    s3 = multiplyAdd(s3, x, v128.load(p, 48));
  }
  v128.store(to, s0, 0);
  v128.store(to, s1, 16);
  v128.store(to, s2, 32);
  v128.store(to, s3, 48);
}

function accumulate8<E>(from: usize, to: usize, entry: usize, end: usize, table: usize, matrix: usize): void {
  let s0 = v128.load(from, 0);
  let s1 = v128.load(from, 16);
  for (; entry < end; entry += entrySize<E>()) {
    const p = matrix + (entryIndex<E>(entry) << 5);
    const x = entryValue<E>(entry, table);
    s0 = multiplyAdd(s0, x, v128.load(p, 0));
    s1 = multiplyAdd(s1, x, v128.load(p, 16));
  }
  v128.store(to, s0, 0);
  v128.store(to, s1, 16);
}

/**
 * Row `index` of the matrix += value * row `row`, for entries [entry, end) whose index is below `limit`.
 * width: 32, 16 or 8 floats.
 */
export function scatter<E>(
  width: u32,
  row: usize,
  entry: usize,
  end: usize,
  table: usize,
  matrix: usize,
  limit: u32,
): void {
  if (width == 32) scatter32<E>(row, entry, end, table, matrix, limit);
  else if (width == 16) scatter16<E>(row, entry, end, table, matrix, limit);
  else scatter8<E>(row, entry, end, table, matrix, limit);
}

function scatter32<E>(row: usize, entry: usize, end: usize, table: usize, matrix: usize, limit: u32): void {
  const d0 = v128.load(row, 0);
  const d1 = v128.load(row, 16);
  const d2 = v128.load(row, 32);
  const d3 = v128.load(row, 48);
  const d4 = v128.load(row, 64);
  const d5 = v128.load(row, 80);
  const d6 = v128.load(row, 96);
  const d7 = v128.load(row, 112);
  for (; entry < end; entry += entrySize<E>()) {
    const k = entryIndex<E>(entry);
    if (k >= limit) break;
    const p = matrix + (k << 7);
    const x = entryValue<E>(entry, table);
    const s0 = multiplyAdd(v128.load(p, 0), x, d0);
    const s1 = multiplyAdd(v128.load(p, 16), x, d1);
    const s2 = multiplyAdd(v128.load(p, 32), x, d2);
    const s3 = multiplyAdd(v128.load(p, 48), x, d3);
    const s4 = multiplyAdd(v128.load(p, 64), x, d4);
    const s5 = multiplyAdd(v128.load(p, 80), x, d5);
    const s6 = multiplyAdd(v128.load(p, 96), x, d6);
    const s7 = multiplyAdd(v128.load(p, 112), x, d7);
    v128.store(p, s0, 0);
    v128.store(p, s1, 16);
    v128.store(p, s2, 32);
    v128.store(p, s3, 48);
    v128.store(p, s4, 64);
    v128.store(p, s5, 80);
    v128.store(p, s6, 96);
    v128.store(p, s7, 112);
  }
}

function scatter16<E>(row: usize, entry: usize, end: usize, table: usize, matrix: usize, limit: u32): void {
  const d0 = v128.load(row, 0);
  const d1 = v128.load(row, 16);
  const d2 = v128.load(row, 32);
  const d3 = v128.load(row, 48);
  for (; entry < end; entry += entrySize<E>()) {
    const k = entryIndex<E>(entry);
    if (k >= limit) break;
    const p = matrix + (k << 6);
    const x = entryValue<E>(entry, table);
    const s0 = multiplyAdd(v128.load(p, 0), x, d0);
    const s1 = multiplyAdd(v128.load(p, 16), x, d1);
    const s2 = multiplyAdd(v128.load(p, 32), x, d2);
    const s3 = multiplyAdd(v128.load(p, 48), x, d3);
    v128.store(p, s0, 0);
    v128.store(p, s1, 16);
    v128.store(p, s2, 32);
    v128.store(p, s3, 48);
  }
}

function scatter8<E>(row: usize, entry: usize, end: usize, table: usize, matrix: usize, limit: u32): void {
  const d0 = v128.load(row, 0);
  const d1 = v128.load(row, 16);
  for (; entry < end; entry += entrySize<E>()) {
    const k = entryIndex<E>(entry);
    if (k >= limit) break;
    const p = matrix + (k << 5);
    const x = entryValue<E>(entry, table);
    const s0 = multiplyAdd(v128.load(p, 0), x, d0);
    const s1 = multiplyAdd(v128.load(p, 16), x, d1);
    v128.store(p, s0, 0);
    v128.store(p, s1, 16);
  }
}
