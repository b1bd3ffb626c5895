/**
 * @file The reference backend: the operations as plain loops in float64, right by definition. Other backends are
 * tested against it, and it against PyTorch and against numeric gradients. It is slow on purpose: read it to see
 * the maths (source: the formulas of docs/architecture.md), never to train.
 * Legend: N rows of the batch, I inputs, O outputs; matrices are row-major.
 */
import type { Dataset } from "../data/dataset.ts";
import { NO_INPUT } from "../data/dataset.ts";
import type {
  Backend,
  BackendData,
  BackendNetwork,
  Batch,
  LayerParameters,
  NetworkSpec,
  RowOrder,
  RowWeights,
  SgdRule,
  SgdUpdate,
  StepSums,
} from "./backend.ts";
import { MAX_STEPS, NO_CLASS } from "./backend.ts";

/** y (N, O) = x (N, I) w (I, O) + 1 b (O), rows [begin, end), outputs [from, to). */
export function linearForward(
  y: Float64Array,
  x: Float64Array,
  w: Float64Array,
  b: Float64Array,
  I: number,
  O: number,
  begin: number,
  end: number,
  from: number,
  to: number,
): void {
  for (let i = begin; i < end; i++) {
    for (let j = from; j < to; j++) {
      let sum = b[j]! + 0; // never -0: see assembly/linear.ts
      for (let k = 0; k < I; k++) sum += x[i * I + k]! * w[k * O + j]!;
      y[i * O + j] = sum;
    }
  }
}

/** dx (N, I) = dy (N, O) w^T, rows [begin, end). */
export function linearBackwardInput(
  dx: Float64Array,
  dy: Float64Array,
  w: Float64Array,
  I: number,
  O: number,
  begin: number,
  end: number,
): void {
  for (let i = begin; i < end; i++) {
    for (let k = 0; k < I; k++) {
      let sum = 0;
      for (let j = 0; j < O; j++) sum += dy[i * O + j]! * w[k * O + j]!;
      dx[i * I + k] = sum;
    }
  }
}

/** dw (I, O) = x^T dy for inputs [begin, end), over N rows. */
export function linearBackwardWeights(
  dw: Float64Array,
  x: Float64Array,
  dy: Float64Array,
  N: number,
  I: number,
  O: number,
  begin: number,
  end: number,
): void {
  for (let k = begin; k < end; k++) {
    for (let j = 0; j < O; j++) {
      let sum = 0;
      for (let i = 0; i < N; i++) sum += x[i * I + k]! * dy[i * O + j]!;
      dw[k * O + j] = sum;
    }
  }
}

/** db (O) = 1^T dy, over N rows. */
export function linearBackwardBias(db: Float64Array, dy: Float64Array, N: number, O: number): void {
  for (let j = 0; j < O; j++) {
    let sum = 0;
    for (let i = 0; i < N; i++) sum += dy[i * O + j]!;
    db[j] = sum;
  }
}

/** x = max(z, 0), elements [begin, end). NaN stays NaN. */
export function reluForward(x: Float64Array, z: Float64Array, begin: number, end: number): void {
  for (let e = begin; e < end; e++) x[e] = Math.max(z[e]!, 0);
}

/** dz = dx where z >= 0, else 0, in place. */
export function reluBackward(dx: Float64Array, z: Float64Array, begin: number, end: number): void {
  for (let e = begin; e < end; e++) if (!(z[e]! >= 0)) dx[e] = 0;
}

/** log(sum over j of e^z[i, j]), shifted by the row's maximum so that nothing overflows. */
export function logSumExp(z: Float64Array, C: number, i: number): number {
  let maximum = z[i * C]!;
  for (let j = 1; j < C; j++) maximum = Math.max(maximum, z[i * C + j]!);
  let sum = 0;
  for (let j = 0; j < C; j++) sum += Math.exp(z[i * C + j]! - maximum);
  return maximum + Math.log(sum);
}

/** w -= learningRate * step(g, v): torch.optim.SGD, https://pytorch.org/docs/stable/generated/torch.optim.SGD.html */
export function sgd(
  w: Float64Array,
  gradient: Float64Array,
  velocity: Float64Array,
  update: SgdUpdate,
  begin: number,
  end: number,
): void {
  const { learningRate, momentum, weightDecay, nesterov } = update;
  for (let e = begin; e < end; e++) {
    const g = gradient[e]! + weightDecay * w[e]!;
    const v = momentum * velocity[e]! + g;
    velocity[e] = v;
    w[e] = w[e]! - learningRate * (nesterov ? g + momentum * v : v);
  }
}

/** Index of the first largest logit, or NO_CLASS if that is not finite. */
function bestClass(logits: Float64Array): number {
  const maximum = logits.reduce((largest, logit) => Math.max(largest, logit));
  return Number.isFinite(maximum) ? logits.indexOf(maximum) : NO_CLASS;
}

