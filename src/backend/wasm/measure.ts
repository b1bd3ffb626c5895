/**
 * @file How fast the kernels are on this machine: each operation of a step, the step itself, and a loop on registers
 * alone to compare with. For `nnt doctor` and `npm run bench`; training does not use it.
 *
 * GFLOP/s count a multiply and an add as two operations, for the terms that are summed: zeros that are skipped do not
 * count.
 */
import type { Dataset } from "../../data/dataset.ts";
import { createRng } from "../../tensor/rng.ts";
import { type Batch, type SgdUpdate, stepsOfACall } from "../backend.ts";
import { Arena } from "./arena.ts";
import type { WasmData, WasmOrder } from "./data.ts";
import type { MathMode } from "./engine.ts";
import { loadModule } from "./kernels.ts";
import { BYTE_ENTRY_BYTES, ENTRY_BYTES, pointerCount } from "./layout.ts";
import type { WasmBackend, WasmNetwork } from "./network.ts";

/** One operation of a step, on one thread. */
export interface OperationRate {
  readonly name: "gather" | "list" | "forward" | "loss" | "dX" | "update";
  /** from 0; of gather 0, of loss the last one */
  readonly layer: number;
  readonly microseconds: number;
  /** null where nothing is multiplied */
  readonly gflops: number | null;
}

export interface StepRate {
  readonly sizes: readonly number[];
  readonly batchSize: number;
  /** that work on a step */
  readonly threads: number;
  readonly microseconds: number;
  readonly rowsPerSecond: number;
  readonly gflops: number;
  /** by the calling thread alone */
  readonly operations: readonly OperationRate[];
}

/** Nothing moves: the same work as any update, and a step can be repeated. */
const STILL: SgdUpdate = { learningRate: 0, momentum: 0, weightDecay: 0, nesterov: false };

/** A step that takes longer is timed by itself. */
const LONG_MS = 5;
/** So often an operation is timed at least: V8 compiles it again, and better, after some calls. */
const MIN_SUMS = 8;

/** The shortest of several rounds of `run`, in µs a call: what is added to it is other programs' time. */
export function bestMicroseconds(run: () => void, seconds = 0.1): number {
  const end = performance.now() + seconds * 1000;
  let best = Number.POSITIVE_INFINITY;
  let calls = 1;
  do {
    const started = performance.now();
    for (let call = 0; call < calls; call++) run();
    const elapsed = performance.now() - started;
    if (elapsed < 2) calls *= 2;
    else best = Math.min(best, (elapsed * 1000) / calls);
  } while (performance.now() < end || best === Number.POSITIVE_INFINITY);
  return best;
}

/** GFLOP/s of one thread that multiplies and adds what is in its registers. See assembly/peak.ts. */
export function registerRate(math: MathMode): number {
  const arena = new Arena();
  const { multiplyAdd48, multiplyAdd96 } = loadModule(arena.memory, math, "peak");
  const [values, factors] = [arena.take(96 * 4), arena.take(8)];
  arena.f32(factors, 2).fill(0.5);
  const rounds = 10_000;
  const rate = (loop: CallableFunction | undefined, floats: number) =>
    (2 * floats * rounds) / bestMicroseconds(() => loop!(values, factors, rounds), 0.05) / 1000;
  return Math.max(rate(multiplyAdd48, 48), rate(multiplyAdd96, 96));
}

/** Rows of `width` bytes in which runs make up `density` of a row, as strokes do in images of digits; all labels 0. */
export function strokes(rows: number, width: number, density: number): Dataset {
  const rng = createRng(1, "strokes");
  const dense = new Uint8Array(rows * width);
  const run = 7; // bytes
  for (let left = rows * width * density; left > 0; left -= run) {
    const first = rng.below(dense.length - run);
    for (let e = 0; e < run; e++) dense[first + e] = 1 + rng.below(255);
  }
  return datasetOf(rows, width, dense, 1 / 255);
}

