/**
 * @file The memory layout of the wasm backend's matrices, "sliced": columns are padded with zeros to a multiple of 8
 * and cut into slices 32 wide (the rest 16, then 8); each slice is a row-major matrix of its own, one after the
 * other. A kernel works on one slice or two at a time: their part of a row fits the vector registers, and their rows are
 * neighbours in memory (rows 512 bytes apart would compete for the same few lines of the first cache).
 * src/backend/wasm/assembly/sliced.ts is the same rule inside the kernels. Knows nothing of networks.
 */

const WIDEST = 32;

/** Columns in memory: `columns` rounded up to a multiple of 8. */
export function paddedColumns(columns: number): number {
  return Math.ceil(columns / 8) * 8;
}

/** Floats that a sliced (rows, columns) matrix takes. */
export function slicedLength(rows: number, columns: number): number {
  return rows * paddedColumns(columns);
}

/** Width of the slice that starts where `left` padded columns remain. */
export function sliceWidth(left: number): number {
  return left >= WIDEST ? WIDEST : left >= 16 ? 16 : 8;
}

/**
 * Copies a row-major (columns, rows) matrix, PyTorch's (out, in), into a sliced (rows, columns) one. Padding
 * columns are set to 0.
 */
export function packTransposed(
  target: Float32Array,
  source: Float32Array,
  rows: number,
  columns: number,
): void {
  const padded = paddedColumns(columns);
  for (let column = 0; column < padded; column += sliceWidth(padded - column)) {
    const width = sliceWidth(padded - column);
    for (let j = 0; j < width; j++) {
      for (let i = 0; i < rows; i++) {
        target[column * rows + i * width + j] = column + j < columns ? source[(column + j) * rows + i]! : 0;
      }
    }
  }
}

/** The reverse of packTransposed: sliced (rows, columns) to a new row-major (columns, rows). */
export function unpackTransposed(source: Float32Array, rows: number, columns: number): Float32Array {
  const target = new Float32Array(columns * rows);
  forEachSlice(columns, (column, width, trueWidth) => {
    for (let j = 0; j < trueWidth; j++) {
      for (let i = 0; i < rows; i++) target[(column + j) * rows + i] = source[column * rows + i * width + j]!;
    }
  });
  return target;
}

/** Rows [0, take) of a sliced (rows, columns) matrix as a new row-major (take, columns). */
export function unpackRows(source: Float32Array, rows: number, columns: number, take: number): Float32Array {
  const target = new Float32Array(take * columns);
  forEachSlice(columns, (column, width, trueWidth) => {
    for (let i = 0; i < take; i++) {
      for (let j = 0; j < trueWidth; j++)
        target[i * columns + column + j] = source[column * rows + i * width + j]!;
    }
  });
  return target;
}

/** Calls visit(first column, width in memory, columns of the matrix in it) for each slice, in order. */
export function forEachSlice(
  columns: number,
  visit: (column: number, width: number, trueWidth: number) => void,
): void {
  const padded = paddedColumns(columns);
  for (let column = 0; column < padded; ) {
    const width = sliceWidth(padded - column);
    visit(column, width, Math.min(width, columns - column));
    column += width;
  }
}
