/**
 * @file The worker threads of a network, and how a command is run by all of them and the caller together. Until all
 * workers are up (some 50 ms), and where there is little to do, the caller works alone: no result depends on it.
 */
import { Worker } from "node:worker_threads";
import { SystemError } from "../../errors.ts";
import type { Batch, SgdUpdate } from "../backend.ts";
import { createPasses, type Operations, type Pass, type Passes } from "../step.ts";
import type { Arena } from "./arena.ts";
import {
  BARRIER_TIMEOUT_MS,
  CONTROL_BYTES,
  Command,
  Control,
  emptyTask,
  PASS_COMMANDS,
  type WorkerStart,
} from "./control.ts";
import type { WasmData, WasmOrder } from "./data.ts";
import type { WasmPlan } from "./operations.ts";

export class Pool {
  readonly threads: number;
  private readonly control: Control;
  private readonly workers: Worker[];
  private readonly task = emptyTask();
  private readonly arena: Arena;
  private readonly plan: WasmPlan;
  private readonly listed: Passes;
  private readonly unlisted: Passes;
  private hasPlan = false;
  private failure: unknown;

  /** Starts `threads` - 1 workers for a network; does not wait for them. */
  constructor(arena: Arena, operations: Operations, plan: WasmPlan, threads: number) {
    this.listed = createPasses(operations, threads, true);
    this.unlisted = createPasses(operations, threads, false);
    this.arena = arena;
    this.plan = plan;
    this.threads = threads;
    const control = arena.take(CONTROL_BYTES);
    this.control = new Control(arena.memory.buffer, control, threads);
    // The same relative place from src/backend/wasm (tests) and dist/backend/wasm (the program).
    const file = new URL("../../../dist/backend/wasm/worker.js", import.meta.url);
    this.workers = Array.from({ length: threads - 1 }, (_, i) => {
      const workerData: WorkerStart = { memory: arena.memory, control, threads, thread: i + 1 };
      const worker = new Worker(file, { workerData });
      worker.unref();
      worker.on("error", (error) => {
        this.failure = error;
      });
      worker.on("exit", () => this.control.markFailed());
      return worker;
    });
  }

  /** True once all workers are up; from then on, `run` may be called. */
  get isReady(): boolean {
    if (this.hasPlan) return true;
    if (this.control.failed > 0) throw this.lost();
    if (this.control.ready < this.threads - 1) return false;
    const json = new TextEncoder().encode(JSON.stringify(this.plan));
    const at = this.arena.take(json.length);
    this.arena.u8(at, json.length).set(json);
    this.task.order = at;
    this.task.count = json.length;
    this.control.send(Command.layout, this.task);
    this.meet();
    this.hasPlan = true;
    return true;
  }

  /** A pass over a batch, by all threads together. */
  run(pass: Pass, batch: Batch, update: SgdUpdate | null): void {
    const { task } = this;
    const { layout } = batch.data as WasmData;
    const passes = layout.table === 0 ? this.unlisted : this.listed;
    task.first = batch.first;
    task.count = batch.count;
    task.order = (batch.order as WasmOrder).at;
    Object.assign(task.data, layout);
    if (update !== null) Object.assign(task.update, update);
    this.control.send(PASS_COMMANDS[pass], task);
    for (const phase of passes[pass]) {
      phase(batch, update, 0, this.threads);
      this.meet();
    }
  }

  /** Ends the workers. */
  close(): void {
    for (const worker of this.workers) worker.removeAllListeners("exit");
    this.control.send(Command.quit, this.task);
  }

  /** Ends the workers without telling them. */
  async terminate(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private meet(): void {
    if (!this.control.barrier(BARRIER_TIMEOUT_MS)) throw this.lost();
  }

  private lost(): SystemError {
    const reason = this.failure instanceof Error ? `: ${this.failure.message}` : "";
    const text = `a worker thread ended unexpectedly${reason}; try again with --threads 1`;
    return new SystemError("WORKER_LOST", text);
  }
}
