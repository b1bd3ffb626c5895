/**
 * @file The checks that kernels do without: once, before a network sees a data set. What fails here is a bug of nnt,
 * not of the user: readers have refused bad files before.
 */
import { type Dataset, NO_INPUT } from "../data/dataset.ts";

/** Throws an internal error unless the arrays, codes and labels of `data` fit each other and layer widths `sizes`. */
export function checkDataset(data: Dataset, sizes: readonly number[]): void {
  const { rows, inputs, dense, denseWidth, codes, codeWidth, labels } = data;
  const classes = sizes[sizes.length - 1]!;
  const fail = (what: string): never => {
    throw new Error(
      `internal: data set of shape (${rows}, ${inputs}) for network ${sizes.join("-")}: ${what}`,
    );
  };
  if (inputs !== sizes[0]) fail(`the first layer expects ${sizes[0]} inputs`);
  if (dense.length !== rows * denseWidth)
    fail(`${dense.length} dense values, expected (${rows}, ${denseWidth})`);
  if (codes.length !== rows * codeWidth) fail(`${codes.length} codes, expected (${rows}, ${codeWidth})`);
  if (labels.length !== rows && labels.length !== 0) fail(`${labels.length} labels`);
  for (const label of labels) if (label >= classes) fail(`label ${label} of ${classes} classes`);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code !== NO_INPUT && (code < denseWidth || code >= inputs)) fail(`code ${code} is no one-hot input`);
  }
}

/** Throws an internal error unless `weights` has a finite weight of at least 0 for each row of `data`. */
export function checkWeights(weights: Float32Array, { rows }: Dataset): void {
  if (weights.length !== rows) throw new Error(`internal: ${weights.length} weights of ${rows} rows`);
  for (const weight of weights) {
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY))
      throw new Error(`internal: a weight of ${weight}`);
  }
}

/** Throws an internal error unless all of `order` are rows of `data`. */
export function checkOrder(order: Uint32Array, data: Dataset): void {
  for (const row of order) if (row >= data.rows) throw new Error(`internal: row ${row} of ${data.rows} rows`);
}
