/**
 * @file What a backend is: an implementation of the few operations that training an FC-ReLU-softmax network takes.
 * Backends do not check sizes or values (whoever creates a network or data does, once) and do not allocate after
 * creation. Buffers belong to the backend; callers hold handles and copy numbers in and out in PyTorch's layout, so
 * each backend is free in its own.
 *
 * Legend: m rows of the batch; layer l = 0 … L-1 maps I = sizes[l] inputs to O = sizes[l + 1] outputs;
 * Z_l = X_l W_l + 1 b_l are its (m, O) outputs before ReLU; X_0 is the batch, X_l = max(Z_{l-1}, 0); Z_{L-1} are
 * the logits. dA is the gradient of the batch's mean loss with respect to A: sum of w_i loss_i / sum of w_i, where w_i is
 * the weight of row i, 1 unless the batch has weights.
 *
 * Every operation takes a range of batch rows, inputs or outputs and writes nothing outside it, so that work can be
 * divided among threads without any sum over threads (wasm/assembly/step.ts).
 *
 * Every output element is one chain of additions: Z from the bias in ascending input, dX in ascending output, dW and
 * db in ascending batch row, losses in ascending batch row.
 */
import type { Dataset } from "../data/dataset.ts";

/** In predictions: the row's largest logit is infinite or not a number. */
export const NO_CLASS = 0xffffffff;

/** A data set in the backend's memory. */
export interface BackendData {
  readonly dataset: Dataset;
  /** Copies other rows of the same form, at most as many as the first ones; for data made with `isReplaced`. */
  replace(dataset: Dataset): void;
}

/** Row numbers of a data set in the backend's memory, written by the caller: the order of an epoch. */
export interface RowOrder {
  readonly rows: Uint32Array;
}

/** Weights of a data set's rows in the backend's memory: how much each counts in the mean loss of a batch. */
export interface RowWeights {
  /** (rows of the data set) finite and at least 0 */
  readonly values: Float32Array;
}

/** The rows order.rows[first … first + count) of `data`. One object is reused for all calls. */
export interface Batch {
  readonly data: BackendData;
  readonly order: RowOrder;
  /** null: every row weighs 1 */
  readonly weights: RowWeights | null;
  first: number;
  count: number;
}

/** Stochastic gradient descent as in torch.optim.SGD (dampening 0), but for its learning rate. */
export interface SgdRule {
  readonly momentum: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
}

/** One update. */
export interface SgdUpdate extends SgdRule {
  readonly learningRate: number;
}

/** The most steps of one call. */
export const MAX_STEPS = 1024;

/**
 * Multiply-adds of a forward pass, zeros included, after which a call of `steps` should return: some milliseconds, at
 * most some tens of them, in which nobody sees progress or can stop it.
 */
const WORK_OF_A_CALL = 2 ** 26;

/** How many steps on batches of `batchSize` rows one call of `steps` should take: 1 … MAX_STEPS. */
export function stepsOfACall(sizes: readonly number[], batchSize: number): number {
  const work = batchSize * sizes.slice(1).reduce((sum, outputs, l) => sum + outputs * sizes[l]!, 0);
  return Math.min(MAX_STEPS, Math.max(1, Math.floor(WORK_OF_A_CALL / work)));
}

/** Sums over the rows of each batch of a call of `steps`, from [0], in row order. */
export interface StepSums {
  /** of the losses before the update, each times its row's weight */
  readonly losses: Float64Array;
  readonly weights: Float64Array;
  /** rows whose label has the largest logit (the first one, if several are equal) */
  readonly hits: Uint32Array;
}

/** Weight and bias of one FC layer in PyTorch's layout. */
export interface LayerParameters {
  /** (O, I) row-major */
  readonly weight: Float32Array;
  /** (O) */
  readonly bias: Float32Array;
}

export interface NetworkSpec {
  /** layer widths, input first, classes last: at least two */
  readonly sizes: readonly number[];
  /** the most rows of a batch */
  readonly capacity: number;
  /** false leaves out gradients and velocity: forward operations only */
  readonly training: boolean;
  /** false leaves out the velocity: updates without momentum only */
  readonly momentum: boolean;
}

