/**
 * @file The worker threads of a process, and how a pass of a network is run by all of them and the caller together.
 * Until all workers are up (some 50 ms), and where there is little to do, the caller works alone: no result depends on it.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { SystemError } from "../../errors.ts";
import { packageFile } from "../../packageFile.ts";
import type { Arena } from "./arena.ts";
import type { MathMode } from "./engine.ts";
import type { Kernels } from "./kernels.ts";
import type { Pass, Task } from "./task.ts";
import type { WorkerStart } from "./worker.ts";

/** The threads of one backend. Whoever makes it closes it. */
export class Pool {
  /** that work on a pass, the calling one included */
  private count: number;
  private readonly arena: Arena;
  private readonly kernels: Kernels;
  private readonly math: MathMode;
  /** address of the control block (assembly/threads.ts) */
  private readonly control: number;
  private workers: readonly Worker[] = [];
  private readonly onExit = () => this.kernels.markFailed(this.control);
  private isUp = false;
  private failure: unknown;

  constructor(arena: Arena, kernels: Kernels, threads: number, math: MathMode) {
    this.arena = arena;
    this.kernels = kernels;
    this.count = threads;
    this.math = math;
    this.control = arena.take(kernels.controlBytes());
  }

  get threads(): number {
    return this.count;
  }

  get isStarted(): boolean {
    return this.workers.length > 0;
  }

  /** Starts the workers, once, for `threads` at most; does not wait for them. */
  start(threads = this.count): void {
    if (this.isStarted) return;
    this.count = Math.min(this.count, threads);
    const { arena, control, math } = this;
    const file = packageFile("dist/worker.js");
    this.workers = Array.from({ length: this.count - 1 }, (_, i) => {
      const workerData: WorkerStart = { memory: arena.memory, control, thread: i + 1, math };
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
    if (this.kernels.failedCount(this.control) > 0) throw this.lost();
    this.isUp = this.kernels.readyCount(this.control) === this.workers.length;
    return this.isUp;
  }

  /**
   * A pass of a network that has work for so many threads, by these or by as many as there are. The others end: they would
   * only be woken for nothing. Throws SystemError when a thread is lost.
   */
  run(task: Task, pass: Pass, threads: number): void {
    if (threads < this.count) this.endFrom(threads);
    task.setPass(pass, this.count);
    if (!this.kernels.runShared(this.control, task.at)) throw this.lost();
  }

  private endFrom(threads: number): void {
    for (const worker of this.workers.slice(threads - 1)) worker.removeListener("exit", this.onExit);
    this.count = threads;
  }

  /** Ends the workers. */
  close(): void {
    for (const worker of this.workers) worker.removeListener("exit", this.onExit);
    this.kernels.send(this.control, 0);
  }

  /** Resolves with the workers' exit codes when all have ended: 0 is by command. */
  async ended(): Promise<number[]> {
    return await Promise.all(this.workers.map(async (worker) => (await once(worker, "exit"))[0] as number));
  }

  /** Ends the workers without telling them. */
  async terminate(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private lost(): SystemError {
    const reason = this.failure instanceof Error ? `: ${this.failure.message}` : "";
    const text = `a worker thread ended unexpectedly${reason}; try again with --threads 1`;
    return new SystemError("WORKER_LOST", text);
  }
}
