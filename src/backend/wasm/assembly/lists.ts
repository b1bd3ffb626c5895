// From values to lists of the values that are not zero: what linear.ts multiplies with.
//
// Row i's list is at entry i * capacity of `entries`: (column u32, value f32), columns ascending. ends[i * blocks + b]
// is its number of entries in columns below (b + 1) * BLOCK. A value is written first and counted only if it is not
// zero, so there is no branch to mispredict; a list needs room for its width and LIST_ROOM entries more.

import { BLOCK, padded, sliceWidth } from "./sliced";

/** Of `count` bytes, how many are not zero. */
export function countBytes(bytes: usize, count: u32): u32 {
  let n: u32 = 0;
  let at: u32 = 0;
  for (; at + 16 <= count; at += 16)
    n += popcnt(~i8x16.bitmask(i8x16.eq(v128.load(bytes + at), i8x16.splat(0))) & 0xffff);
  for (; at < count; at++) n += <u32>(load<u8>(bytes + at) != 0);
  return n;
}

/**
 * The non-zero bytes of `rows` rows, for all of training: column << 8 | byte (u32), from entry `next` of `packed` on,
 * and starts[row * blocks + b], the first entry of each row's block. Returns the entry after the last one, which the
 * caller writes to starts after the last row.
 */
export function packBytes(packed: usize, starts: usize, next: u32, bytes: usize, rows: u32, width: u32): u32 {
  for (let i: u32 = 0; i < rows; i++) {
    for (let begin: u32 = 0; begin < width; begin += BLOCK) {
      store<u32>(starts, next);
      starts += 4;
      const end = min(begin + BLOCK, width);
      let k = begin;
      for (; k + 8 <= end; k += 8) {
        if (load<u64>(bytes + k) == 0) continue; // eight empty pixels at once: most of an image
        for (let e: u32 = k; e < k + 8; e++) next = packByte(packed, next, e, load<u8>(bytes + e));
      }
      for (; k < end; k++) next = packByte(packed, next, k, load<u8>(bytes + k));
    }
    bytes += width;
  }
  return next;
}

function packByte(packed: usize, next: u32, column: u32, byte: u8): u32 {
  store<u32>(packed + (next << 2), (column << 8) | byte);
  return next + <u32>(byte != 0);
}

/**
 * Lists of batch rows [begin, end) from packed bytes: batch row i is data row order[i]; values are byte * scale.
 * Four entries at a time: up to three places after a list's end are written, for which lists have room.
 */
export function gatherPacked(
  entries: usize,
  ends: usize,
  capacity: u32,
  packed: usize,
  starts: usize,
  inputs: u32,
  scale: f32,
  order: usize,
  begin: u32,
  end: u32,
): void {
  const blocks = (inputs + BLOCK - 1) / BLOCK;
  const factor = f32x4.splat(scale);
  for (let i = begin; i < end; i++) {
    const row = starts + ((load<u32>(order + (i << 2)) * blocks) << 2);
    const first = load<u32>(row);
    for (let b: u32 = 0; b < blocks; b++) {
      store<u32>(ends + ((i * blocks + b) << 2), load<u32>(row + ((b + 1) << 2)) - first);
    }
    let to = entries + ((i * capacity) << 3);
    for (
      let e = packed + (first << 2), last = packed + (load<u32>(row + (blocks << 2)) << 2);
      e < last;
      e += 16
    ) {
      const four = v128.load(e);
      const columns = i32x4.shr_u(four, 8);
      const bytes = v128.and(four, i32x4.splat(255));
      const values = f32x4.mul(f32x4.convert_i32x4_s(bytes), factor);
      v128.store(to, v128.shuffle<u32>(columns, values, 0, 4, 1, 5));
      v128.store(to, v128.shuffle<u32>(columns, values, 2, 6, 3, 7), 16);
      to += 32;
    }
  }
}

/**
 * Lists of batch rows [begin, end) from a table: batch row i is data row order[i]. dense values (u8 or f32) become
 * value * scale; each code (an input index, or 0xffffffff for none) becomes a 1. Codes are ascending and above all
 * dense inputs.
 */
export function gatherRows(
  entries: usize,
  ends: usize,
  capacity: u32,
  inputs: u32,
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
  const blocks = (inputs + BLOCK - 1) / BLOCK;
  for (let i = begin; i < end; i++) {
    const row = <usize>load<u32>(order + (i << 2));
    const list = entries + ((i * capacity) << 3);
    const rowEnds = ends + ((i * blocks) << 2);
    const from = dense + ((row * denseWidth) << (bytes ? 0 : 2));
    let n: u32 = 0;
    let block: u32 = 0;
    for (let k: u32 = 0; k < denseWidth; k++) {
      if (k == (block + 1) * BLOCK) store<u32>(rowEnds + (block++ << 2), n);
      const x = bytes ? <f32>(<u32>load<u8>(from + k)) * scale : load<f32>(from + (k << 2));
      store<u32>(list + (n << 3), k);
      store<f32>(list + (n << 3), x, 4);
      n += <u32>(x != 0); // true for NaN: it must reach the loss, not vanish
    }
    for (let p = codes + ((row * codeWidth) << 2), stop = p + (codeWidth << 2); p < stop; p += 4) {
      const code = load<u32>(p);
      if (code == 0xffffffff) continue;
      while (code >= (block + 1) * BLOCK) store<u32>(rowEnds + (block++ << 2), n);
      store<u32>(list + (n << 3), code);
      store<f32>(list + (n << 3), 1, 4);
      n++;
    }
    while (block < blocks) store<u32>(rowEnds + (block++ << 2), n);
  }
}

/** Lists of max(z, 0), rows [begin, end) of sliced z (zRows, width): ReLU. NaN is kept. */
export function listPositive(
  entries: usize,
  ends: usize,
  capacity: u32,
  z: usize,
  zRows: u32,
  width: u32,
  begin: u32,
  end: u32,
): void {
  listRows(entries, ends, capacity, z, zRows, width, begin, end, true);
}

/** Lists of dz != 0, rows [begin, end) of sliced dz (dzRows, width). */
export function listNonZero(
  entries: usize,
  ends: usize,
  capacity: u32,
  dz: usize,
  dzRows: u32,
  width: u32,
  begin: u32,
  end: u32,
): void {
  listRows(entries, ends, capacity, dz, dzRows, width, begin, end, false);
}

function listRows(
  entries: usize,
  ends: usize,
  capacity: u32,
  z: usize,
  zRows: u32,
  width: u32,
  begin: u32,
  end: u32,
  positive: bool,
): void {
  const paddedWidth = padded(width);
  for (let i = begin; i < end; i++) {
    const list = entries + ((i * capacity) << 3);
    let rowEnd = ends + ((i * ((width + BLOCK - 1) / BLOCK)) << 2);
    let n: u32 = 0;
    for (let column: u32 = 0; column < paddedWidth; ) {
      const slice = sliceWidth(paddedWidth - column);
      const p = z + ((column * zRows + i * slice) << 2);
      const stop = min(slice, width - column);
      for (let j: u32 = 0; j < stop; j++) {
        const x = load<f32>(p + (j << 2));
        store<u32>(list + (n << 3), column + j);
        store<f32>(list + (n << 3), x, 4);
        n += positive ? <u32>!(x <= 0) : <u32>(x != 0);
      }
      column += slice;
      // slices never straddle a block: BLOCK is a multiple of 32
      if ((column & (BLOCK - 1)) == 0 || column >= paddedWidth) {
        store<u32>(rowEnd, n);
        rowEnd += 4;
      }
    }
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
