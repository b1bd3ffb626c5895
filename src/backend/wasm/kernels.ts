/**
 * @file Loads the compiled kernels (dist/kernels/*.wasm, made from assembly/*.ts by the build) over one memory.
 * The types repeat the signatures of assembly/: pointers are bytes, `begin` and `end` batch rows or
 * inputs. Nothing is checked in a kernel; operations.ts passes only what layout.ts laid out.
 */
import { readFileSync } from "node:fs";
import { packageFile } from "../../packageFile.ts";
import { type MathMode, prepareEngine } from "./engine.ts";

type N = number;
/** The lists of a matrix that a kernel makes: pointers, entries, capacity (entries per row). */
type Lists = [pointers: N, entries: N, capacity: N];
/** Lists that a kernel reads. */
type ListsOfX = [pointers: N, order: N, table: N];
type Range = [begin: N, end: N];
type ColumnLists = [lengths: N, byColumn: N, stride: N];
type Gradient = [dy: N, dyRows: N, inputs: N, outputs: N];
type Sgd = [learningRate: N, momentum: N, weightDecay: N, nesterov: N];
type Dense = [dense: N, denseWidth: N, bytes: N, scale: N];

export interface Kernels {
  countBytes(bytes: N, count: N): number;
  packBytes(packed: N, starts: N, bytes: N, rows: N, width: N): void;
  touchPacked(...args: [pointers: N, order: N, inputs: N, ...Range]): number;
  gatherRows(...args: [...Lists, inputs: N, ...Dense, codes: N, codeWidth: N, order: N, ...Range]): void;
  listPositive(...args: [...Lists, z: N, zRows: N, width: N, ...Range, shuffles: N]): void;
  listNonZero(...args: [...Lists, dz: N, dzRows: N, width: N, ...Range, shuffles: N]): void;
  reluBackward(...args: [dz: N, z: N, zRows: N, width: N, ...Range]): void;

  multiplyLists(
    ...args: [...[y: N, yRows: N, ...ListsOfX, w: N, inputs: N, bias: N, outputs: N], ...Range, row: N]
  ): void;
  listsByColumn(...args: [...ColumnLists, ...ListsOfX, inputs: N, rows: N, ...Range]): void;
  weightGradient(...args: [dw: N, ...ColumnLists, table: N, ...Gradient, zeros: N]): void;
  updateWeights(
    ...args: [
      ...[w: N, velocity: N, transposed: N, allOutputs: N, first: N, row: N, zeros: N],
      ...[...ColumnLists, table: N, ...Gradient, ...Range, ...Sgd],
    ]
  ): void;
  updateNarrow(
    ...args: [
      ...[w: N, velocity: N, gradient: N, ...ListsOfX],
      ...[dy: N, dyRows: N, rows: N, inputs: N, outputs: N],
      ...Range,
      ...Sgd,
    ]
  ): void;
  biasGradient(db: N, dy: N, dyRows: N, rows: N, outputs: N): void;
  transposeWeights(...args: [wt: N, allOutputs: N, first: N, w: N, inputs: N, outputs: N, ...Range]): void;

  crossEntropy(
    ...args: [
      ...[dz: N, losses: N, hits: N, row: N],
      ...[z: N, zRows: N, classes: N, labels: N, order: N, weights: N, m: N],
      ...Range,
    ]
  ): void;
  softmax(...args: [probabilities: N, row: N, z: N, zRows: N, classes: N, ...Range]): void;
  bestClasses(...args: [best: N, row: N, z: N, zRows: N, classes: N, ...Range]): void;
  sumLosses(losses: N, rows: N): number;
  sumHits(hits: N, rows: N): number;
  sumWeights(weights: N, order: N, rows: N): number;
  expOf(x: N): number;
  logOf(x: N): number;

  sgd(...args: [values: N, gradients: N, velocity: N, count: N, ...Sgd]): void;
}

/** Modules that there are in two forms: as they are, and with fused multiply-add. */
const PRODUCT_MODULES = ["linear", "peak"] as const;
const COMMON_MODULES = ["lists", "columns", "transpose", "loss", "update"] as const;
/** The files in dist/kernels, without ".wasm". */
export const MODULES = [
  ...COMMON_MODULES,
  ...PRODUCT_MODULES,
  ...PRODUCT_MODULES.map((name) => `${name}-fused` as const),
];

/** Compiles and instantiates the kernels of a step over `memory`; a few milliseconds. */
export function loadKernels(memory: WebAssembly.Memory, math: MathMode): Kernels {
  return loadModules(memory, math, [...COMMON_MODULES, "linear"]) as unknown as Kernels;
}

/** The functions of some modules. */
export function loadModules(
  memory: WebAssembly.Memory,
  math: MathMode,
  names: readonly ((typeof COMMON_MODULES)[number] | (typeof PRODUCT_MODULES)[number])[],
): Record<string, CallableFunction> {
  prepareEngine(math);
  const functions = {};
  for (const name of names) {
    const isFused = math === "fast" && PRODUCT_MODULES.some((product) => product === name);
    const file = packageFile(`dist/kernels/${name}${isFused ? "-fused" : ""}.wasm`);
    const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {
      env: { memory },
    });
    Object.assign(functions, instance.exports);
  }
  return functions;
}
