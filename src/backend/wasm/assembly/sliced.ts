// Addressing of sliced matrices (src/tensor/sliced.ts says what they are and why). Used by all kernels.

/**
 * Lists are kept in blocks of this many columns: a block's part of two slices 32 wide is 32 KiB, about the size of a
 * processor's first cache.
 */
export const BLOCK: u32 = 128;

/** Columns in memory for `columns` of the matrix: the next multiple of 8; the added ones hold zeros. */
export function padded(columns: u32): u32 {
  return (columns + 7) & ~7;
}

/** Width of the slice that starts where `left` padded columns remain: 32, then 16, then 8. */
export function sliceWidth(left: u32): u32 {
  return left >= 32 ? 32 : left >= 16 ? 16 : 8;
}

/** Columns that a product takes at a time where `left` padded columns remain: two slices of 32, or one. */
export function groupWidth(left: u32): u32 {
  return left >= 64 ? 64 : sliceWidth(left);
}

/** Blocks of a list with `columns` columns. */
export function blockCount(columns: u32): u32 {
  return (columns + BLOCK - 1) / BLOCK;
}

/**
 * Address of the pointers of batch row i's list (lists.ts). `order`: the numbers of the rows of a data set that are the
 * batch, and `pointers` a table of where each row of the data set has its pointers; or 0 if the batch has lists of its own,
 * whose pointers lie one after the other.
 */
export function listPointers(pointers: usize, order: usize, blocks: u32, i: u32): usize {
  if (order == 0) return pointers + ((i * (blocks + 1)) << 2);
  return load<u32>(pointers + (load<u32>(order + (i << 2)) << 2));
}