/** Rows of `width` float32 without a zero; all labels 0. */
export function denseRows(rows: number, width: number): Dataset {
  const rng = createRng(1, "dense");
  const dense = Float32Array.from({ length: rows * width }, () => rng.float() + 0.25);
  return datasetOf(rows, width, dense, 1);
}

function datasetOf(rows: number, width: number, dense: Uint8Array | Float32Array, scale: number): Dataset {
  const labels = new Uint32Array(rows);
  return {
    rows,
    inputs: width,
    dense,
    denseWidth: width,
    scale,
    codes: new Uint32Array(0),
    codeWidth: 0,
    labels,
  };
}

/**
 * Steps of a network on `data`, in its order. `bias`: of all units; a large one leaves no zero after ReLU. Waits for the
 * backend's threads. Takes about `seconds`, twice.
 */
export async function measureStep(
  backend: WasmBackend,
  { sizes, batchSize, bias }: { sizes: readonly number[]; batchSize: number; bias: number },
  data: Dataset,
  seconds: number,
): Promise<StepRate> {
  const network = backend.createNetwork({ sizes, capacity: batchSize, training: true, momentum: false });
  setRandomParameters(network, bias);
  const order = backend.createOrder(Uint32Array.from({ length: data.rows }, (_, i) => i));
  const batch: Batch = { data: backend.createData(data), order, weights: null, first: 0, count: batchSize };
  const next = () => {
    batch.first += batch.count;
    if (batch.first + batch.count > data.rows) batch.first = 0;
  };
  await network.untilShared(batchSize);
  const operations = measureOperations(network, batch, next, seconds);
  const steps = Math.min(stepsOfACall(sizes, batchSize), Math.floor(data.rows / batchSize));
  const learningRates = new Float64Array(steps);
  batch.first = 0;
  batch.count = steps * batchSize;
  const call = () => {
    network.steps(batch, batchSize, STILL, learningRates);
    next();
  };
  const microseconds = bestMicroseconds(call, seconds) / steps;
  const terms = operations.reduce((sum, { gflops, microseconds }) => sum + (gflops ?? 0) * microseconds, 0);
  return {
    sizes,
    batchSize,
    threads: network.canShare(batchSize) ? network.threads : 1,
    microseconds,
    rowsPerSecond: (batchSize * 1e6) / microseconds,
    gflops: terms / microseconds,
    operations,
  };
}

function setRandomParameters(network: WasmNetwork, bias: number): void {
  const { sizes } = network.spec;
  for (let l = 0; l < sizes.length - 1; l++) {
    const [inputs, outputs] = [sizes[l]!, sizes[l + 1]!];
    const rng = createRng(l, "weights");
    const range = Math.sqrt(6 / inputs);
    const weight = Float32Array.from({ length: inputs * outputs }, () => (2 * rng.float() - 1) * range);
    network.setParameters(l, { weight, bias: new Float32Array(outputs).fill(bias) });
  }
}

/** Each operation in its place in a step, on one batch after the other: the shortest of its times. */
function measureOperations(
  network: WasmNetwork,
  batch: Batch,
  next: () => void,
  seconds: number,
): OperationRate[] {
  const operations = operationsOf(network, batch);
  const best = operations.map(() => ({ milliseconds: Number.POSITIVE_INFINITY, terms: 0 }));
  const started = performance.now();
  for (const { run } of operations) run();
  // Batches whose times are added up: a clock's tick is not small against one operation of a small network.
  const rounds = performance.now() - started > LONG_MS ? 1 : 16;
  const end = performance.now() + seconds * 1000;
  let left = MIN_SUMS;
  do {
    const sums = operations.map(() => ({ milliseconds: 0, terms: 0 }));
    for (let round = 0; round < rounds; round++) {
      for (const [o, { run }] of operations.entries()) {
        const started = performance.now();
        run();
        sums[o]!.milliseconds += performance.now() - started;
      }
      for (const [o, { terms }] of operations.entries()) sums[o]!.terms += terms?.() ?? 0;
      next();
    }
    for (const [o, sum] of sums.entries()) if (sum.milliseconds < best[o]!.milliseconds) best[o] = sum;
  } while (--left > 0 || performance.now() < end);
  return operations.map(({ name, layer, terms }, o) => {
    const { milliseconds, terms: summed } = best[o]!;
    const gflops = terms && (2 * summed) / milliseconds / 1e6;
    return { name, layer, microseconds: (milliseconds * 1000) / rounds, gflops };
  });
}