interface Layer {
  readonly I: number;
  readonly O: number;
  /** (N, I), input after ReLU */
  readonly x: Float64Array;
  /** (N, O), before ReLU */
  readonly z: Float64Array;
  readonly dz: Float64Array;
  /** (I, O) and its gradient and velocity; then the same for the bias (O) */
  readonly w: Float64Array;
  readonly dw: Float64Array;
  readonly vw: Float64Array;
  readonly b: Float64Array;
  readonly db: Float64Array;
  readonly vb: Float64Array;
}

function createLayer(I: number, O: number, N: number): Layer {
  const f64 = (length: number) => new Float64Array(length);
  const [x, z, dz] = [f64(N * I), f64(N * O), f64(N * O)];
  return { I, O, x, z, dz, w: f64(I * O), dw: f64(I * O), vw: f64(I * O), b: f64(O), db: f64(O), vb: f64(O) };
}

/** A network in plain float64 arrays, for tests and the self-test: slow, and right by definition. */
export class ReferenceNetwork implements BackendNetwork {
  readonly spec: NetworkSpec;
  readonly threads = 1;
  readonly layers: Layer[];
  private readonly rowLosses: Float64Array;
  private readonly hits: Uint32Array;
  private readonly sums: StepSums = {
    losses: new Float64Array(MAX_STEPS),
    weights: new Float64Array(MAX_STEPS),
    hits: new Uint32Array(MAX_STEPS),
  };

  constructor(spec: NetworkSpec) {
    this.spec = spec;
    this.layers = spec.sizes.slice(1).map((O, l) => createLayer(spec.sizes[l]!, O, spec.capacity));
    this.rowLosses = new Float64Array(spec.capacity);
    this.hits = new Uint32Array(spec.capacity);
  }

  private get last(): Layer {
    return this.layers[this.layers.length - 1]!;
  }

  steps(batch: Batch, batchSize: number, rule: SgdRule, learningRates: Float64Array): StepSums {
    const { losses, weights, hits } = this.sums;
    for (let step = 0; step * batchSize < batch.count; step++) {
      const first = batch.first + step * batchSize;
      const count = Math.min(batchSize, batch.count - step * batchSize);
      const each = { ...batch, first, count };
      weights[step] = this.weightSum(each);
      if (weights[step]! > 0) this.step(each, { ...rule, learningRate: learningRates[step]! });
      else this.score(each);
      losses[step] = this.lossSum(count);
      hits[step] = this.hitSum(count);
    }
    return this.sums;
  }

  private step(batch: Batch, update: SgdUpdate): void {
    this.score(batch);
    const { layers } = this;
    for (let l = layers.length - 1; l > 0; l--) this.linearBackwardInput(l, 0, batch.count);
    for (const [l, { I, O }] of layers.entries()) this.linearUpdate(l, batch, update, 0, I, 0, O);
  }

  score(batch: Batch): void {
    this.forward(batch);
    this.crossEntropy(batch, 0, batch.count);
  }

  forward(batch: Batch): void {
    this.gather(batch, 0, batch.count);
    for (const [l, { O }] of this.layers.entries()) {
      this.listInputs(l, 0, batch.count);
      this.linearForward(l, batch, 0, batch.count, 0, O);
    }
  }

  gather(batch: Batch, begin: number, end: number): void {
    const { x, I } = this.layers[0]!;
    for (let i = begin; i < end; i++) {
      gatherRow(x.subarray(i * I, (i + 1) * I), batch.data.dataset, batch.order.rows[batch.first + i]!);
    }
  }

  listInputs(layer: number, begin: number, end: number): void {
    if (layer === 0) return;
    const { x, I } = this.layers[layer]!;
    reluForward(x, this.layers[layer - 1]!.z, begin * I, end * I);
  }

  linearForward(layer: number, _batch: Batch, begin: number, end: number, from: number, to: number): void {
    const { x, z, w, b, I, O } = this.layers[layer]!;
    linearForward(z, x, w, b, I, O, begin, end, from, to);
  }

  crossEntropy(batch: Batch, begin: number, end: number): void {
    const { z, dz, O } = this.last;
    const total = this.weightSum(batch) || 1; // weights that are all 0 make gradients of 0
    for (let i = begin; i < end; i++) {
      const label = batch.data.dataset.labels[batch.order.rows[batch.first + i]!]!;
      const weight = weightOf(batch, i);
      const row = z.subarray(i * O, (i + 1) * O);
      const lse = logSumExp(z, O, i);
      this.rowLosses[i] = weight * (lse - row[label]!);
      this.hits[i] = bestClass(row) === label ? 1 : 0;
      for (let j = 0; j < O; j++) {
        dz[i * O + j] = (weight * (Math.exp(row[j]! - lse) - (j === label ? 1 : 0))) / total;
      }
    }
  }

