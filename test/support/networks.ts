/** @file Random data sets and parameters for backend tests: asymmetric values, some zeros, no special structure. */
import type {
  Backend,
  BackendNetwork,
  Batch,
  LayerParameters,
  SgdUpdate,
} from "../../src/backend/backend.ts";
import { type Dataset, NO_INPUT } from "../../src/data/dataset.ts";

/** A small generator of its own (mulberry32), so that tests do not depend on the one under test. */
export function testRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** `length` floats in (-1.5, 2), about `zeros` of them exactly 0. */
export function randomFloats(random: () => number, length: number, zeros = 0): Float32Array {
  return Float32Array.from({ length }, () => (random() < zeros ? 0 : random() * 3.5 - 1.5));
}

export interface RandomDataOptions {
  readonly rows: number;
  readonly denseWidth: number;
  readonly classes: number;
  readonly bytes?: boolean;
  /** widths of one-hot columns */
  readonly oneHot?: readonly number[];
}

export function randomDataset(
  random: () => number,
  { rows, denseWidth, classes, bytes = false, oneHot = [] }: RandomDataOptions,
): Dataset {
  const dense = bytes
    ? Uint8Array.from({ length: rows * denseWidth }, () => (random() < 0.7 ? 0 : random() * 256))
    : randomFloats(random, rows * denseWidth, 0.3);
  const codes = new Uint32Array(rows * oneHot.length);
  for (let i = 0; i < rows; i++) {
    let first = denseWidth;
    for (const [c, width] of oneHot.entries()) {
      codes[i * oneHot.length + c] = random() < 0.1 ? NO_INPUT : first + Math.floor(random() * width);
      first += width;
    }
  }
  const inputs = denseWidth + oneHot.reduce((a, b) => a + b, 0);
  const labels = Uint32Array.from({ length: rows }, () => random() * classes);
  const scale = bytes ? 1 / 255 : 1;
  return { rows, inputs, dense, denseWidth, scale, codes, codeWidth: oneHot.length, labels };
}

export function randomParameters(random: () => number, sizes: readonly number[]): LayerParameters[] {
  return sizes.slice(1).map((outputs, l) => {
    const inputs = sizes[l]!;
    const spread = 1 / Math.sqrt(inputs);
    return {
      weight: randomFloats(random, inputs * outputs).map((x) => x * spread),
      bias: randomFloats(random, outputs).map((x) => x * 0.2),
    };
  });
}

/** A network on a backend with these parameters, and one batch of all rows of the data set in file order. */
export function setUp(
  backend: Backend,
  dataset: Dataset,
  sizes: readonly number[],
  parameters: readonly LayerParameters[],
  capacity = dataset.rows,
): { network: BackendNetwork; batch: Batch } {
  const network = backend.createNetwork({ sizes, capacity, training: true, momentum: true });
  for (const [l, p] of parameters.entries()) network.setParameters(l, p);
  const data = backend.createData(dataset);
  const order = backend.createOrder(Uint32Array.from({ length: dataset.rows }, (_, i) => i));
  return { network, batch: { data, order, weights: null, first: 0, count: dataset.rows } };
}

/** Forward, backward and the gradients over the whole batch, without an update. */
export function forwardBackward(network: BackendNetwork, batch: Batch): void {
  const { sizes } = network.spec;
  const last = sizes.length - 2;
  network.gather(batch, 0, batch.count);
  for (let l = 0; l <= last; l++) {
    network.listInputs(l, 0, batch.count);
    network.linearForward(l, batch, 0, batch.count, 0, sizes[l + 1]!);
  }
  network.crossEntropy(batch, 0, batch.count);
  for (let l = last; l > 0; l--) network.linearBackwardInput(l, 0, batch.count);
  for (let l = 0; l <= last; l++) network.linearBackwardWeights(l, batch);
}

/** The largest |a - b| / (atol + rtol |b|); at most 1 means within the bound. NaN only equals NaN. */
export function excess(a: ArrayLike<number>, b: ArrayLike<number>, atol: number, rtol: number): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    if (Object.is(x, y) || (Number.isNaN(x) && Number.isNaN(y))) continue;
    const e = Math.abs(x - y) / (atol + rtol * Math.abs(y));
    worst = Number.isNaN(e) ? Number.POSITIVE_INFINITY : Math.max(worst, e);
  }
  return worst;
}

/** One update of every layer by operations of its own, after forwardBackward. */
export function updateAll(network: BackendNetwork, batch: Batch, update: SgdUpdate): void {
  const { sizes } = network.spec;
  for (let l = 0; l < sizes.length - 1; l++) {
    network.linearUpdate(l, batch, update, 0, sizes[l]!, 0, sizes[l + 1]!);
  }
}

/** One step on the rows of a batch. */
export function step(network: BackendNetwork, batch: Batch, update: SgdUpdate): void {
  network.steps(batch, batch.count, update, Float64Array.of(update.learningRate));
}
