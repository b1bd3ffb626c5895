/**
 * @file The network FC-ReLU-…-FC-softmax as a program over a backend: which operation follows which, in a training
 * step and in a forward pass. The operations themselves are the backend's; batches, epochs and scores are train's.
 */
import type { Backend, BackendNetwork, Batch, LayerParameters, SgdUpdate } from "../backend/backend.ts";

/** Weights plus biases of all layers. */
export function countParameters(sizes: readonly number[]): number {
  return sizes.slice(1).reduce((sum, outputs, l) => sum + outputs * (sizes[l]! + 1), 0);
}

export class Network {
  readonly sizes: readonly number[];
  /** the most rows of a batch */
  readonly capacity: number;
  private readonly kernels: BackendNetwork;
  private readonly layerCount: number;

  /** `training: false` makes a network that can only run forward, in less memory. */
  constructor(backend: Backend, sizes: readonly number[], capacity: number, training: boolean) {
    if (sizes.length < 2) throw new Error(`internal: a network needs at least 2 sizes, got ${sizes.length}`);
    this.sizes = sizes;
    this.capacity = capacity;
    this.layerCount = sizes.length - 1;
    this.kernels = backend.createNetwork({ sizes, capacity, training });
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

  /** Forward, loss, backward and update on one batch of at most `capacity` rows. Then see lossSum and hitSum. */
  step(batch: Batch, update: SgdUpdate): void {
    this.forwardBackwardRows(batch, 0, batch.count);
    for (let l = 0; l < this.layerCount; l++) this.updateRows(l, batch.count, update, 0, this.sizes[l]!);
  }

  /** Phase 1 of a step, batch rows [begin, end): all layers forward, loss, and back to every dZ. */
  private forwardBackwardRows(batch: Batch, begin: number, end: number): void {
    this.forwardRows(batch, begin, end);
    this.kernels.crossEntropy(batch, begin, end);
    for (let l = this.layerCount - 1; l > 0; l--) this.kernels.linearBackwardInput(l, begin, end);
  }

  /** Phase 2 of a step, rows [begin, end) of layer l's weights: gradient over `count` batch rows, then update. */
  private updateRows(l: number, count: number, update: SgdUpdate, begin: number, end: number): void {
    this.kernels.linearUpdate(l, count, update, begin, end);
  }

  private forwardRows(batch: Batch, begin: number, end: number): void {
    this.kernels.gather(batch, begin, end);
    for (let l = 0; l < this.layerCount; l++) this.kernels.linearForward(l, begin, end);
  }

  /** Forward and loss on one batch with labels. Then see lossSum, hitSum and probabilities. */
  score(batch: Batch): void {
    this.forwardRows(batch, 0, batch.count);
    this.kernels.crossEntropy(batch, 0, batch.count);
  }

  /** Forward on one batch; labels are not needed. Then see probabilities. */
  forward(batch: Batch): void {
    this.forwardRows(batch, 0, batch.count);
  }

  /** Of the last batch of `count` rows: sum of the rows' losses, in nats. */
  lossSum(count: number): number {
    return this.kernels.lossSum(count);
  }

  /** Of the last batch of `count` rows: how many were classified right. */
  hitSum(count: number): number {
    return this.kernels.hitSum(count);
  }

  /** Of the last batch: (count, classes) row-major probabilities; a view that the next call overwrites. */
  probabilities(count: number): ArrayLike<number> {
    return this.kernels.probabilities(count);
  }
}