export interface Backend {
  /** as logged, e.g. "wasm-simd" */
  readonly name: string;
  /**
   * Copies the data set into the backend's memory. `isReplaced`: its rows will be replaced by others (BackendData.replace).
   * Throws SystemError when memory does not suffice.
   */
  createData(dataset: Dataset, isReplaced?: boolean): BackendData;
  /** Copies row numbers; `rows` of the result stays writable. */
  createOrder(rows: Uint32Array): RowOrder;
  /** Copies the weights of a data set's rows. */
  createWeights(values: Float32Array): RowWeights;
  /** Allocates a network with all parameters 0. Throws SystemError when memory does not suffice. */
  createNetwork(spec: NetworkSpec): BackendNetwork;
  /** Ends the backend's other threads; nothing of it is used any more. */
  close(): void;
}

/** One network: its parameters, the values of one batch, and the operations on them. */
export interface BackendNetwork {
  readonly spec: NetworkSpec;
  /** that work on a step, the calling one included; no result depends on it */
  readonly threads: number;

  // Whole passes of the operations below, by all threads
  /**
   * Forward, loss, backward and update of the batch's rows, `batchSize` at a time (the last ones may be fewer), at most
   * MAX_STEPS times, with learningRates[s] in step s. Where the weights of such rows sum to 0 there is no mean loss, hence
   * no gradient: no update then. The result is overwritten by the next call. Throws SystemError when a thread is lost.
   */
  steps(batch: Batch, batchSize: number, rule: SgdRule, learningRates: Float64Array): StepSums;
  /** Forward and loss. */
  score(batch: Batch): void;
  /** Forward. */
  forward(batch: Batch): void;

  // Operations on batch rows [begin, end)
  /** X_0 = the batch's rows. */
  gather(batch: Batch, begin: number, end: number): void;
  /** X_l = max(Z_{l-1}, 0), for l > 0; nothing for l = 0. */
  listInputs(layer: number, begin: number, end: number): void;
  /** Z_l = X_l W_l + 1 b_l, for outputs [from, to); from is a multiple of 32. */
  linearForward(layer: number, batch: Batch, begin: number, end: number, from: number, to: number): void;
  /**
   * Loss (times its weight) and hit of each row, and dZ_{L-1} = w_i (softmax(Z_{L-1}) - one-hot) / sum of w_i if the network
   * trains: the sum is that of the whole batch, m without weights.
   */
  crossEntropy(batch: Batch, begin: number, end: number): void;
  /** dZ_{l-1} = dZ_l W_l^T where Z_{l-1} >= 0, else 0 (the derivative of ReLU at 0 is 1). Needs l > 0. */
  linearBackwardInput(layer: number, begin: number, end: number): void;

  // Operations on weights
  /**
   * dW_l = X_l^T dZ_l for inputs [begin, end) and outputs [from, to), and at once one SGD update of these weights; when
   * begin is 0 also db_l = 1^T dZ_l and the update of b_l. from is a multiple of 32.
   */
  linearUpdate(
    layer: number,
    batch: Batch,
    update: SgdUpdate,
    begin: number,
    end: number,
    from: number,
    to: number,
  ): void;
  /** The gradients of a whole layer, without an update, for `gradients`. Writes, does not add. */
  linearBackwardWeights(layer: number, batch: Batch): void;

  // Results of a batch of `count` rows, for the caller
  /** sum of the rows' losses, each times its row's weight, added in row order */
  lossSum(count: number): number;
  /** (count) the same losses, row by row; a view that the next call overwrites */
  losses(count: number): Float64Array;
  /** sum of the weights of a batch's rows, added in row order: its count where it has none. Needs no pass before. */
  weightSum(batch: Batch): number;
  /** rows whose label has the largest logit (the first one, if several are equal) */
  hitSum(count: number): number;
  /**
   * (count) class of each row's largest logit, the first one if several are equal: what hitSum compares with labels;
   * NO_CLASS if the row has no probabilities. A view that the next call overwrites.
   */
  predictions(count: number): Uint32Array;
  /** (count, classes) row-major softmax of the logits; a view that the next call overwrites */
  probabilities(count: number): ArrayLike<number>;
  /** (count, classes) row-major copy */
  logits(count: number): Float32Array | Float64Array;

  /** Sets W_l and b_l and clears the layer's velocity. */
  setParameters(layer: number, parameters: LayerParameters): void;
  /** Copies of W_l and b_l, in float32. */
  parameters(layer: number): LayerParameters;
  /** Copies of dW_l and db_l as linearBackwardWeights wrote them, in float32. */
  gradients(layer: number): LayerParameters;
  /** True if all parameters are finite. */
  finite(): boolean;
}
