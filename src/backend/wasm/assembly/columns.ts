// The lists of a batch by column instead of by row: what the gradient of the weights is summed from.

import { entryIndex, entrySize, firstEntry } from "./accumulate";
import { BLOCK, blockCount, listPointers } from "./sliced";

/**
 * From the lists by row (lists.ts) of `rows` rows, for columns [begin, end): column k has lengths[k] entries (row
 * instead of column, same value and form), rows ascending, from byColumn + k * stride bytes on. `table` is 0 for entries
 * of 8 bytes. Other ranges of columns write elsewhere.
 */
export function listsByColumn(
  lengths: usize,
  byColumn: usize,
  stride: u32,
  pointers: usize,
  order: usize,
  table: usize,
  inputs: u32,
  rows: u32,
  begin: u32,
  end: u32,
): void {
  memory.fill(lengths + (begin << 2), 0, (end - begin) << 2);
  if (table == 0) list<f32>(lengths, byColumn, stride, pointers, order, inputs, rows, begin, end);
  else list<u8>(lengths, byColumn, stride, pointers, order, inputs, rows, begin, end);
}

function list<E>(
  lengths: usize,
  byColumn: usize,
  stride: u32,
  pointers: usize,
  order: usize,
  inputs: u32,
  rows: u32,
  begin: u32,
  end: u32,
): void {
  const blocks = blockCount(inputs);
  for (let i: u32 = 0; i < rows; i++) {
    const row = listPointers(pointers, order, blocks, i);
    const stop: usize = load<u32>(row + (blockCount(end) << 2));
    let e = firstEntry<E>(load<u32>(row + ((begin / BLOCK) << 2)), stop, begin);
    for (; e < stop; e += entrySize<E>()) {
      const k = entryIndex<E>(e);
      if (k >= end) break;
      const length = load<u32>(lengths + (k << 2));
      const to = byColumn + k * stride + length * <u32>entrySize<E>();
      store<u32>(lengths + (k << 2), length + 1);
      if (isFloat<E>()) {
        store<u32>(to, i);
        store<f32>(to, load<f32>(e, 4), 4);
      } else {
        store<u32>(to, (i << 8) | <u32>load<u8>(e));
      }
    }
  }
}
