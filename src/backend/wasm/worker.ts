/**
 * @file A worker thread: loads the kernels over the shared memory, then runs its part of every command until it is
 * told to quit. Started by pool.ts only. Never answers with a message: control.ts is faster.
 */
import { workerData } from "node:worker_threads";
import type { Batch } from "../backend.ts";
import { createPasses, type Pass, type Passes } from "../step.ts";
import { BARRIER_TIMEOUT_MS, Command, Control, emptyTask, passOf, type WorkerStart } from "./control.ts";
import { type Kernels, loadKernels } from "./kernels.ts";
import { WasmOperations, type WasmPlan } from "./operations.ts";

/** What a worker has of the network once the caller has sent its layout. */
interface Program {
  readonly listed: Passes;
  readonly unlisted: Passes;
}

class WorkerThread {
  private readonly start: WorkerStart;
  private readonly control: Control;
  private readonly kernels: Kernels;
  private readonly task = emptyTask();
  private readonly batch = {
    data: { layout: this.task.data },
    order: { at: 0 },
    weights: { at: 0 },
    first: 0,
    count: 0,
  };
  private program: Program | null = null;

  constructor(start: WorkerStart, control: Control) {
    this.start = start;
    this.control = control;
    this.kernels = loadKernels(start.memory, start.math);
  }

  /** Commands until the one to quit, or until another thread is lost. */
  work(): void {
    let generation = 0; // the pool sends nothing before all are ready, but for the command to quit
    this.control.markReady();
    while (this.obey(this.control.receive(generation, this.task))) generation++;
  }

  /** A function of its own, since V8 optimizes what is called often sooner than what never returns. */
  private obey(command: Command): boolean {
    if (command === Command.quit) return false;
    if (command !== Command.layout) return this.pass(passOf(command));
    const plan = this.receivePlan();
    const { thread } = this.start;
    if (!this.control.barrier(BARRIER_TIMEOUT_MS) || thread >= plan.threads) return false;
    this.control.threads = plan.threads;
    const operations = new WasmOperations(this.kernels, plan, thread);
    this.program = {
      listed: createPasses(operations, plan.threads, true),
      unlisted: createPasses(operations, plan.threads, false),
    };
    return true;
  }

  private receivePlan(): WasmPlan {
    const { memory } = this.start;
    const { order, count } = this.task;
    // A copy, since text cannot be decoded from shared memory.
    const json = new TextDecoder().decode(new Uint8Array(memory.buffer, order, count).slice());
    return JSON.parse(json) as WasmPlan;
  }

  private pass(name: Pass): boolean {
    const { task, batch, program, control } = this;
    if (program === null) throw new Error("internal: a pass before the layout");
    batch.order.at = task.order;
    batch.weights.at = task.weights;
    batch.first = task.first;
    batch.count = task.count;
    const { thread } = this.start;
    for (const phase of (task.data.table === 0 ? program.unlisted : program.listed)[name]) {
      // operations.ts looks at the addresses only
      phase(batch as unknown as Batch, task.update, thread, control.threads);
      if (!control.barrier(BARRIER_TIMEOUT_MS)) return false;
    }
    return true;
  }
}

function work(start: WorkerStart): void {
  const control = new Control(start.memory.buffer, start.control, start.threads);
  try {
    new WorkerThread(start, control).work();
  } catch (error) {
    control.markFailed();
    throw error;
  }
}

work(workerData as WorkerStart);
