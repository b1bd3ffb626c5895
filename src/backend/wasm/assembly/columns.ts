// The lists of a batch by column instead of by row: what the gradient of the weights is summed from.

import { entryIndex, entrySize, firstEntry } from "./accumulate";
import { BLOCK, blockCount, listPointers } from "./sliced";

/**
 * Empties the lists of columns [begin, end): list k goes from byColumn + k * stride to ends[k].
 */
function startColumns(ends: usize, byColumn: usize, stride: u32, begin: u32, end: u32): void {
  let at = byColumn + begin * stride;
  for (let k = begin; k < end; k++) {
    store<u32>(ends + (k << 2), <u32>at);
    at += stride;
  }
}

/**
 * From the lists by row (lists.ts) of `rows` rows, for columns [begin, end): the list of column k (row instead of column,
 * same value and form), rows ascending, from byColumn + k * stride to ends[k]. `table` is 0 for entries of 8 bytes. Other
 * ranges of columns write elsewhere.
 */
export function listsByColumn(
  ends: usize,
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
  startColumns(ends, byColumn, stride, begin, end);
  if (table == 0) list<f32>(ends, pointers, order, inputs, rows, begin, end);
  else list<u8>(ends, pointers, order, inputs, rows, begin, end);
}

function list<E>(
  ends: usize,
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
      append<E>(ends + (k << 2), e, i);
    }
  }
}

/** Adds entry `e` of row i to the list of its column, whose end is at `end`. */
function append<E>(end: usize, e: usize, i: u32): void {
  const to: usize = load<u32>(end);
  store<u32>(end, <u32>(to + entrySize<E>()));
  if (isFloat<E>()) {
    store<u32>(to, i);
    store<f32>(to, load<f32>(e, 4), 4);
  } else {
    store<u32>(to, (i << 8) | <u32>load<u8>(e));
  }
}
