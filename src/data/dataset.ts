/**
 * @file What training and evaluation read: rows of numbers ready for the first layer, and their labels.
 * Filled by the IDX and CSV readers; knows nothing of files, batches or networks.
 *
 * A row's inputs are kept in two parts, because most inputs of real tables and images are zero or repeat:
 * `dense` holds inputs 0 … denseWidth-1 as they are (bytes of an image are multiplied by `scale` when they
 * are read), `codes` holds, for each one-hot column, the index of the single input that is 1.
 */

/** In `codes`: this column sets no input of this row (a category never seen in training, for example). */
export const NO_INPUT = 0xffffffff;

export interface Dataset {
  /** number of rows */
  readonly rows: number;
  /** inputs per row, d of the first layer: denseWidth plus the one-hot inputs */
  readonly inputs: number;
  /** (rows, denseWidth) row-major; inputs [0, denseWidth) of each row */
  readonly dense: Uint8Array | Float32Array;
  readonly denseWidth: number;
  /** factor applied to each value of `dense`: 1/255 for images stored as bytes, 1 for float32 */
  readonly scale: number;
  /** (rows, codeWidth) row-major; absolute index (denseWidth ≤ code < inputs) of an input that is 1, or NO_INPUT */
  readonly codes: Uint32Array;
  readonly codeWidth: number;
  /** (rows) class index of each row; empty when there are no labels (predict) */
  readonly labels: Uint32Array;
}

/** Some rows of a data set, by index and in this order: the result of a split. */
export interface Subset {
  readonly data: Dataset;
  readonly rows: Uint32Array;
  /** (rows of `data`) how much each row counts in the mean loss; finite, at least 0; null: all the same */
  readonly weights: Float32Array | null;
}

/** What the weights of rows are made of. */
export interface Weighting {
  /** (classes) weight of each class; null where all weigh the same */
  readonly classes: readonly number[] | null;
  /** the column that holds the rows' own weights; null where there is none */
  readonly column: string | null;
}

/** 0, 1, 2, … */
export function indices(count: number): Uint32Array {
  const all = new Uint32Array(count); // Uint32Array.from takes some ten times as long
  for (let i = 0; i < count; i++) all[i] = i;
  return all;
}

/** Rows [begin, end) of a data set, as views. */
export function datasetRows(data: Dataset, begin: number, end: number): Dataset {
  const { dense, denseWidth, codes, codeWidth, labels } = data;
  return {
    ...data,
    rows: end - begin,
    dense: dense.subarray(begin * denseWidth, end * denseWidth),
    codes: codes.subarray(begin * codeWidth, end * codeWidth),
    labels: labels.subarray(begin, end),
  };
}