interface Operation extends Pick<OperationRate, "name" | "layer"> {
  run(): void;
  /** multiply-adds of the last run */
  readonly terms: (() => number) | null;
}

function operationsOf(network: WasmNetwork, batch: Batch): Operation[] {
  const { sizes } = network.spec;
  const layers = Array.from({ length: sizes.length - 1 }, (_, layer) => layer);
  const last = layers.length - 1;
  const { count } = batch;
  const inputTerms = (layer: number) => () => inputEntries(network, layer, batch) * sizes[layer + 1]!;
  const forward = layers.flatMap((layer): Operation[] => [
    layer === 0
      ? { name: "gather", layer, run: () => network.gather(batch, 0, count), terms: null }
      : { name: "list", layer, run: () => network.listInputs(layer, 0, count), terms: null },
    {
      name: "forward",
      layer,
      run: () => network.linearForward(layer, batch, 0, count, 0, sizes[layer + 1]!),
      terms: inputTerms(layer),
    },
  ]);
  const loss: Operation = {
    name: "loss",
    layer: last,
    run: () => network.crossEntropy(batch, 0, count),
    terms: null,
  };
  const backward = layers
    .slice(1)
    .reverse()
    .map(
      (layer): Operation => ({
        name: "dX",
        layer,
        run: () => network.linearBackwardInput(layer, 0, count),
        terms: () => gradientEntries(network, layer, count) * sizes[layer]!,
      }),
    );
  const updates = layers.map(
    (layer): Operation => ({
      name: "update",
      layer,
      run: () => network.linearUpdate(layer, batch, STILL, 0, sizes[layer]!, 0, sizes[layer + 1]!),
      terms: inputTerms(layer),
    }),
  );
  return [...forward, loss, ...backward, ...updates];
}

/** Entries of the lists of X_l in the batch. */
function inputEntries(network: WasmNetwork, layer: number, batch: Batch): number {
  const { starts } = batch.data as WasmData;
  const { x, inputs } = network.layout.layers[layer]!;
  if (layer > 0 || starts === 0) return ownEntries(network, x.pointers, inputs, batch.count);
  const { rows } = batch.order as WasmOrder;
  return rows.subarray(batch.first, batch.first + batch.count).reduce((sum, row) => {
    const [pointers] = network.arena.u32(starts + row * 4, 1);
    return sum + entriesOf(network, pointers!, inputs, BYTE_ENTRY_BYTES);
  }, 0);
}

/** Entries of the lists of dZ_l. */
function gradientEntries(network: WasmNetwork, layer: number, count: number): number {
  const { dzLists, outputs } = network.layout.layers[layer]!;
  return ownEntries(network, dzLists.pointers, outputs, count);
}

/** Entries of `rows` lists whose pointers lie one after the other. */
function ownEntries(network: WasmNetwork, pointers: number, width: number, rows: number): number {
  const step = pointerCount(width) * 4;
  let sum = 0;
  for (let i = 0; i < rows; i++) sum += entriesOf(network, pointers + i * step, width, ENTRY_BYTES);
  return sum;
}

/** Entries of the list with these pointers (assembly/lists.ts). */
function entriesOf({ arena }: WasmNetwork, pointers: number, width: number, entryBytes: number): number {
  const list = arena.u32(pointers, pointerCount(width));
  return (list[list.length - 1]! - list[0]!) / entryBytes;
}
