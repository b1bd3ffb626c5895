// The spellings of a column's cells: each has a code, in first-seen order.

import { allocate } from "./memory";
import { numberAt, numberEnd } from "./numbers";

const FIRST_SLOTS: u32 = 64;
const SPELLING_BYTES: u32 = 24;
/** Twice as many would need more bytes than there are. */
const MOST_SPELLINGS: u32 = 1 << 26;

/** One column of the table; cellKernel.ts has the same layout. */
@unmanaged
export class Column {
  use: u32;
  /** where address and length of each cell's text go (u32 each), as it is in the file; 0 if nobody wants it */
  kept: usize;
  /** of the column's first row in the output: of words first address and length of the text (u32 each), then the code (u32) */
  out: usize;
  /** slots of the hash table, a power of two: code + 1 of a spelling, or 0 */
  slots: usize;
  slotCount: u32;
  spellings: usize;
  room: u32;
  count: u32;
}

@unmanaged
class Spelling {
  text: usize;
  length: u32;
  hash: u32;
  /** 1 if it is a number of the regular form, which is `value` */
  isNumber: u32;
  value: f64;
}

/** The first `count` (1 … 8) bytes at `p`. */
function bytesAt(p: usize, count: usize): u64 {
  return load<u64>(p) & (u64.MAX_VALUE >>> (64 - (count << 3)));
}

function hashOf(text: usize, length: usize): u32 {
  let hash: u64 = 0x9e3779b97f4a7c15 ^ length;
  let left = length;
  for (; left > 8; left -= 8) {
    hash = mix(hash ^ load<u64>(text));
    text += 8;
  }
  if (left > 0) hash = mix(hash ^ bytesAt(text, left));
  return <u32>(hash >>> 32);
}

function mix(hash: u64): u64 {
  hash *= 0xff51afd7ed558ccd;
  return hash ^ (hash >>> 29);
}

function isEqual(a: usize, b: usize, length: usize): bool {
  for (; length > 8; length -= 8) {
    if (load<u64>(a) != load<u64>(b)) return false;
    a += 8;
    b += 8;
  }
  return length == 0 || bytesAt(a, length) == bytesAt(b, length);
}

/** Address and length (u32 each) of the cells of a column's rows, in its output, to their codes. False: no memory. */
export function internColumn(column: Column, rows: u32, decimal: u32): bool {
  let cell = column.out;
  for (let to = column.out, end = to + ((<usize>rows) << 2); to < end; to += 4) {
    const code = codeOf(column, load<u32>(cell), load<u32>(cell, 4), decimal);
    if (code < 0) return false;
    store<u32>(to, code); // at or before the cell that was just read
    cell += 8;
  }
  return true;
}

/** The code of a spelling, a new one if the column has not had it. `decimal`: for its value. -1: no memory. */
export function codeOf(column: Column, text: usize, length: usize, decimal: u32): i32 {
  if (column.count << 1 >= column.slotCount && !rehash(column)) return -1;
  const hash = hashOf(text, length);
  const mask = column.slotCount - 1;
  let slot = hash & mask;
  for (;;) {
    const code = load<u32>(column.slots + (slot << 2));
    if (code == 0) break;
    const known = changetype<Spelling>(column.spellings + (code - 1) * SPELLING_BYTES);
    if (known.hash == hash && known.length == <u32>length && isEqual(known.text, text, length))
      return code - 1;
    slot = (slot + 1) & mask;
  }
  const own = allocate(length + 16); // read 8 bytes at a time
  if (own == 0 || (column.count == column.room && !makeRoom(column))) return -1;
  memory.copy(own, text, length);
  const spelling = changetype<Spelling>(column.spellings + column.count * SPELLING_BYTES);
  spelling.text = own;
  spelling.length = <u32>length;
  spelling.hash = hash;
  const value = numberAt(own, decimal);
  const isNumber = numberEnd == own + length && length > 0;
  spelling.isNumber = <u32>isNumber;
  spelling.value = isNumber ? value : NaN;
  store<u32>(column.slots + (slot << 2), ++column.count);
  return column.count - 1;
}

function makeRoom(column: Column): bool {
  if (column.room >= MOST_SPELLINGS) return false;
  const room = max<u32>(32, column.room * 2);
  const spellings = allocate(room * SPELLING_BYTES);
  if (spellings == 0) return false;
  memory.copy(spellings, column.spellings, column.count * SPELLING_BYTES);
  column.spellings = spellings;
  column.room = room;
  return true;
}

function rehash(column: Column): bool {
  if (column.slotCount > MOST_SPELLINGS) return false;
  const slotCount = max(FIRST_SLOTS, column.slotCount * 2);
  const slots = allocate(slotCount << 2);
  if (slots == 0) return false;
  const mask = slotCount - 1;
  for (let code: u32 = 0; code < column.count; code++) {
    let slot = changetype<Spelling>(column.spellings + code * SPELLING_BYTES).hash & mask;
    while (load<u32>(slots + (slot << 2)) != 0) slot = (slot + 1) & mask;
    store<u32>(slots + (slot << 2), code + 1);
  }
  column.slots = slots;
  column.slotCount = slotCount;
  return true;
}
