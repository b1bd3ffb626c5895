/**
 * @file The training loop: epochs of mini-batch SGD as an async generator of events. It prints nothing and writes
 * no file; whoever iterates does. Equal data, settings and initial weights give equal events (but for seconds).
 */
import type {
  Backend,
  BackendData,
  Batch,
  LayerParameters,
  RowOrder,
  RowWeights,
} from "../backend/backend.ts";
import { checkDataset, checkOrder, checkWeights } from "../backend/checks.ts";
import type { Dataset, Subset } from "../data/dataset.ts";
import { DataError } from "../errors.ts";
import type { EpochEvent, Score, TrainEvent } from "../log/events.ts";
import { countParameters, Network } from "../model/network.ts";
import { createRng } from "../tensor/rng.ts";
import { Pacer } from "./pause.ts";
import { Stepper, type StepSettings } from "./stepper.ts";

/** Rows of a forward pass when batches are smaller: enough for the kernels to run at full speed. */
const MIN_CAPACITY = 128;

export interface TrainSettings extends StepSettings {
  /** 0 scores the initial model and stops */
  readonly epochs: number;
  /** a new order of rows each epoch, from the seed and the epoch's number; otherwise file order */
  readonly shuffle: boolean;
  readonly seed: number;
}

export interface TrainSets {
  readonly train: Subset;
  readonly validation: Subset | null;
  readonly test: Subset | null;
}

/** The weights to keep: of the epoch with the lowest validation loss, or of the last one without validation. */
export interface BestModel {
  /** 1-based; 0 is the initial model */
  readonly epoch: number;
  readonly layers: readonly LayerParameters[];
  readonly train: Score | null;
  readonly validation: Score | null;
}

/** A subset in the backend's memory, with the one batch object that walks over it. */
interface LoadedSubset {
  readonly name: keyof TrainSets;
  readonly subset: Subset;
  readonly order: RowOrder;
  readonly batch: Batch;
}

/** One training run: `run` once, then `best` and `scoreTest`. */
export class Trainer {
  /** null until training has something to keep; unchanged by an epoch that diverges */
  best: BestModel | null = null;
  private readonly backend: Backend;
  private readonly network: Network;
  private readonly settings: TrainSettings;
  private readonly stepper: Stepper;
  private readonly initial: readonly LayerParameters[];
  private readonly loaded = new Map<Dataset, BackendData>();
  private readonly loadedWeights = new Map<Float32Array, RowWeights>();
  private readonly train: LoadedSubset;
  private readonly validation: LoadedSubset | null;
  private readonly test: LoadedSubset | null;
  private readonly pacer = new Pacer();
  private stopping = false;

  /**
   * Takes all memory that training and scoring need. `sizes`: layer widths; `initial` makes one entry per layer, and
   * is called after there is memory for them. Throws SystemError when there is not.
   */
  constructor(
    backend: Backend,
    { train, validation, test }: TrainSets,
    settings: TrainSettings,
    sizes: readonly number[],
    initial: () => readonly LayerParameters[],
  ) {
    this.backend = backend;
    this.settings = settings;
    const largest = Math.max(train.rows.length, validation?.rows.length ?? 0, test?.rows.length ?? 0);
    const capacity = Math.min(Math.max(settings.batchSize, MIN_CAPACITY), largest);
    this.network = new Network(backend, { sizes, capacity, training: true, momentum: settings.momentum > 0 });
    this.train = this.load("train", train);
    this.stepper = new Stepper(this.network, this.train.batch, train.rows.length, settings);
    this.validation = validation && this.load("validation", validation);
    this.test = test && this.load("test", test);
    this.initial = initial();
    this.network.setParameters(this.initial);
  }

  private load(name: keyof TrainSets, subset: Subset): LoadedSubset {
    let data = this.loaded.get(subset.data);
    if (data === undefined) {
      checkDataset(subset.data, this.network.sizes);
      data = this.backend.createData(subset.data);
      this.loaded.set(subset.data, data);
    }
    checkOrder(subset.rows, subset.data);
    const order = this.backend.createOrder(subset.rows);
    const weights = subset.weights && this.loadWeights(subset.weights, subset.data);
    return { name, subset, order, batch: { data, order, weights, first: 0, count: 0 } };
  }

  private loadWeights(values: Float32Array, data: Dataset): RowWeights {
    let weights = this.loadedWeights.get(values);
    if (weights === undefined) {
      checkWeights(values, data);
      weights = this.backend.createWeights(values);
      this.loadedWeights.set(values, weights);
    }
    return weights;
  }

  /** Threads that work on a step. */
  get threads(): number {
    return this.network.threads;
  }

  /** Training ends after the steps that it is in, with an "interrupted" event. */
  stop(): void {
    this.stopping = true;
  }

