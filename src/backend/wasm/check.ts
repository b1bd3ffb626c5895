/**
 * @file Whether the engine computes what the kernels say: the product of all layers and the update of weights, each in
 * both its forms (entries with values, and with bytes: assembly/accumulate.ts), bit for bit as in plain JavaScript. Runs
 * where 256-bit operations are on, before anything is trained. What is checked are these kernels as they are called alone:
 * whole trainings are compared by verify:bits and, some steps, by nnt doctor.
 */
import type { MathMode } from "./engine.ts";
import type { Kernels } from "./kernels.ts";

/** Calls after which the engine has optimized a kernel (prepareEngine). */
const ROUNDS = 3000;

const SLICE = 32;
const WIDTH = 2 * SLICE;
const ROWS = 8;
const RATE = 0.3;

/** Where things are, in floats from the beginning; the last four rows are the table of 256 values. */
const row = (number: number) => number * WIDTH;
const MATRIX = 0;
const BIAS = row(ROWS);
const RESULT = row(ROWS + 1);
const SCRATCH = row(ROWS + 2);
const ENTRIES = row(ROWS + 3);
const BYTES = row(ROWS + 4);
const POINTERS = row(ROWS + 5);
const STARTS = row(ROWS + 6);
const ENDS = row(ROWS + 7);
const ZEROS = row(ROWS + 8);
const TABLE = row(ROWS + 9);
export const CHECK_BYTES = (ROWS + 13) * WIDTH * 4;

/** `at`: an address with room for CHECK_BYTES. False if the engine computes something else. */
export function checkKernels(
  kernels: Pick<Kernels, "multiplyLists" | "updateWeights">,
  memory: ArrayBufferLike,
  at: number,
  math: MathMode,
): boolean {
  const floats = new Float32Array(memory, at, CHECK_BYTES / 4);
  const words = new Uint32Array(memory, at, CHECK_BYTES / 4);
  const address = (place: number) => at + place * 4;
  fill(floats, words, address);
  const bias = floats.slice(BIAS, BIAS + WIDTH);
  const isSum = (start: (j: number) => number, end: (sum: number, j: number) => number) =>
    isResult(floats, start, end, math);
  return FORMS.every(({ list, order, table, entries, end }) => {
    const [lists, values] = [address(list), table && address(table)];
    const layer = [address(MATRIX), ROWS, address(BIAS), WIDTH] as const;
    const multiply = () =>
      kernels.multiplyLists(
        ...[address(RESULT), 1, lists, order && address(order), values, ...layer],
        ...[0, 1, address(SCRATCH)],
      );
    words[ENDS] = address(end);
    const update = (rate: number) =>
      kernels.updateWeights(
        ...[address(RESULT), 0, 0, WIDTH, 0, address(SCRATCH), address(ZEROS), address(ENDS)],
        ...[address(entries), 0, values, address(MATRIX), ROWS, 1, WIDTH, 0, 1, rate, 0, 0, 0],
      );
    floats.fill(0, RESULT, RESULT + WIDTH);
    for (let round = 0; round < ROUNDS; round++) multiply();
    if (!isSum((j) => bias[j]!, Math.fround)) return false;
    floats.set(bias, RESULT);
    for (let round = 0; round < ROUNDS; round++) update(0);
    update(RATE);
    const rate = Math.fround(RATE);
    return isSum(
      () => 0,
      (sum, j) => Math.fround(bias[j]! - Math.fround(rate * sum)),
    );
  });
}

/** The two forms of one list, which is that of the only row of X in the product, and of its only column in the update. */
const FORMS = [
  { list: POINTERS, order: 0, table: 0, entries: ENTRIES, end: ENTRIES + 2 * ROWS },
  { list: STARTS, order: STARTS + 1, table: TABLE, entries: BYTES, end: BYTES + ROWS },
] as const;

function fill(floats: Float32Array, words: Uint32Array, address: (place: number) => number): void {
  for (let e = 0; e < ROWS * WIDTH; e++) floats[MATRIX + e] = ((e * 7919) % 1000) / 997 - 0.5;
  for (let j = 0; j < WIDTH; j++) floats[BIAS + j] = (j - 11) / 7;
  for (let k = 0; k < ROWS; k++) {
    const x = (k * 3 - 10) / 13;
    words[ENTRIES + 2 * k] = k;
    floats[ENTRIES + 2 * k + 1] = x;
    words[BYTES + k] = (k << 8) | (3 * k + 1);
    floats[TABLE + 3 * k + 1] = x;
  }
  words.set([address(ENTRIES), address(ENTRIES + 2 * ROWS)], POINTERS);
  words.set([address(BYTES), address(BYTES + ROWS)], POINTERS + 2);
  // row 0 of the batch is row 0 of a data set whose pointers are the second two
  words.set([address(POINTERS + 2), 0], STARTS);
}

/** Whether the result is `end` of the sums that begin with `start` and add the list's multiples of the matrix's rows. */
function isResult(
  floats: Float32Array,
  start: (j: number) => number,
  end: (sum: number, j: number) => number,
  math: MathMode,
): boolean {
  for (let j = 0; j < WIDTH; j++) {
    let [separate, fused] = [start(j), start(j)];
    for (let k = 0; k < ROWS; k++) {
      const element = floats[MATRIX + (j < SLICE ? 0 : ROWS * SLICE) + k * SLICE + (j % SLICE)]!;
      const product = floats[ENTRIES + 2 * k + 1]! * element; // exact in float64
      separate = Math.fround(separate + Math.fround(product));
      fused = Math.fround(fused + product);
    }
    const result = floats[RESULT + j]!;
    // a machine without fused multiply-add may take the two operations for it
    if (result !== end(separate, j) && !(math === "fast" && result === end(fused, j))) return false;
  }
  return true;
}
