// From values to lists of the values that are not zero: what linear.ts multiplies with.
//
// The list of a row, columns ascending, is given by blocks + 1 addresses (u32), its pointers: where its entries of each
// block of BLOCK columns begin, and where the last ones end (listPointers in sliced.ts). Entries are of 8 or 4 bytes
// (accumulate.ts). Lists made here lie `capacity` entries of 8 bytes apart. A value is written first and counted only if
// it is not zero, so there is no branch to mispredict; the entry of a column never lies behind those of all columns before it.

import { BLOCK, blockCount, listPointers, padded, sliceWidth } from "./sliced";

/** Of `count` bytes, how many are not zero. */
export function countBytes(bytes: usize, count: u32): u32 {
  let n: u32 = 0;
  let at: u32 = 0;
  for (; at + 16 <= count; at += 16) n += popcnt(notZero(v128.load(bytes + at)));
  for (; at < count; at++) n += <u32>(load<u8>(bytes + at) != 0);
  return n;
}

/**
 * The lists of the non-zero bytes of `rows` rows, from `packed` on: for each row its pointers, then its entries of 4 bytes,
 * next to each other so that a row is in few pages of memory. Their addresses go to `starts`.
 */
export function packBytes(packed: usize, starts: usize, bytes: usize, rows: u32, width: u32): void {
  const pointerBytes = (blockCount(width) + 1) << 2;
  for (let i: u32 = 0; i < rows; i++) {
    store<u32>(starts + (i << 2), <u32>packed);
    let pointer = packed;
    packed += pointerBytes;
    for (let begin: u32 = 0; begin < width; begin += BLOCK) {
      pointer = startBlock(pointer, packed);
      const end = min(begin + BLOCK, width);
      let k = begin;
      for (; k + 16 <= end; k += 16) {
        let set = notZero(v128.load(bytes + k));
        for (; set != 0; set &= set - 1) {
          const column = k + ctz(set);
          store<u32>(packed, (column << 8) | <u32>load<u8>(bytes + column));
          packed += 4;
        }
      }
      for (; k < end; k++) {
        const byte = <u32>load<u8>(bytes + k);
        if (byte == 0) continue;
        store<u32>(packed, (k << 8) | byte);
        packed += 4;
      }
    }
    startBlock(pointer, packed);
    bytes += width;
  }
}

/** Of 16 bytes, a bit for each that is not zero. */
function notZero(bytes: v128): i32 {
  return ~i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(0))) & 0xffff;
}

/**
 * Reads a word of every cache line of the packed lists of batch rows [begin, end), so that they come from memory
 * together and not one after the other when a product needs them. The sum is good for nothing.
 */
export function touchPacked(pointers: usize, order: usize, inputs: u32, begin: u32, end: u32): u32 {
  const blocks = blockCount(inputs);
  let sum: u32 = 0;
  for (let i = begin; i < end; i++) {
    const list = listPointers(pointers, order, blocks, i);
    const stop: usize = load<u32>(list + (blocks << 2));
    for (let e = list & ~63; e < stop; e += 64) sum += load<u32>(e);
  }
  return sum;
}

/**
 * Lists of batch rows [begin, end) from a table: batch row i is data row order[i]. dense values (u8 or f32) become
 * value * scale; each code (an input index, or 0xffffffff for none) becomes a 1. Codes are ascending and above all
 * dense inputs.
 */
export function gatherRows(
  pointers: usize,
  entries: usize,
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
  const blocks = blockCount(inputs);
  for (let i = begin; i < end; i++) {
    const row = <usize>load<u32>(order + (i << 2));
    const from = dense + ((row * denseWidth) << (bytes ? 0 : 2));
    let entry = entries + ((i * capacity) << 3);
    let pointer = pointers + ((i * (blocks + 1)) << 2);
    let next: u32 = 0; // first column of the block whose pointer is written next
    for (let k: u32 = 0; k < denseWidth; k++) {
      if (k == next) {
        pointer = startBlock(pointer, entry);
        next += BLOCK;
      }
      const x = bytes ? <f32>(<u32>load<u8>(from + k)) * scale : load<f32>(from + (k << 2));
      store<u32>(entry, k);
      store<f32>(entry, x, 4);
      entry += (<usize>(x != 0)) << 3; // true for NaN: it must reach the loss, not vanish
    }
    for (let p = codes + ((row * codeWidth) << 2), stop = p + (codeWidth << 2); p < stop; p += 4) {
      const code = load<u32>(p);
      if (code == 0xffffffff) continue;
      for (; code >= next; next += BLOCK) pointer = startBlock(pointer, entry);
      store<u32>(entry, code);
      store<f32>(entry, 1, 4);
      entry += 8;
    }
    for (const last = pointers + (((i + 1) * (blocks + 1)) << 2); pointer < last; ) {
      pointer = startBlock(pointer, entry);
    }
  }
}

