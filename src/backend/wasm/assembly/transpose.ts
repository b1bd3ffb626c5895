// The transposed weights, which the gradient of a layer's input is a product with.

import { padded, sliceWidth } from "./sliced";

/**
 * wt = w^T, for inputs [begin, end) of w (inputs, outputs), which is whole slices from output `first` on of a matrix
 * with `allOutputs`; wt is sliced (allOutputs, inputs).
 */
export function transposeWeights(
  wt: usize,
  allOutputs: u32,
  first: u32,
  w: usize,
  inputs: u32,
  outputs: u32,
  begin: u32,
  end: u32,
): void {
  const paddedInputs = padded(inputs);
  let slice = begin & ~31; // of wt: all slices but the last few are 32 wide
  let sliceSize = sliceWidth(paddedInputs - slice);
  for (let k = begin; k < end; ) {
    while (k - slice >= sliceSize) {
      slice += sliceSize;
      sliceSize = sliceWidth(paddedInputs - slice);
    }
    const isFour = (k & 3) == 0 && k + 4 <= end; // four inputs are in one slice of wt: widths are multiples of 8
    const to = wt + ((slice * allOutputs + first * sliceSize + (k - slice)) << 2);
    transposeRows(to, sliceSize, w, inputs, outputs, k, isFour);
    k += isFour ? 4 : 1;
  }
}

/** One row of w, or four, as columns of wt. `to`: wt's first element of the first of these columns. */
function transposeRows(
  to: usize,
  toWidth: u32,
  w: usize,
  inputs: u32,
  outputs: u32,
  k: u32,
  isFour: bool,
): void {
  const paddedOutputs = padded(outputs);
  const rows: u32 = isFour ? 4 : 1;
  for (let column: u32 = 0; column < paddedOutputs; ) {
    const width = sliceWidth(paddedOutputs - column);
    const from = w + ((column * inputs + k * width) << 2);
    const trueWidth = min(width, outputs - column);
    let j: u32 = 0;
    if (isFour)
      for (; j + 4 <= trueWidth; j += 4)
        transpose4(to + (((column + j) * toWidth) << 2), toWidth, from + (j << 2), width);
    for (; j < trueWidth; j++) {
      const target = to + (((column + j) * toWidth) << 2);
      for (let r: u32 = 0; r < rows; r++) {
        store<f32>(target + (r << 2), load<f32>(from + ((r * width + j) << 2)));
      }
    }
    column += width;
  }
}

/** Four by four floats; widths are those of the matrices' slices. */
function transpose4(to: usize, toWidth: u32, from: usize, fromWidth: u32): void {
  const step = fromWidth << 2;
  const a = v128.load(from);
  const b = v128.load(from + step);
  const c = v128.load(from + 2 * step);
  const d = v128.load(from + 3 * step);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  const next = toWidth << 2;
  v128.store(to, v128.shuffle<f64>(ab, cd, 0, 2));
  v128.store(to + next, v128.shuffle<f64>(ab, cd, 1, 3));
  v128.store(to + 2 * next, v128.shuffle<f64>(AB, CD, 0, 2));
  v128.store(to + 3 * next, v128.shuffle<f64>(AB, CD, 1, 3));
}
