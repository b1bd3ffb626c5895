/**
 * @file The wasm backend: SIMD kernels over one arena, by one thread or several. X is kept as lists of its non-zero
 * values (pixels, one-hot inputs and ReLU outputs are mostly zero), matrices are sliced (src/tensor/sliced.ts).
 * This file has what the caller alone does: copying numbers in and out, and choosing who works.
 */
import { setTimeout } from "node:timers/promises";
import type { Dataset } from "../../data/dataset.ts";
import { SystemError } from "../../errors.ts";
import {
  packTransposed,
  paddedColumns,
  slicedLength,
  unpackRows,
  unpackTransposed,
} from "../../tensor/sliced.ts";
import {
  type Backend,
  type BackendNetwork,
  type Batch,
  type LayerParameters,
  MAX_STEPS,
  type NetworkSpec,
  type SgdRule,
  type SgdUpdate,
  type StepSums,
} from "../backend.ts";
import { Arena } from "./arena.ts";
import { CHECK_BYTES, checkKernels } from "./check.ts";
import { WasmData, WasmOrder, WasmWeights } from "./data.ts";
import { type MathMode, revectorizes } from "./engine.ts";
import { type Kernels, loadKernels } from "./kernels.ts";
import { columnListsLength, type LayerLayout, layOutNetwork, type NetworkLayout } from "./layout.ts";
import { Pool } from "./pool.ts";
import { Sharing } from "./sharing.ts";
import { type Pass, rowNumbersOf, Task, weightsAt } from "./task.ts";

/**
 * Multiply-adds of a forward pass, zeros included, from which on n threads are faster than one: so many times n², since
 * the more there are, the longer they take to meet. Measured for two, on two cores of an EPYC, µs a step by one and
 * by both, with Node 20 and 24: 784-128-10 with 1 row (0.1 million) 13.5 and 8.4, 9.2 and 5.9; a table's 30-64-5 with 64
 * rows (0.14 million) 37 and 26, 26 and 20; 8-32-2 with 256 rows (0.08 million) 54 and 40, 47 and 33; 784-128-10 with 64
 * rows (6.5 million) 237 and 137, 138 and 83.
 */
const WORK_OF_THREADS = 20_000;

/**
 * Threads that nobody has started yet are after so much time in which they could have helped, which is about what
 * starting them costs: less work than that is done sooner without them.
 */
const START_MS = 50;

/** Memory that all threads together may take for lists by column (layout.ts). */
const MAX_LIST_BYTES = 2 ** 29;

/** A network in the arena. Throws SystemError where memory does not suffice. */
export class WasmNetwork implements BackendNetwork {
  readonly spec: NetworkSpec;
  readonly threads: number;
  readonly arena: Arena;
  readonly layout: NetworkLayout;
  private readonly kernels: Kernels;
  private readonly classes: number;
  private readonly values: Float32Array;
  /** of the batches of a call of `steps` */
  private readonly learningRates: Float32Array;
  private readonly sums: StepSums;
  private readonly task: Task;
  /** null where the caller works alone */
  private readonly pool: Pool | null;
  /** of passes that other threads could have shared */
  private aloneMs = 0;
  private readonly sharing = { step: new Sharing(), score: new Sharing(), forward: new Sharing() };

  constructor(arena: Arena, kernels: Kernels, spec: NetworkSpec, pool: Pool | null) {
    this.spec = spec;
    this.arena = arena;
    this.kernels = kernels;
    this.threads = Math.max(1, Math.min(pool?.threads ?? 1, threadsFor(kernels, spec)));
    this.layout = layOutNetwork(arena, kernels, spec, this.threads);
    this.classes = spec.sizes[spec.sizes.length - 1]!;
    this.values = arena.f32(this.layout.values, this.layout.parameterCount);
    const { learningRates, stepLosses, stepWeights, stepHits } = this.layout;
    this.learningRates = arena.f32(learningRates, MAX_STEPS);
    this.sums = {
      losses: arena.f64(stepLosses, MAX_STEPS),
      weights: arena.f64(stepWeights, MAX_STEPS),
      hits: arena.u32(stepHits, MAX_STEPS),
    };
    this.task = new Task(arena, this.layout.at);
    this.pool = this.threads > 1 ? pool : null;
  }

