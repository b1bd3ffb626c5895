// Addressing of sliced matrices (src/tensor/sliced.ts says what they are and why). Inlined into every module.

/** Columns in memory for `columns` of the matrix: the next multiple of 8; the added ones hold zeros. */
// @ts-expect-error: decorator
export function padded(columns: u32): u32 {
  return (columns + 7) & ~7;
}

/** Width of the slice that starts where `left` padded columns remain: 32, then 16, then 8. */
// @ts-expect-error: decorator
export function sliceWidth(left: u32): u32 {
  return left >= 32 ? 32 : left >= 16 ? 16 : 8;
}
