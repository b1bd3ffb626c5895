/**
 * @file A worker thread: loads the kernels over the shared memory, then runs its part of every command until it is
 * told to quit. Started by pool.ts only. Never answers with a message: control.ts is faster.
 */
import { workerData } from "node:worker_threads";
import type { Batch } from "../backend.ts";
import { createPasses, type Passes } from "../step.ts";
import { BARRIER_TIMEOUT_MS, Command, Control, emptyTask, type WorkerStart } from "./control.ts";
import { loadKernels } from "./kernels.ts";
import { WasmOperations, type WasmPlan } from "./operations.ts";

function work({ memory, control: at, threads, thread }: WorkerStart): void {
  const control = new Control(memory.buffer, at, threads);
  try {
    const kernels = loadKernels(memory);
    const task = emptyTask();
    const batch = { data: { layout: task.data }, order: { at: 0 }, first: 0, count: 0 };
    let listed: Passes | null = null;
    let unlisted: Passes | null = null;
    let generation = control.generation;
    control.markReady();
    for (;;) {
      const command = control.receive(generation, task);
      generation++;
      if (command === Command.quit) return;
      if (command === Command.layout) {
        // A copy, since text cannot be decoded from shared memory.
        const json = new TextDecoder().decode(new Uint8Array(memory.buffer, task.order, task.count).slice());
        const operations = new WasmOperations(kernels, JSON.parse(json) as WasmPlan, thread);
        listed = createPasses(operations, threads, true);
        unlisted = createPasses(operations, threads, false);
        if (!control.barrier(BARRIER_TIMEOUT_MS)) return;
      } else if (listed !== null && unlisted !== null) {
        batch.order.at = task.order;
        batch.first = task.first;
        batch.count = task.count;
        const pass = command === Command.step ? "step" : command === Command.score ? "score" : "forward";
        const passes = task.data.table === 0 ? unlisted : listed;
        for (const phase of passes[pass]) {
          // operations.ts looks at the addresses only
          phase(batch as unknown as Batch, task.update, thread, threads);
          if (!control.barrier(BARRIER_TIMEOUT_MS)) return;
        }
      }
    }
  } catch (error) {
    control.markFailed();
    throw error;
  }
}

work(workerData as WorkerStart);
