/**
 * @file A worker thread: loads the kernels over the shared memory, then does its part of every task until it is told to
 * quit (assembly/threads.ts). Started by pool.ts only.
 */
import { workerData } from "node:worker_threads";
import type { MathMode } from "./engine.ts";
import { loadKernels } from "./kernels.ts";

/** What pool.ts gives a worker. */
export interface WorkerStart {
  readonly memory: WebAssembly.Memory;
  /** address of the control block */
  readonly control: number;
  /** from 1 on; the caller is 0 */
  readonly thread: number;
  readonly math: MathMode;
}

function work({ memory, control, thread, math }: WorkerStart): void {
  const kernels = loadKernels(memory, math);
  try {
    kernels.work(control, thread);
  } catch (error) {
    kernels.markFailed(control);
    throw error;
  }
}

work(workerData as WorkerStart);
