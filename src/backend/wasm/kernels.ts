/**
 * @file Loads the compiled kernels (dist/kernels/*.wasm, made from assembly/*.ts by the build) over one memory.
 * The types repeat the signatures of assembly/: pointers are bytes, `begin` and `end` rows. Nothing is checked in a
 * kernel; network.ts passes only what createNetwork laid out.
 */
import { readFileSync } from "node:fs";

type N = number;
/** The lists of a matrix by row: columns, values, counts, capacity (entries per row). */
type RowLists = [columns: N, values: N, counts: N, capacity: N];

export interface Kernels {
  gatherRows(
    ...args: [
      ...RowLists,
      dense: N,
      denseWidth: N,
      bytes: N,
      scale: N,
      codes: N,
      codeWidth: N,
      order: N,
      begin: N,
      end: N,
    ]
  ): void;
  listPositive(...args: [...RowLists, z: N, zRows: N, width: N, begin: N, end: N]): void;
  listNonZero(...args: [...RowLists, dz: N, dzRows: N, width: N, begin: N, end: N]): void;
  reluBackward(dz: N, z: N, zRows: N, width: N, begin: N, end: N): void;

  multiplyLists(
    ...args: [y: N, yRows: N, ...RowLists, w: N, inputs: N, bias: N, outputs: N, begin: N, end: N]
  ): void;
  listsByColumn(
    ...args: [starts: N, lengths: N, batchRows: N, batchValues: N, ...RowLists, rows: N, begin: N, end: N]
  ): void;
  weightGradient(
    ...args: [
      dw: N,
      starts: N,
      lengths: N,
      batchRows: N,
      batchValues: N,
      dy: N,
      dyRows: N,
      inputs: N,
      outputs: N,
      begin: N,
      end: N,
    ]
  ): void;
  biasGradient(db: N, dy: N, dyRows: N, rows: N, outputs: N): void;
  transposeWeights(wt: N, w: N, inputs: N, outputs: N, begin: N, end: N): void;

  crossEntropy(
    ...args: [
      dz: N,
      losses: N,
      hits: N,
      exps: N,
      z: N,
      zRows: N,
      classes: N,
      labels: N,
      order: N,
      m: N,
      begin: N,
      end: N,
    ]
  ): void;
  softmax(probabilities: N, z: N, zRows: N, classes: N, begin: N, end: N): void;
  sumLosses(losses: N, rows: N): number;
  sumHits(hits: N, rows: N): number;
  expOf(x: N): number;
  logOf(x: N): number;

  sgd(
    ...args: [
      values: N,
      gradients: N,
      velocity: N,
      count: N,
      learningRate: N,
      momentum: N,
      weightDecay: N,
      nesterov: N,
    ]
  ): void;
}

const MODULES = ["lists", "linear", "loss", "update"];

/** Compiles and instantiates all kernel modules over `memory`; a few milliseconds. */
export function loadKernels(memory: WebAssembly.Memory): Kernels {
  const kernels = {};
  for (const name of MODULES) {
    // The same relative place from src/backend/wasm (tests) and dist/backend/wasm (the program).
    const bytes = readFileSync(new URL(`../../../dist/kernels/${name}.wasm`, import.meta.url));
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
    Object.assign(kernels, instance.exports);
  }
  return kernels as Kernels;
}
