// From values to lists of the values that are not zero: what linear.ts multiplies with.
// A list of row i is at entry i * capacity: columns (u32, ascending) and values (f32); counts has its length.

import { padded, sliceWidth } from "./sliced";

/**
 * Batch rows [begin, end) of a data set: batch row i is data row order[i]. dense values (u8 or f32) become
 * value * scale; each code (an input index, or 0xffffffff for none) becomes a 1.
 */
export function gatherRows(
  columns: usize,
  values: usize,
  counts: usize,
  capacity: u32,
  dense: usize,
  denseWidth: u32,
  bytes: bool,
  scale: f32,
  codes: usize,
  codeWidth: u32,
  order: usize,
  begin: u32,
  end: u32,
): void {
  for (let i = begin; i < end; i++) {
    const row = load<u32>(order + (i << 2));
    const at = (i * capacity) << 2;
    let c = columns + at;
    let v = values + at;
    const n = bytes
      ? gatherBytes(c, v, dense + <usize>row * denseWidth, denseWidth, scale)
      : gatherFloats(c, v, dense + ((<usize>row * denseWidth) << 2), denseWidth);
    c += n << 2;
    v += n << 2;
    let count = n;
    for (let p = codes + ((<usize>row * codeWidth) << 2), stop = p + (codeWidth << 2); p < stop; p += 4) {
      const code = load<u32>(p);
      if (code == 0xffffffff) continue;
      store<u32>(c, code);
      store<f32>(v, 1);
      c += 4;
      v += 4;
      count++;
    }
    store<u32>(counts + (i << 2), count);
  }
}

// Both write each value and advance only past those that are not zero: no branch to mispredict, and never a write
// beyond entry width - 1.
function gatherBytes(columns: usize, values: usize, p: usize, width: u32, scale: f32): u32 {
  let n: u32 = 0;
  let k: u32 = 0;
  for (; k + 8 <= width; k += 8) {
    if (load<u64>(p + k) == 0) continue; // eight empty pixels at once: most of an image
    for (let e: u32 = k; e < k + 8; e++) {
      const byte = <u32>load<u8>(p + e);
      store<u32>(columns + (n << 2), e);
      store<f32>(values + (n << 2), <f32>byte * scale);
      n += <u32>(byte != 0);
    }
  }
  for (; k < width; k++) {
    const byte = <u32>load<u8>(p + k);
    store<u32>(columns + (n << 2), k);
    store<f32>(values + (n << 2), <f32>byte * scale);
    n += <u32>(byte != 0);
  }
  return n;
}

function gatherFloats(columns: usize, values: usize, p: usize, width: u32): u32 {
  let n: u32 = 0;
  for (let k: u32 = 0; k < width; k++) {
    const x = load<f32>(p + (k << 2));
    store<u32>(columns + (n << 2), k);
    store<f32>(values + (n << 2), x);
    n += <u32>(x != 0); // true for NaN: it must reach the loss, not vanish
  }
  return n;
}

/** Lists of max(z, 0), rows [begin, end) of sliced z (zRows, width): ReLU. NaN is kept. */
export function listPositive(
  columns: usize,
  values: usize,
  counts: usize,
  capacity: u32,
  z: usize,
  zRows: u32,
  width: u32,
  begin: u32,
  end: u32,
): void {
  for (let i = begin; i < end; i++) {
    let n: u32 = 0;
    const at = (i * capacity) << 2;
    const paddedWidth = padded(width);
    for (let column: u32 = 0; column < paddedWidth; ) {
      const slice = sliceWidth(paddedWidth - column);
      const p = z + ((column * zRows + i * slice) << 2);
      const stop = min(slice, width - column);
      for (let j: u32 = 0; j < stop; j++) {
        const x = load<f32>(p + (j << 2));
        store<u32>(columns + at + (n << 2), column + j);
        store<f32>(values + at + (n << 2), x);
        n += <u32>!(x <= 0);
      }
      column += slice;
    }
    store<u32>(counts + (i << 2), n);
  }
}

/** Lists of dz != 0, rows [begin, end) of sliced dz (dzRows, width). */
export function listNonZero(
  columns: usize,
  values: usize,
  counts: usize,
  capacity: u32,
  dz: usize,
  dzRows: u32,
  width: u32,
  begin: u32,
  end: u32,
): void {
  for (let i = begin; i < end; i++) {
    let n: u32 = 0;
    const at = (i * capacity) << 2;
    const paddedWidth = padded(width);
    for (let column: u32 = 0; column < paddedWidth; ) {
      const slice = sliceWidth(paddedWidth - column);
      const p = dz + ((column * dzRows + i * slice) << 2);
      const stop = min(slice, width - column);
      for (let j: u32 = 0; j < stop; j++) {
        const x = load<f32>(p + (j << 2));
        store<u32>(columns + at + (n << 2), column + j);
        store<f32>(values + at + (n << 2), x);
        n += <u32>(x != 0);
      }
      column += slice;
    }
    store<u32>(counts + (i << 2), n);
  }
}

/** ReLU backward in place: dz = 0 where not z >= 0 (the derivative at 0 is 1), rows [begin, end). */
export function reluBackward(dz: usize, z: usize, zRows: u32, width: u32, begin: u32, end: u32): void {
  const paddedWidth = padded(width);
  const zero = f32x4.splat(0);
  for (let column: u32 = 0; column < paddedWidth; ) {
    const slice = sliceWidth(paddedWidth - column);
    const from = (column * zRows + begin * slice) << 2;
    const to = (column * zRows + end * slice) << 2;
    for (let p = from; p < to; p += 16) {
      v128.store(dz + p, v128.and(v128.load(dz + p), f32x4.ge(v128.load(z + p), zero)));
    }
    column += slice;
  }
}