/** Writes where a block's entries begin, and gives the address of the next pointer. */
function startBlock(pointer: usize, entry: usize): usize {
  store<u32>(pointer, <u32>entry);
  return pointer + 4;
}

/**
 * Lists of max(z, 0), rows [begin, end) of sliced z (zRows, width): ReLU. NaN is kept. `shuffles`: the table of
 * compress4.
 */
export function listPositive(
  pointers: usize,
  entries: usize,
  capacity: u32,
  z: usize,
  zRows: u32,
  width: u32,
  begin: u32,
  end: u32,
  shuffles: usize,
): void {
  listRows(pointers, entries, capacity, z, zRows, width, begin, end, shuffles, true);
}

/** Lists of dz != 0, rows [begin, end) of sliced dz (dzRows, width). */
export function listNonZero(
  pointers: usize,
  entries: usize,
  capacity: u32,
  dz: usize,
  dzRows: u32,
  width: u32,
  begin: u32,
  end: u32,
  shuffles: usize,
): void {
  listRows(pointers, entries, capacity, dz, dzRows, width, begin, end, shuffles, false);
}

function listRows(
  pointers: usize,
  entries: usize,
  capacity: u32,
  z: usize,
  zRows: u32,
  width: u32,
  begin: u32,
  end: u32,
  shuffles: usize,
  positive: bool,
): void {
  const paddedWidth = padded(width);
  let pointer = pointers + ((begin * (blockCount(width) + 1)) << 2);
  for (let i = begin; i < end; i++) {
    let entry = entries + ((i * capacity) << 3);
    for (let column: u32 = 0; column < paddedWidth; ) {
      // slices never straddle a block: BLOCK is a multiple of 32
      if ((column & (BLOCK - 1)) == 0) pointer = startBlock(pointer, entry);
      const slice = sliceWidth(paddedWidth - column);
      const p = z + ((column * zRows + i * slice) << 2);
      const stop = min(slice, width - column);
      let j: u32 = 0;
      for (; j + 4 <= stop; j += 4) {
        const x = v128.load(p + (j << 2));
        const zero = f32x4.splat(0);
        const kept = positive ? v128.not(f32x4.le(x, zero)) : f32x4.ne(x, zero);
        entry = compress4(entry, column + j, x, i32x4.bitmask(kept), shuffles);
      }
      for (; j < stop; j++) {
        const x = load<f32>(p + (j << 2));
        store<u32>(entry, column + j);
        store<f32>(entry, x, 4);
        entry += (positive ? <usize>!(x <= 0) : <usize>(x != 0)) << 3;
      }
      column += slice;
    }
    pointer = startBlock(pointer, entry);
  }
}

/**
 * Writes the entries of four neighbouring columns, those of the bits of `kept` first, and gives the address after these.
 * shuffles + kept * 16: the bytes that bring the kept ones of four words to the front.
 */
function compress4(entry: usize, column: u32, x: v128, kept: i32, shuffles: usize): usize {
  const shuffle = v128.load(shuffles + (kept << 4));
  const columns = i8x16.swizzle(i32x4.add(i32x4.splat(column), i32x4(0, 1, 2, 3)), shuffle);
  const values = i8x16.swizzle(x, shuffle);
  v128.store(entry, v128.shuffle<u32>(columns, values, 0, 4, 1, 5));
  v128.store(entry, v128.shuffle<u32>(columns, values, 2, 6, 3, 7), 16);
  return entry + (popcnt(kept) << 3);
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
