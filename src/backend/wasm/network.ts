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
import type { Backend, BackendNetwork, Batch, LayerParameters, NetworkSpec, SgdUpdate } from "../backend.ts";
import { createPasses, type Operations, type Pass } from "../step.ts";
import { Arena } from "./arena.ts";
import { WasmData, WasmOrder, WasmWeights } from "./data.ts";
import { CHECK_BYTES, checkKernels, type MathMode, postponeOptimization, revectorizes } from "./engine.ts";
import { type Kernels, loadKernels } from "./kernels.ts";
import { columnListsLength, layOutNetwork } from "./layout.ts";
import { rowNumbersOf, WasmOperations, type WasmPlan, weightsAt } from "./operations.ts";
import { Pool, type PooledNetwork } from "./pool.ts";
import { Sharing } from "./sharing.ts";

/**
 * Multiply-adds of a forward pass, zeros included, that keep a thread busy for longer than it takes to meet the others.
 * Two threads against one on two cores of a Xeon, µs a step on MNIST, Node 20 and 24: 784-128-10 with 4 rows (0.4
 * million) 29 and 21, 23 and 20; 784-16-10 with 64 rows (0.8 million) 69 and 53, 59 and 51; 784-128-10 with 64 rows (6.5
 * million) 231 and 147, 178 and 118; 784-512-10 with 64 rows (26 million) 872 and 474, 567 and 311.
 */
const MIN_WORK_OF_A_THREAD = 400_000;

/** Memory that all threads together may take for lists by column (layout.ts). */
const MAX_LIST_BYTES = 2 ** 29;

/** A network in the arena, as the caller uses it. Throws SystemError where memory does not suffice. */
export class WasmNetwork extends WasmOperations implements BackendNetwork, PooledNetwork {
  readonly plan: WasmPlan;
  readonly arena: Arena;
  private readonly values: Float32Array;
  /** null where the caller works alone */
  private readonly pool: Pool | null;
  private readonly sharing = { step: new Sharing(), score: new Sharing(), forward: new Sharing() };
  /** the phases of each pass, for one thread */
  private readonly alone = createPasses(this, 1, false);

  constructor(arena: Arena, kernels: Kernels, spec: NetworkSpec, pool: Pool | null) {
    const threads = Math.max(1, Math.min(pool?.threads ?? 1, threadsFor(spec)));
    const plan = { spec, threads, layout: layOutNetwork(arena, spec, threads) };
    super(kernels, plan, 0);
    this.plan = plan;
    this.arena = arena;
    this.values = arena.f32(plan.layout.values, plan.layout.parameterCount);
    this.pool = threads > 1 ? pool : null;
    if (this.pool !== null && spec.training) postponeOptimization();
  }

  get operations(): Operations {
    return this;
  }

  get threads(): number {
    return this.plan.threads;
  }

  step(batch: Batch, update: SgdUpdate): void {
    this.run("step", batch, update);
  }

  score(batch: Batch): void {
    this.run("score", batch, null);
  }

  forward(batch: Batch): void {
    this.run("forward", batch, null);
  }

  private run(pass: Pass, batch: Batch, update: SgdUpdate | null): void {
    if (!this.isShared(batch.count)) {
      this.runAlone(pass, batch, update);
      return;
    }
    const sharing = this.sharing[pass];
    const started = performance.now();
    if (sharing.isShared) this.pool!.run(this, pass, batch, update);
    else this.runAlone(pass, batch, update);
    sharing.add(performance.now() - started, batch.count);
  }

  private runAlone(pass: Pass, batch: Batch, update: SgdUpdate | null): void {
    for (const phase of this.alone[pass]) phase(batch, update, 0, 1);
  }

  /** Whether a batch of so many rows can be worked on by all threads now. */
  isShared(rows: number): boolean {
    return this.canShare(rows) && this.pool!.isReady(this.threads);
  }

  /** Whether a batch of so many rows is work for all threads, once they are up. */
  canShare(rows: number): boolean {
    return this.pool !== null && rows * weightCount(this.spec) >= MIN_WORK_OF_A_THREAD * this.threads;
  }

  /** Resolves when a batch of so many rows is worked on by all threads that it is work for. */
  async untilShared(rows: number): Promise<void> {
    while (this.canShare(rows) && !this.isShared(rows)) await setTimeout(1);
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
    const { probabilities } = this.layout;
    const { z } = this.layer(this.layout.layers.length - 1);
    this.kernels.softmax(probabilities, this.logitRow, z, this.spec.capacity, this.classes, 0, count);
    return this.arena.f32(probabilities, count * this.classes);
  }

  predictions(count: number): Uint32Array {
    const { best, layers } = this.layout;
    const { z } = layers[layers.length - 1]!;
    this.kernels.bestClasses(best, this.logitRow, z, this.spec.capacity, this.classes, 0, count);
    return this.arena.u32(best, count);
  }

  logits(count: number): Float32Array {
    const { z } = this.layer(this.layout.layers.length - 1);
    const { capacity } = this.spec;
    return unpackRows(this.arena.f32(z, slicedLength(capacity, this.classes)), capacity, this.classes, count);
  }

  setParameters(l: number, { weight, bias }: LayerParameters): void {
    const { inputs, outputs, weightOffset, biasOffset, transposed } = this.layer(l);
    packTransposed(this.values.subarray(weightOffset, biasOffset), weight, inputs, outputs);
    this.values.set(bias, biasOffset);
    const { velocity } = this.layout;
    const count = biasOffset - weightOffset + paddedColumns(outputs);
    if (velocity !== 0) this.arena.f32(velocity + weightOffset * 4, count).fill(0);
    if (transposed !== 0) this.transpose(l, 0, inputs, 0, outputs);
  }

  parameters(l: number): LayerParameters {
    return this.unpack(l, this.values);
  }

  gradients(l: number): LayerParameters {
    return this.unpack(l, this.arena.f32(this.layout.gradients, this.layout.parameterCount));
  }

  private unpack(l: number, buffer: Float32Array): LayerParameters {
    const { inputs, outputs, weightOffset, biasOffset } = this.layer(l);
    return {
      weight: unpackTransposed(buffer.subarray(weightOffset, biasOffset), inputs, outputs),
      bias: buffer.slice(biasOffset, biasOffset + outputs),
    };
  }

  finite(): boolean {
    return this.values.every(Number.isFinite);
  }
}

/** Threads that a network's largest batch keeps busy and that there is memory for. */
function threadsFor(spec: NetworkSpec): number {
  const { sizes, capacity, training } = spec;
  const busy = Math.floor((capacity * weightCount(spec)) / MIN_WORK_OF_A_THREAD);
  const room = training ? Math.floor(MAX_LIST_BYTES / columnListsLength(sizes, capacity)) : busy;
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

/** The backend that runs. The pool's other threads start when there is work for them, or when `start` is called. */
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
  const pool = threads > 1 ? new Pool(arena, threads, math) : null;
  return {
    name: `wasm-simd${revectorizes ? "256" : ""}${math === "fast" ? "-fused" : ""}`,
    pool,
    createData: (dataset: Dataset, isReplaced = false) => new WasmData(arena, kernels, dataset, isReplaced),
    createOrder: (rows: Uint32Array) => new WasmOrder(arena, rows),
    createWeights: (values: Float32Array) => new WasmWeights(arena, values),
    createNetwork: (spec: NetworkSpec) => new WasmNetwork(arena, kernels, spec, pool),
    start: () => {
      if (pool === null) return;
      postponeOptimization();
      pool.start();
    },
    close: () => pool?.close(),
  };
}
