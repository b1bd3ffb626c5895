/**
 * @file What training tells the world: plain values, yielded by the training loop and consumed by sinks (files)
 * and by the terminal. Types only. Losses are means over rows in nats; accuracies are fractions 0 … 1; times are
 * seconds. Nothing here holds a time stamp, so equal runs give equal events but for their `seconds`.
 */

/** Loss and accuracy over the rows of one set. */
export interface Score {
  /** mean cross-entropy over rows, in nats; where training and validation rows have weights, the weighted mean */
  readonly loss: number;
  /** fraction of rows whose most probable class is their label */
  readonly accuracy: number;
}

/** Once, before the first step. */
export interface StartEvent {
  readonly type: "start";
  /** layer widths, input first: [784, 128, 10] */
  readonly sizes: readonly number[];
  readonly parameters: number;
  readonly trainRows: number;
  readonly validationRows: number;
  readonly testRows: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** batches of an epoch; those whose rows all weigh 0 make no step */
  readonly stepsPerEpoch: number;
  readonly seed: number;
  readonly threads: number;
  /** the kernels in use, e.g. "wasm-simd" */
  readonly kernels: string;
}

/** Every 50 ms or so while an epoch runs; for progress only, not logged. */
export interface ProgressEvent {
  readonly type: "progress";
  /** 1-based */
  readonly epoch: number;
  /** steps done since the start of training */
  readonly step: number;
  /** rows seen in this epoch so far, of `epochRows` */
  readonly rows: number;
  readonly epochRows: number;
  /** over the rows of this epoch seen so far */
  readonly train: Score;
  /** since the start of this epoch */
  readonly seconds: number;
}

/** After each epoch and its validation: one row of log.csv. */
export interface EpochEvent {
  readonly type: "epoch";
  /** 1-based */
  readonly epoch: number;
  /** steps done since the start of training */
  readonly step: number;
  /** mean over rows (by their weights, if they have any) of each row's loss at the time its batch was seen */
  readonly train: Score;
  /** null when there are no validation rows */
  readonly validation: Score | null;
  /** of this epoch's first step; train.schedule says how it goes on */
  readonly learningRate: number;
  /** of this epoch's training alone, without validation */
  readonly seconds: number;
  readonly rowsPerSecond: number;
  /** true when this epoch's weights are the best so far and were kept */
  readonly best: boolean;
}

/** A batch's loss, or a weight, was not finite; training stopped. */
export interface DivergedEvent {
  readonly type: "diverged";
  readonly epoch: number;
  /** 1-based step since the start of training after or in which that was so */
  readonly step: number;
  /** 1-based batch in the epoch */
  readonly batch: number;
  /** of that batch; finite if it was a weight that was not */
  readonly loss: number;
}

/** Somebody asked training to stop; it did, after the step it was in. */
export interface InterruptedEvent {
  readonly type: "interrupted";
  readonly epoch: number;
  readonly step: number;
}

/** Once, at the end of training: which epoch's weights are kept. */
export interface EndEvent {
  readonly type: "end";
  /** 0 is the initial model */
  readonly bestEpoch: number;
  readonly step: number;
  /** of training and validation together */
  readonly seconds: number;
}

/** How training ends: one of these is the last event. */
export type FinalEvent = DivergedEvent | InterruptedEvent | EndEvent;
export type TrainEvent = StartEvent | ProgressEvent | EpochEvent | FinalEvent;