  /**
   * Trains to the end, to the first loss or weight that is not finite, or until `stop`. Iterate once.
   * Throws DataError when a validation row's loss is not finite though the model works on training rows.
   */
  async *run(): AsyncGenerator<TrainEvent, void, void> {
    const started = performance.now();
    yield this.startEvent();
    if (this.settings.epochs === 0) this.best = await this.initialModel();
    for (let epoch = 1; epoch <= this.settings.epochs; epoch++) {
      const isEnd = yield* this.epoch(epoch);
      if (isEnd) return;
    }
    const seconds = (performance.now() - started) / 1000;
    yield { type: "end", bestEpoch: this.best?.epoch ?? 0, step: this.stepper.steps, seconds };
  }

  private startEvent(): TrainEvent {
    const { epochs, batchSize, seed } = this.settings;
    const trainRows = this.train.subset.rows.length;
    return {
      type: "start",
      sizes: this.network.sizes,
      parameters: countParameters(this.network.sizes),
      trainRows,
      validationRows: this.validation?.subset.rows.length ?? 0,
      testRows: this.test?.subset.rows.length ?? 0,
      epochs,
      batchSize,
      stepsPerEpoch: this.stepper.batchesOfEpoch,
      seed,
      threads: this.network.threads,
      kernels: this.backend.name,
    };
  }

  private async initialModel(): Promise<BestModel> {
    const validation = this.validation && (await this.score(this.validation));
    return { epoch: 0, layers: this.initial, train: null, validation };
  }

  /** One epoch and its validation; true if training ended in it. */
  private async *epoch(epoch: number): AsyncGenerator<TrainEvent, boolean, void> {
    const { subset, order } = this.train;
    order.rows.set(subset.rows);
    const started = performance.now();
    if (this.settings.shuffle) createRng(this.settings.seed, `shuffle:${epoch}`).shuffleInPlace(order.rows);
    const train = yield* this.steppedRows(epoch, started);
    if (train === null) return true;
    const seconds = (performance.now() - started) / 1000;
    const loss = this.stepper.lossAfterUpdate();
    if (!this.network.finite() || !Number.isFinite(loss)) {
      yield this.diverged(epoch, loss);
      return true;
    }
    const validation = this.validation && (await this.score(this.validation));
    yield this.keepIfBest({
      type: "epoch",
      epoch,
      step: this.stepper.steps,
      train,
      validation,
      learningRate: this.stepper.learningRate(epoch, 0),
      seconds,
      rowsPerSecond: subset.rows.length / seconds,
      best: false,
    });
    return false;
  }

  /** All steps of an epoch; its score, or null if training ended in it. */
  private async *steppedRows(epoch: number, started: number): AsyncGenerator<TrainEvent, Score | null, void> {
    const { stepper } = this;
    stepper.begin(epoch);
    while (!stepper.isEpochDone) {
      if (this.stopping) {
        yield { type: "interrupted", epoch, step: stepper.steps };
        return null;
      }
      if (!stepper.advance()) {
        yield this.diverged(epoch, stepper.loss);
        return null;
      }
      if (this.pacer.due()) {
        const { steps: step, rows, score: train } = stepper;
        const epochRows = this.train.order.rows.length;
        const seconds = (performance.now() - started) / 1000;
        yield { type: "progress", epoch, step, rows, epochRows, train, seconds };
        await this.pacer.pause();
      }
    }
    return stepper.score;
  }

  private diverged(epoch: number, loss: number): TrainEvent {
    const { steps: step, batches: batch } = this.stepper;
    return { type: "diverged", epoch, step, batch, loss };
  }

  private keepIfBest(event: EpochEvent): EpochEvent {
    const { epoch, train, validation } = event;
    const lowest = this.best?.validation?.loss ?? Number.POSITIVE_INFINITY;
    const best = validation === null || validation.loss < lowest;
    if (best) this.best = { epoch, layers: this.network.parameters(), train, validation };
    return { ...event, best };
  }

  /**
   * Loss and accuracy of the best model on the test rows; null if there are none. Training cannot go on afterwards.
   * Throws DataError when a test row's loss is not finite.
   */
  async scoreTest(): Promise<Score | null> {
    if (this.best === null) throw new Error("internal: there is no model to score");
    if (this.test === null) return null;
    this.network.setParameters(this.best.layers);
    return await this.score(this.test);
  }

  private async score({ name, batch, order }: LoadedSubset): Promise<Score> {
    const rows = order.rows.length;
    let loss = 0;
    let weights = 0;
    let hits = 0;
    for (let first = 0; first < rows; first += this.network.capacity) {
      batch.first = first;
      batch.count = Math.min(this.network.capacity, rows - first);
      this.network.score(batch);
      loss += this.network.lossSum(batch.count);
      weights += this.network.weightSum(batch);
      hits += this.network.hitSum(batch.count);
      if (this.pacer.due()) await this.pacer.pause();
    }
    if (Number.isFinite(loss)) return { loss: loss / weights, accuracy: hits / rows };
    throw new DataError(
      "NOT_FINITE",
      `the loss on the ${name} rows is not finite, though the weights are: some values in them are too far from those of the training rows; nnt inspect FILE shows the range of each column`,
    );
  }
}
