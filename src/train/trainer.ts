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
  SgdUpdate,
} from "../backend/backend.ts";
import type { Dataset, Subset } from "../data/dataset.ts";
import type { EpochEvent, Score, TrainEvent } from "../log/events.ts";
import { countParameters, Network } from "../model/network.ts";
import { createRng } from "../tensor/rng.ts";
import { Pacer } from "./pause.ts";

/** Rows of a forward pass when batches are smaller: enough for the kernels to run at full speed. */
const MIN_CAPACITY = 128;

export interface TrainSettings extends SgdUpdate {
  /** 0 scores the initial model and stops */
  readonly epochs: number;
  readonly batchSize: number;
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
  readonly subset: Subset;
  readonly order: RowOrder;
  readonly batch: Batch;
}

export class Trainer {
  /** null until training has something to keep; unchanged by an epoch that diverges */
  best: BestModel | null = null;
  private readonly backend: Backend;
  private readonly network: Network;
  private readonly sets: TrainSets;
  private readonly settings: TrainSettings;
  private readonly initial: readonly LayerParameters[];
  private readonly loaded = new Map<Dataset, BackendData>();
  private readonly train: LoadedSubset;
  private readonly validation: LoadedSubset | null;
  private readonly pacer = new Pacer();
  private steps = 0;

  /** `initial`: one entry per layer; its shapes with the data's inputs give the network's sizes. */
  constructor(
    backend: Backend,
    sets: TrainSets,
    settings: TrainSettings,
    sizes: readonly number[],
    initial: readonly LayerParameters[],
  ) {
    this.backend = backend;
    this.sets = sets;
    this.settings = settings;
    this.initial = initial;
    const largest = Math.max(sets.train.rows.length, sets.validation?.rows.length ?? 0);
    const capacity = Math.min(Math.max(settings.batchSize, MIN_CAPACITY), largest);
    this.train = this.load(sets.train);
    this.validation = sets.validation && this.load(sets.validation);
    this.network = new Network(backend, sizes, capacity, true);
    this.network.setParameters(initial);
  }

  private load(subset: Subset): LoadedSubset {
    let data = this.loaded.get(subset.data);
    if (data === undefined) {
      data = this.backend.createData(subset.data);
      this.loaded.set(subset.data, data);
    }
    const order = this.backend.createOrder(subset.rows);
    return { subset, order, batch: { data, order, first: 0, count: 0 } };
  }

  /** Trains to the end, or to the first loss that is not finite. Iterate once. */
  async *run(): AsyncGenerator<TrainEvent, void, void> {
    const started = performance.now();
    yield this.startEvent();
    if (this.settings.epochs === 0) this.best = await this.initialModel();
    for (let epoch = 1; epoch <= this.settings.epochs; epoch++) {
      const diverged = yield* this.epoch(epoch);
      if (diverged) return;
    }
    const seconds = (performance.now() - started) / 1000;
    yield { type: "end", bestEpoch: this.best?.epoch ?? 0, step: this.steps, seconds };
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
      testRows: this.sets.test?.rows.length ?? 0,
      epochs,
      batchSize,
      stepsPerEpoch: Math.ceil(trainRows / batchSize),
      seed,
      threads: 1,
      kernels: this.backend.name,
    };
  }

  private async initialModel(): Promise<BestModel> {
    const validation = this.validation && (await this.scoreLoaded(this.validation));
    return { epoch: 0, layers: this.initial, train: null, validation };
  }

  /** One epoch and its validation; true if it diverged. */
  private async *epoch(epoch: number): AsyncGenerator<TrainEvent, boolean, void> {
    const { subset, order } = this.train;
    order.rows.set(subset.rows);
    const started = performance.now();
    if (this.settings.shuffle) createRng(this.settings.seed, `shuffle:${epoch}`).shuffleInPlace(order.rows);
    const train = yield* this.steppedRows(epoch, started);
    if (train === null) return true;
    const seconds = (performance.now() - started) / 1000;
    const validation = this.validation && (await this.scoreLoaded(this.validation));
    const loss = validation?.loss ?? this.lossAfterUpdate();
    if (!this.network.finite() || !Number.isFinite(loss)) {
      const batch = Math.ceil(subset.rows.length / this.settings.batchSize);
      yield { type: "diverged", epoch, step: this.steps, batch, loss };
      return true;
    }
    yield this.keepIfBest({
      type: "epoch",
      epoch,
      step: this.steps,
      train,
      validation,
      learningRate: this.settings.learningRate,
      seconds,
      rowsPerSecond: subset.rows.length / seconds,
      best: false,
    });
    return false;
  }

  /** All steps of an epoch; its score, or null after a loss that is not finite. */
  private async *steppedRows(epoch: number, started: number): AsyncGenerator<TrainEvent, Score | null, void> {
    const { batch, order } = this.train;
    const epochRows = order.rows.length;
    let loss = 0;
    let hits = 0;
    for (let first = 0; first < epochRows; first += this.settings.batchSize) {
      batch.first = first;
      batch.count = Math.min(this.settings.batchSize, epochRows - first);
      this.network.step(batch, this.settings);
      this.steps++;
      loss += this.network.lossSum(batch.count);
      hits += this.network.hitSum(batch.count);
      if (!Number.isFinite(loss)) {
        const number = first / this.settings.batchSize + 1;
        yield { type: "diverged", epoch, step: this.steps, batch: number, loss };
        return null;
      }
      if (this.pacer.due()) {
        const rows = first + batch.count;
        const train = { loss: loss / rows, accuracy: hits / rows };
        const seconds = (performance.now() - started) / 1000;
        yield { type: "progress", epoch, step: this.steps, rows, epochRows, train, seconds };
        await this.pacer.pause();
      }
    }
    return { loss: loss / epochRows, accuracy: hits / epochRows };
  }

  /**
   * Without validation nothing has looked at the weights since the last update, which may have thrown them so far
   * that every loss is infinite: the loss of the last batch once more.
   */
  private lossAfterUpdate(): number {
    const { batch } = this.train;
    this.network.score(batch);
    return this.network.lossSum(batch.count) / batch.count;
  }

  private keepIfBest(event: EpochEvent): EpochEvent {
    const { epoch, train, validation } = event;
    const lowest = this.best?.validation?.loss ?? Number.POSITIVE_INFINITY;
    const best = validation === null || validation.loss < lowest;
    if (best) this.best = { epoch, layers: this.network.parameters(), train, validation };
    return { ...event, best };
  }

  /** Loss and accuracy of the best model on other rows. Training cannot go on afterwards. */
  async scoreBest(subset: Subset): Promise<Score> {
    if (this.best === null) throw new Error("internal: there is no model to score");
    this.network.setParameters(this.best.layers);
    return await this.scoreLoaded(this.load(subset));
  }

  private async scoreLoaded({ batch, order }: LoadedSubset): Promise<Score> {
    const rows = order.rows.length;
    let loss = 0;
    let hits = 0;
    for (let first = 0; first < rows; first += this.network.capacity) {
      batch.first = first;
      batch.count = Math.min(this.network.capacity, rows - first);
      this.network.score(batch);
      loss += this.network.lossSum(batch.count);
      hits += this.network.hitSum(batch.count);
      if (this.pacer.due()) await this.pacer.pause();
    }
    return { loss: loss / rows, accuracy: hits / rows };
  }
}
