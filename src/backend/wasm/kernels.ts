/**
 * @file Loads the compiled kernels (dist/kernels/*.wasm, made from assembly/*.ts by the build) over one memory.
 * The types repeat the signatures of assembly/: pointers are bytes, `begin` and `end` batch rows or
 * inputs. Nothing is checked in a kernel; it works on what layout.ts, data.ts and task.ts wrote.
 */
import { readFileSync } from "node:fs";
import { packageFile } from "../../packageFile.ts";
import { type MathMode, prepareEngine } from "./engine.ts";

type N = number;
/** The address of a task (task.ts). */
type At = number;
type Range = [begin: N, end: N];
type Outputs = [from: N, to: N];

export interface Kernels {
  // Whole passes, by the calling thread or by all
  runAlone(task: At): void;
  /** false (0) when a thread is lost */
  runShared(control: N, task: At): N;
  /** what a worker does until it is told to quit */
  work(control: N, thread: N): void;

  // The control block of the threads, at `control`
  controlBytes(): N;
  readyCount(control: N): N;
  failedCount(control: N): N;
  markFailed(control: N): void;
  /** a task, or 0: to quit */
  send(control: N, task: At): void;
  /** false (0) when a thread is lost; here for its test */
  barrier(control: N, threads: N): N;

  // The operations of a step (backend.ts), with the scratch memory of a thread
  gather(task: At, ...rows: Range): void;
  listInputs(task: At, layer: N, ...rows: Range): void;
  linearForward(task: At, thread: N, layer: N, ...ranges: [...Range, ...Outputs]): void;
  crossEntropy(task: At, thread: N, ...rows: Range): void;
  linearBackwardInput(task: At, thread: N, layer: N, ...rows: Range): void;
  linearBackwardWeights(task: At, thread: N, layer: N): void;
  linearUpdate(task: At, thread: N, layer: N, ...ranges: [...Range, ...Outputs]): void;
  columnListStride(rows: N, entryBytes: N): N;
  taskBytes(): N;

  countBytes(bytes: N, count: N): N;
  packBytes(packed: N, starts: N, bytes: N, rows: N, width: N): void;
  transposeWeights(...args: [wt: N, allOutputs: N, first: N, w: N, inputs: N, outputs: N, ...Range]): void;
  multiplyLists(
    ...args: [
      ...[y: N, yRows: N, pointers: N, order: N, table: N, w: N, inputs: N, bias: N, outputs: N],
      ...Range,
      row: N,
    ]
  ): void;
  updateWeights(
    ...args: [
      ...[w: N, velocity: N, transposed: N, allOutputs: N, first: N, row: N, zeros: N, ends: N, byColumn: N],
      ...[stride: N, table: N, dy: N, dyRows: N, inputs: N, outputs: N, ...Range],
      ...[learningRate: N, momentum: N, weightDecay: N, nesterov: N],
    ]
  ): void;
  softmax(...args: [probabilities: N, row: N, z: N, zRows: N, classes: N, ...Range]): void;
  bestClasses(...args: [best: N, row: N, z: N, zRows: N, classes: N, ...Range]): void;
  sumLosses(losses: N, rows: N): N;
  sumHits(hits: N, rows: N): N;
  sumWeights(weights: N, order: N, rows: N): N;
  expOf(x: N): N;
  logOf(x: N): N;
}

/** The files in dist/kernels, without ".wasm": each as it is, and with fused multiply-add. */
export const MODULES = ["network", "network-fused", "peak", "peak-fused"];

/** Compiles and instantiates the kernels of a step over `memory`; a few milliseconds. */
export function loadKernels(memory: WebAssembly.Memory, math: MathMode): Kernels {
  return loadModule(memory, math, "network") as unknown as Kernels;
}

/** The functions of a module. */
export function loadModule(
  memory: WebAssembly.Memory,
  math: MathMode,
  name: "network" | "peak",
): Record<string, CallableFunction> {
  prepareEngine(math);
  const file = packageFile(`dist/kernels/${name}${math === "fast" ? "-fused" : ""}.wasm`);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), { env: { memory } });
  return instance.exports as Record<string, CallableFunction>;
}