  linearBackwardInput(layer: number, begin: number, end: number): void {
    const { dz, w, I, O } = this.layers[layer]!;
    const below = this.layers[layer - 1]!;
    linearBackwardInput(below.dz, dz, w, I, O, begin, end);
    reluBackward(below.dz, below.z, begin * I, end * I);
  }

  linearBackwardWeights(layer: number, { count }: Batch): void {
    const { x, dz, dw, db, I, O } = this.layers[layer]!;
    linearBackwardWeights(dw, x, dz, count, I, O, 0, I);
    linearBackwardBias(db, dz, count, O);
  }

  linearUpdate(
    layer: number,
    { count }: Batch,
    update: SgdUpdate,
    begin: number,
    end: number,
    from: number,
    to: number,
  ): void {
    const { x, dz, w, dw, vw, b, db, vb, I, O } = this.layers[layer]!;
    linearBackwardWeights(dw, x, dz, count, I, O, begin, end);
    for (let k = begin; k < end; k++) sgd(w, dw, vw, update, k * O + from, k * O + to);
    if (begin !== 0) return;
    linearBackwardBias(db, dz, count, O);
    sgd(b, db, vb, update, from, to);
  }

  lossSum(count: number): number {
    return this.rowLosses.subarray(0, count).reduce((sum, loss) => sum + loss, 0);
  }

  losses(count: number): Float64Array {
    return this.rowLosses.subarray(0, count);
  }

  weightSum(batch: Batch): number {
    let sum = 0;
    for (let i = 0; i < batch.count; i++) sum += weightOf(batch, i);
    return sum;
  }

  hitSum(count: number): number {
    return this.hits.subarray(0, count).reduce((sum, hit) => sum + hit, 0);
  }

  predictions(count: number): Uint32Array {
    const { z, O } = this.last;
    return Uint32Array.from({ length: count }, (_, i) => bestClass(z.subarray(i * O, (i + 1) * O)));
  }

  probabilities(count: number): Float64Array {
    const { z, O } = this.last;
    return Float64Array.from({ length: count * O }, (_, e) =>
      Math.exp(z[e]! - logSumExp(z, O, Math.floor(e / O))),
    );
  }

  logits(count: number): Float64Array {
    return this.last.z.slice(0, count * this.last.O);
  }

  setParameters(layer: number, { weight, bias }: LayerParameters): void {
    const { w, b, vw, vb, I, O } = this.layers[layer]!;
    for (let k = 0; k < I; k++) for (let j = 0; j < O; j++) w[k * O + j] = weight[j * I + k]!;
    b.set(bias);
    vw.fill(0);
    vb.fill(0);
  }

  parameters(layer: number): LayerParameters {
    const { w, b, I, O } = this.layers[layer]!;
    return { weight: transposed(w, I, O), bias: Float32Array.from(b) };
  }

  gradients(layer: number): LayerParameters {
    const { dw, db, I, O } = this.layers[layer]!;
    return { weight: transposed(dw, I, O), bias: Float32Array.from(db) };
  }

  finite(): boolean {
    return this.layers.every(({ w, b }) => w.every(Number.isFinite) && b.every(Number.isFinite));
  }
}

/** The weight of row i of the batch. */
function weightOf({ weights, order, first }: Batch, i: number): number {
  return weights === null ? 1 : weights.values[order.rows[first + i]!]!;
}

function gatherRow(x: Float64Array, data: Dataset, row: number): void {
  const { dense, denseWidth, scale, codes, codeWidth } = data;
  x.fill(0);
  for (let k = 0; k < denseWidth; k++) x[k] = dense[row * denseWidth + k]! * scale;
  for (let c = 0; c < codeWidth; c++) {
    const code = codes[row * codeWidth + c]!;
    if (code !== NO_INPUT) x[code] = 1;
  }
}

/** (I, O) row-major float64 to (O, I) row-major float32. */
function transposed(w: Float64Array, I: number, O: number): Float32Array {
  return Float32Array.from({ length: I * O }, (_, e) => w[(e % I) * O + Math.floor(e / I)]!);
}

class ReferenceData implements BackendData {
  dataset: Dataset;

  constructor(dataset: Dataset) {
    this.dataset = dataset;
  }

  replace(dataset: Dataset): void {
    this.dataset = dataset;
  }
}

/** The backend that defines what all others compute. */
export function createReferenceBackend(): Backend {
  return {
    name: "reference",
    createData: (dataset: Dataset): BackendData => new ReferenceData(dataset),
    createOrder: (rows: Uint32Array): RowOrder => ({ rows: rows.slice() }),
    createWeights: (values: Float32Array): RowWeights => ({ values: values.slice() }),
    createNetwork: (spec: NetworkSpec) => new ReferenceNetwork(spec),
    close: () => {},
  };
}
