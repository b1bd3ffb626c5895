/**
 * @file The network FC-ReLU-…-FC-softmax as training and prediction see it: parameters in PyTorch's layout, and whole
 * passes over a batch. How a pass runs is the backend's; batches, epochs and scores are train's.
 */
import type {
  Backend,
  BackendNetwork,
  Batch,
  LayerParameters,
  NetworkSpec,
  SgdRule,
  StepSums,
} from "../backend/backend.ts";

/** Weights plus biases of all layers. */
export function countParameters(sizes: readonly number[]): number {
  return sizes.slice(1).reduce((sum, outputs, l) => sum + outputs * (sizes[l]! + 1), 0);
}

/** A network in a backend's memory. */
export class Network {
  readonly sizes: readonly number[];
  /** the most rows of a batch */
  readonly capacity: number;
  private readonly kernels: BackendNetwork;
  private readonly layerCount: number;

  /** Takes the network's memory; all parameters are 0. Throws SystemError when memory does not suffice. */
  constructor(backend: Backend, spec: NetworkSpec) {
    const { sizes, capacity } = spec;
    if (sizes.length < 2) throw new Error(`internal: a network needs at least 2 sizes, got ${sizes.length}`);
    this.sizes = sizes;
    this.capacity = capacity;
    this.layerCount = sizes.length - 1;
    this.kernels = backend.createNetwork(spec);
  }

  /** Sets all weights and biases and forgets the optimiser's velocity. */
  setParameters(layers: readonly LayerParameters[]): void {
    for (let l = 0; l < this.layerCount; l++) {
      const layer = layers[l];
      const [inputs, outputs] = [this.sizes[l]!, this.sizes[l + 1]!];
      if (layer?.weight.length !== inputs * outputs || layer.bias.length !== outputs) {
        throw new Error(`internal: layer ${l} is not a (${outputs}, ${inputs}) weight and (${outputs}) bias`);
      }
      this.kernels.setParameters(l, layer);
    }
  }

  /** Copies of all weights and biases, in PyTorch's layout. */
  parameters(): LayerParameters[] {
    return Array.from({ length: this.layerCount }, (_, l) => this.kernels.parameters(l));
  }

  /** True if all weights and biases are finite. */
  finite(): boolean {
    return this.kernels.finite();
  }

  /**
   * Forward, loss, backward and update on the batch's rows, at most `capacity` at a time, with learningRates[s] in step s;
   * without an update where such rows weigh nothing. The result is overwritten by the next call.
   */
  steps(batch: Batch, batchSize: number, rule: SgdRule, learningRates: Float64Array): StepSums {
    return this.kernels.steps(batch, batchSize, rule, learningRates);
  }

  /** Forward and loss on one batch with labels. Then see lossSum, hitSum and probabilities. */
  score(batch: Batch): void {
    this.kernels.score(batch);
  }

  /** Forward on one batch; labels are not needed. Then see probabilities. */
  forward(batch: Batch): void {
    this.kernels.forward(batch);
  }

  /** Threads that work on a step. */
  get threads(): number {
    return this.kernels.threads;
  }

  /** Of the last batch of `count` rows: sum of the rows' losses, each times its row's weight, in nats. */
  lossSum(count: number): number {
    return this.kernels.lossSum(count);
  }

  /** (count) the same losses, row by row; a view that the next call overwrites. */
  losses(count: number): Float64Array {
    return this.kernels.losses(count);
  }

  /** Sum of the weights of a batch's rows: its count where it has none. */
  weightSum(batch: Batch): number {
    return this.kernels.weightSum(batch);
  }

  /** Of the last batch of `count` rows: how many were classified right. */
  hitSum(count: number): number {
    return this.kernels.hitSum(count);
  }

  /** Of the last batch: the predicted class of each row, or NO_CLASS; a view that the next call overwrites. */
  predictions(count: number): Uint32Array {
    return this.kernels.predictions(count);
  }

  /** Of the last batch: (count, classes) row-major probabilities; a view that the next call overwrites. */
  probabilities(count: number): ArrayLike<number> {
    return this.kernels.probabilities(count);
  }
}
