/**
 * @file The worker threads of a process, and how a pass of a network is run by all of them and the caller together.
 * Until all workers are up (some 50 ms), and where there is little to do, the caller works alone: no result depends on it.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { SystemError } from "../../errors.ts";
import { packageFile } from "../../packageFile.ts";
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
import type { DataLayout, WasmData, WasmOrder } from "./data.ts";
import type { MathMode } from "./engine.ts";
import { type WasmPlan, weightsAt } from "./operations.ts";

/** A network that the pool can work on: its plan for the workers, and the caller's own operations. */
export interface PooledNetwork {
  readonly plan: WasmPlan;
  readonly operations: Operations;
}

/** The threads of one backend. Whoever makes it closes it. */
export class Pool {
  /** that work on a pass, the calling one included */
  private count: number;
  private readonly arena: Arena;
  private readonly math: MathMode;
  private readonly control: Control;
  private readonly controlAt: number;
  private readonly task = emptyTask();
  private workers: readonly Worker[] = [];
  /** what the workers know: the network they were last sent, and the caller's phases for it */
  private network: PooledNetwork | null = null;
  private listed: Passes | null = null;
  private unlisted: Passes | null = null;
  /** that `task` holds */
  private data: DataLayout | null = null;
  private readonly onExit = () => this.control.markFailed();
  private isUp = false;
  private failure: unknown;

  constructor(arena: Arena, threads: number, math: MathMode) {
    this.arena = arena;
    this.count = threads;
    this.math = math;
    this.controlAt = arena.take(CONTROL_BYTES);
    this.control = new Control(arena.memory.buffer, this.controlAt, threads);
  }

  get threads(): number {
    return this.count;
  }

  /** Starts the workers, once, for `threads` at most; does not wait for them. */
  start(threads = this.count): void {
    if (this.workers.length > 0) return;
    this.count = Math.min(this.count, threads);
    this.control.threads = this.count;
    const { arena, controlAt: control, math } = this;
    const file = packageFile("dist/worker.js");
    this.workers = Array.from({ length: this.count - 1 }, (_, i) => {
      const workerData: WorkerStart = {
        memory: arena.memory,
        control,
        threads: this.count,
        thread: i + 1,
        math,
      };
      const worker = new Worker(file, { workerData });
      worker.unref();
      worker.on("error", (error) => {
        this.failure = error;
      });
      worker.on("exit", this.onExit);
      return worker;
    });
  }

  /** Starts the workers if need be. True once all are up: from then on, `run` may be called. */
  isReady(threads = this.count): boolean {
    if (this.isUp) return true;
    this.start(threads);
    if (this.control.failed > 0) throw this.lost();
    this.isUp = this.control.ready === this.workers.length;
    return this.isUp;
  }

  /** A pass over a batch, by all threads together. Throws SystemError when a thread is lost. */
  run(network: PooledNetwork, pass: Pass, batch: Batch, update: SgdUpdate | null): void {
    if (network !== this.network) this.sendNetwork(network);
    const { task } = this;
    const { layout } = batch.data as WasmData;
    task.first = batch.first;
    task.count = batch.count;
    task.order = (batch.order as WasmOrder).at;
    task.weights = weightsAt(batch);
    if (layout !== this.data) Object.assign(task.data, layout);
    this.data = layout;
    if (update !== null) {
      // by name: an object with more keys would make the task's a slow one
      task.update.learningRate = update.learningRate;
      task.update.momentum = update.momentum;
      task.update.weightDecay = update.weightDecay;
      task.update.nesterov = update.nesterov;
    }
    this.control.send(PASS_COMMANDS[pass], task);
    for (const phase of (layout.table === 0 ? this.unlisted : this.listed)![pass]) {
      phase(batch, update, 0, this.count);
      this.meet();
    }
  }

  /**
   * Workers for which the network has no work end after it: they would only be woken for nothing. They too come to the
   * barrier, so that none of them takes the command after this one for its own.
   */
  private sendNetwork(network: PooledNetwork): void {
    this.count = Math.min(this.count, network.plan.threads);
    for (const worker of this.workers.slice(this.count - 1)) worker.removeListener("exit", this.onExit);
    const json = new TextEncoder().encode(JSON.stringify({ ...network.plan, threads: this.count }));
    const at = this.arena.take(json.length);
    this.arena.u8(at, json.length).set(json);
    this.task.order = at;
    this.task.count = json.length;
    this.control.send(Command.layout, this.task);
    this.meet();
    this.control.threads = this.count;
    this.network = network;
    this.listed = createPasses(network.operations, this.count, true);
    this.unlisted = createPasses(network.operations, this.count, false);
  }

  /** Ends the workers. */
  close(): void {
    for (const worker of this.workers) worker.removeListener("exit", this.onExit);
    this.control.send(Command.quit, this.task);
  }

  /** Resolves with the workers' exit codes when all have ended: 0 is by command. */
  async ended(): Promise<number[]> {
    return await Promise.all(this.workers.map(async (worker) => (await once(worker, "exit"))[0] as number));
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