  steps(batch: Batch, batchSize: number, rule: SgdRule, learningRates: Float64Array): StepSums {
    this.task.setRule(rule);
    this.learningRates.set(learningRates);
    // A batch has at most all rows: the kernels' word for its size has 32 bits, which users' numbers may exceed.
    this.run("step", batch, Math.min(batchSize, batch.count));
    return this.sums;
  }

  score(batch: Batch): void {
    this.run("score", batch);
  }

  forward(batch: Batch): void {
    this.run("forward", batch);
  }

  private run(pass: Pass, batch: Batch, batchSize = batch.count): void {
    this.task.setBatch(batch, batchSize);
    if (!this.canShare(batchSize)) {
      this.runAlone(pass);
      return;
    }
    const started = performance.now();
    if (!this.areThreadsUp()) {
      this.runAlone(pass);
      this.aloneMs += performance.now() - started;
      return;
    }
    const sharing = this.sharing[pass];
    if (sharing.isShared) this.pool!.run(this.task, pass, this.threads);
    else this.runAlone(pass);
    sharing.add(performance.now() - started, batch.count, Math.ceil(batch.count / batchSize));
  }

  private runAlone(pass: Pass): void {
    this.task.setPass(pass, 1);
    this.kernels.runAlone(this.task.at);
  }

  gather(batch: Batch, begin: number, end: number): void {
    this.task.setBatch(batch);
    this.kernels.gather(this.task.at, begin, end);
  }

  listInputs(l: number, begin: number, end: number): void {
    this.kernels.listInputs(this.task.at, l, begin, end);
  }

  linearForward(l: number, batch: Batch, begin: number, end: number, from: number, to: number): void {
    this.task.setBatch(batch);
    this.kernels.linearForward(this.task.at, 0, l, begin, end, from, to);
  }

  crossEntropy(batch: Batch, begin: number, end: number): void {
    this.task.setBatch(batch);
    this.kernels.crossEntropy(this.task.at, 0, begin, end);
  }

  linearBackwardInput(l: number, begin: number, end: number): void {
    this.kernels.linearBackwardInput(this.task.at, 0, l, begin, end);
  }

  linearBackwardWeights(l: number, batch: Batch): void {
    this.task.setBatch(batch);
    this.kernels.linearBackwardWeights(this.task.at, 0, l);
  }

  linearUpdate(
    l: number,
    batch: Batch,
    update: SgdUpdate,
    begin: number,
    end: number,
    from: number,
    to: number,
  ): void {
    this.task.setBatch(batch);
    this.task.setUpdate(update);
    this.kernels.linearUpdate(this.task.at, 0, l, begin, end, from, to);
  }

  /** Whether the other threads can take part. Starts them when they would have been worth it. */
  private areThreadsUp(): boolean {
    const pool = this.pool!;
    return (pool.isStarted || this.aloneMs >= START_MS) && pool.isReady(this.threads);
  }

  /** Whether a batch of so many rows can be worked on by all threads now. Starts them. */
  isShared(rows: number): boolean {
    return this.canShare(rows) && this.pool!.isReady(this.threads);
  }

  /** Whether a batch of so many rows is work for all threads, once they are up. */
  canShare(rows: number): boolean {
    return this.pool !== null && rows * weightCount(this.spec) >= WORK_OF_THREADS * this.threads ** 2;
  }

  /** Resolves when a batch of so many rows is worked on by all threads that it is work for. */
  async untilShared(rows: number): Promise<void> {
    while (this.canShare(rows) && !this.isShared(rows)) await setTimeout(1);
  }

  private layer(l: number): LayerLayout {
    return this.layout.layers[l]!;
  }

  lossSum(count: number): number {
    return this.kernels.sumLosses(this.layout.losses, count);
  }

  losses(count: number): Float64Array {
    return this.arena.f64(this.layout.losses, count);
  }

  weightSum(batch: Batch): number {
    const weights = weightsAt(batch);
    return weights === 0 ? batch.count : this.kernels.sumWeights(weights, rowNumbersOf(batch), batch.count);
  }

  hitSum(count: number): number {
    return this.kernels.sumHits(this.layout.hits, count);
  }

  probabilities(count: number): Float32Array {
    const { probabilities, scratch } = this.layout;
    const { z } = this.layer(this.layout.layers.length - 1);
    this.kernels.softmax(probabilities, scratch.logitRow, z, this.spec.capacity, this.classes, 0, count);
    return this.arena.f32(probabilities, count * this.classes);
  }

