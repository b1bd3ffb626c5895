// Addressing of sliced matrices (src/tensor/sliced.ts says what they are and why). Used by all kernels.

/**
 * Lists are kept in blocks of this many columns: a block's part of a slice 32 wide is 32 KiB, about the size
 * of a processor's first cache.
 */
export const BLOCK: u32 = 256;

/** Columns in memory for `columns` of the matrix: the next multiple of 8; the added ones hold zeros. */
export function padded(columns: u32): u32 {
  return (columns + 7) & ~7;
}

/** Width of the slice that starts where `left` padded columns remain: 32, then 16, then 8. */
export function sliceWidth(left: u32): u32 {
  return left >= 32 ? 32 : left >= 16 ? 16 : 8;
}
