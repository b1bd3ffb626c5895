/**
 * @file What this JavaScript engine can do for the kernels. From Node 24 on V8 can pair neighbouring 128-bit operations
 * into 256-bit ones ("revectorization", an experimental flag): up to twice the speed, the same arithmetic. It is
 * turned on before the kernels are compiled, and `checkKernels` makes sure of the same
 * bits. Flags are the whole program's; the calling thread checks for all.
 */
import { setFlagsFromString } from "node:v8";

/** portable: multiply and add are rounded separately, the same bits everywhere; fast: fused where the machine can. */
export type MathMode = "portable" | "fast";

/** V8 of earlier releases does not have the flag, or not all of the transformations. */
const FIRST_MAJOR = 24;

const MAJOR = Number(process.versions.node.split(".")[0]);

/** Whether kernels are compiled with 256-bit operations. NNT_REVECTORIZE=0 in the environment turns it off. */
export const revectorizes =
  process.arch === "x64" && MAJOR >= FIRST_MAJOR && process.env.NNT_REVECTORIZE !== "0";

/** Why the kernels are what they are, in one line. */
export function explainKernels(): string {
  if (revectorizes)
    return "V8 makes 256-bit operations of pairs of 128-bit ones, checked at start (off with NNT_REVECTORIZE=0)";
  if (process.arch !== "x64") return "128-bit operations; 256-bit ones are for x64";
  if (MAJOR < FIRST_MAJOR) return `128-bit operations; 256-bit ones need Node ${FIRST_MAJOR} or newer`;
  return "128-bit operations; NNT_REVECTORIZE=0 in the environment turns 256-bit ones off";
}

/**
 * Before kernels are compiled. V8 revectorizes only in its optimizing compiler: with a small budget and without
 * waiting for a background thread it optimizes a kernel within `ROUNDS` of the check. What is checked is the product
 * of all layers as it is called alone; whole trainings are compared by verify:bits and, two steps, by nnt doctor.
 * (Leaving out the quick first compiler instead, --no-liftoff, crashes Node 26.)
 */
export function prepareEngine(math: MathMode): void {
  if (math === "fast" && MAJOR < FIRST_RELAXED_MAJOR) setFlagsFromString("--experimental-wasm-relaxed-simd");
  if (revectorizes) for (const flag of REVECTORIZE_FLAGS) setFlagsFromString(flag);
}

/** V8 of earlier releases has fused multiply-add behind a flag. */
const FIRST_RELAXED_MAJOR = 22;

const REVECTORIZE_FLAGS = [
  "--experimental-wasm-revectorize",
  "--wasm-sync-tier-up",
  "--wasm-tiering-budget=100000",
];
/** More than the budget takes. */
const ROUNDS = 3000;

const SLICE = 32;
const WIDTH = 2 * SLICE;
const ROWS = 8;

/**
 * Compares the product kernel in both its forms (entries with values, and with bytes: assembly/accumulate.ts), bit for
 * bit, with the same sums in plain JavaScript. `at`: an address with room for CHECK_BYTES. False if the engine computes
 * something else.
 */
export function checkKernels(
  kernels: { multiplyLists(...args: number[]): void },
  memory: ArrayBufferLike,
  at: number,
  math: MathMode,
): boolean {
  const floats = new Float32Array(memory, at, CHECK_BYTES / 4);
  const words = new Uint32Array(memory, at, CHECK_BYTES / 4);
  const row = (number: number) => number * WIDTH;
  const [w, bias, y, scratch] = [0, row(ROWS), row(ROWS + 1), row(ROWS + 2)];
  const [entries, bytes, pointers, starts] = [row(ROWS + 3), row(ROWS + 4), row(ROWS + 5), row(ROWS + 6)];
  const table = row(ROWS + 7);
  for (let e = 0; e < ROWS * WIDTH; e++) floats[w + e] = ((e * 7919) % 1000) / 997 - 0.5;
  for (let j = 0; j < WIDTH; j++) floats[bias + j] = (j - 11) / 7;
  for (let k = 0; k < ROWS; k++) {
    const x = (k * 3 - 10) / 13;
    words[entries + 2 * k] = k;
    floats[entries + 2 * k + 1] = x;
    words[bytes + k] = (k << 8) | (3 * k + 1);
    floats[table + 3 * k + 1] = x;
  }
  const address = (offset: number) => at + offset * 4;
  words.set([address(entries), address(entries + 2 * ROWS)], pointers);
  words.set([address(bytes), address(bytes + ROWS)], pointers + 2);
  // row 0 of the batch is row 0 of a data set whose pointers are the second two
  words.set([address(pointers + 2), 0], starts);
  const layer = [address(w), ROWS, address(bias), WIDTH] as const;
  const forms = [
    [address(pointers), 0, 0],
    [address(starts), address(starts + 1), address(table)],
  ] as const;
  return forms.every((lists) => {
    floats.fill(0, y, y + WIDTH);
    for (let round = 0; round < ROUNDS; round++) {
      kernels.multiplyLists(address(y), 1, ...lists, ...layer, 0, 1, address(scratch));
    }
    return isProduct(floats, { w, bias, y, entries }, math);
  });
}

/** Whether y = bias + the list's multiples of the rows of w; the numbers are places in `floats`. */
function isProduct(
  floats: Float32Array,
  { w, bias, y, entries }: { w: number; bias: number; y: number; entries: number },
  math: MathMode,
): boolean {
  for (let j = 0; j < WIDTH; j++) {
    let [separate, fused] = [floats[bias + j]!, floats[bias + j]!];
    for (let k = 0; k < ROWS; k++) {
      const weight = floats[w + (j < SLICE ? 0 : ROWS * SLICE) + k * SLICE + (j % SLICE)]!;
      const product = floats[entries + 2 * k + 1]! * weight; // exact in float64
      separate = Math.fround(separate + Math.fround(product));
      fused = Math.fround(fused + product);
    }
    const sum = floats[y + j]!;
    // a machine without fused multiply-add may take the two operations for it
    if (sum !== separate && !(math === "fast" && sum === fused)) return false;
  }
  return true;
}

/** The last four rows are the table of 256 values. */
export const CHECK_BYTES = (ROWS + 11) * WIDTH * 4;