  predictions(count: number): Uint32Array {
    const { best, layers, scratch } = this.layout;
    const { z } = layers[layers.length - 1]!;
    this.kernels.bestClasses(best, scratch.logitRow, z, this.spec.capacity, this.classes, 0, count);
    return this.arena.u32(best, count);
  }

  logits(count: number): Float32Array {
    const { z } = this.layer(this.layout.layers.length - 1);
    const { capacity } = this.spec;
    return unpackRows(this.arena.f32(z, slicedLength(capacity, this.classes)), capacity, this.classes, count);
  }

  setParameters(l: number, { weight, bias }: LayerParameters): void {
    const { inputs, outputs, w, b, vw, transposed } = this.layer(l);
    const weights = slicedLength(inputs, outputs);
    packTransposed(this.arena.f32(w, weights), weight, inputs, outputs);
    this.arena.f32(b, outputs).set(bias);
    // of the biases too, which lie behind
    if (vw !== 0) this.arena.f32(vw, weights + paddedColumns(outputs)).fill(0);
    if (transposed !== 0)
      this.kernels.transposeWeights(transposed, outputs, 0, w, inputs, outputs, 0, inputs);
  }

  parameters(l: number): LayerParameters {
    const { w, b } = this.layer(l);
    return this.unpack(l, w, b);
  }

  gradients(l: number): LayerParameters {
    const { dw, db } = this.layer(l);
    return this.unpack(l, dw, db);
  }

  private unpack(l: number, weights: number, biases: number): LayerParameters {
    const { inputs, outputs } = this.layer(l);
    return {
      weight: unpackTransposed(this.arena.f32(weights, slicedLength(inputs, outputs)), inputs, outputs),
      bias: this.arena.f32(biases, outputs).slice(),
    };
  }

  finite(): boolean {
    return this.values.every(Number.isFinite);
  }
}

/** Threads that a network's largest batch keeps busy and that there is memory for. */
function threadsFor(kernels: Kernels, spec: NetworkSpec): number {
  const { sizes, capacity, training } = spec;
  const busy = Math.floor(Math.sqrt((capacity * weightCount(spec)) / WORK_OF_THREADS));
  const room = training ? Math.floor(MAX_LIST_BYTES / columnListsLength(kernels, sizes, capacity)) : busy;
  return Math.min(busy, room);
}

function weightCount({ sizes }: NetworkSpec): number {
  return sizes.slice(1).reduce((sum, outputs, l) => sum + outputs * sizes[l]!, 0);
}

export interface WasmOptions {
  /** at most; 1 unless said otherwise */
  readonly threads?: number;
  readonly math?: MathMode;
}

/** The backend that runs. The pool's other threads start when there has been work for them for a while, or when `start` is called. */
export interface WasmBackend extends Backend {
  createNetwork(spec: NetworkSpec): WasmNetwork;
  readonly pool: Pool | null;
  /** Starts the other threads now, so that they are up when they are needed. */
  start(): void;
}

/**
 * SIMD kernels, on up to `threads` threads. Takes a few milliseconds to load. Throws SystemError when the engine does not
 * compute what the kernels say.
 */
export function createWasmBackend({ threads = 1, math = "portable" }: WasmOptions = {}): WasmBackend {
  const arena = new Arena();
  const kernels = loadKernels(arena.memory, math);
  if (revectorizes && !checkKernels(kernels, arena.memory.buffer, arena.take(CHECK_BYTES), math)) {
    throw new SystemError(
      "KERNELS_DIFFER",
      `this engine (node ${process.version}) does not compute what the kernels say; set NNT_REVECTORIZE=0`,
    );
  }
  const pool = threads > 1 ? new Pool(arena, kernels, threads, math) : null;
  return {
    name: `wasm-simd${revectorizes ? "256" : ""}${math === "fast" ? "-fused" : ""}`,
    pool,
    createData: (dataset: Dataset, isReplaced = false) => new WasmData(arena, kernels, dataset, isReplaced),
    createOrder: (rows: Uint32Array) => new WasmOrder(arena, rows),
    createWeights: (values: Float32Array) => new WasmWeights(arena, values),
    createNetwork: (spec: NetworkSpec) => new WasmNetwork(arena, kernels, spec, pool),
    start: () => pool?.start(),
    close: () => pool?.close(),
  };
}
