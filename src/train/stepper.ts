/**
 * @file Works through the training batches of an epoch, several in a call of the backend, and adds up what they give.
 * When to stop, and what to tell whom, is the trainer's.
 */
import { type Batch, type SgdRule, stepsOfACall } from "../backend/backend.ts";
import type { Score } from "../log/events.ts";
import type { Network } from "../model/network.ts";
import { learningRateAt, type Schedule } from "./schedule.ts";

export interface StepSettings extends SgdRule {
  /** of the first step */
  readonly learningRate: number;
  /** of the learning rate, from `learningRate` at the first step */
  readonly schedule: Schedule;
  readonly epochs: number;
  readonly batchSize: number;
}

/** The steps of one training run. */
export class Stepper {
  /** updates so far, in all epochs */
  steps = 0;
  /** rows and batches of the present epoch that it has worked through */
  rows = 0;
  batches = 0;
  /** sum of the losses of these rows, each times its row's weight */
  loss = 0;
  private epoch = 0;
  private weights = 0;
  private hits = 0;
  private readonly network: Network;
  private readonly batch: Batch;
  private readonly settings: StepSettings;
  private readonly epochRows: number;
  /** of the steps of a call */
  private readonly learningRates: Float64Array;

  /** `batch` is its own, over the order of so many rows an epoch. */
  constructor(network: Network, batch: Batch, epochRows: number, settings: StepSettings) {
    this.network = network;
    this.batch = batch;
    this.epochRows = epochRows;
    this.settings = settings;
    const steps = stepsOfACall(network.sizes, settings.batchSize);
    this.learningRates = new Float64Array(Math.min(steps, this.batchesOfEpoch));
  }

  get batchesOfEpoch(): number {
    return Math.ceil(this.epochRows / this.settings.batchSize);
  }

  get isEpochDone(): boolean {
    return this.rows === this.epochRows;
  }

  /** Starts an epoch (from 1). */
  begin(epoch: number): void {
    this.epoch = epoch;
    this.rows = 0;
    this.batches = 0;
    this.loss = 0;
    this.weights = 0;
    this.hits = 0;
  }

  /** Works through the next batches. False, and at the batch in question, when the sum of losses is no longer finite. */
  advance(): boolean {
    const { batch, learningRates, epochRows } = this;
    const { batchSize } = this.settings;
    batch.first = this.rows;
    batch.count = Math.min(learningRates.length * batchSize, epochRows - this.rows);
    for (let step = 0; step < learningRates.length; step++) {
      learningRates[step] = this.learningRate(this.epoch, this.batches + step);
    }
    const { losses, weights, hits } = this.network.steps(batch, batchSize, this.settings, learningRates);
    const end = this.rows + batch.count;
    for (let step = 0; this.rows < end; step++) {
      this.rows = Math.min(this.rows + batchSize, end);
      this.batches++;
      this.loss += losses[step]!;
      this.weights += weights[step]!;
      this.hits += hits[step]!;
      if (weights[step]! > 0) this.steps++;
      if (!Number.isFinite(this.loss)) return false;
    }
    return true;
  }

  /** Of the rows of the epoch so far, each before its step: NaN or infinite where `advance` said so. */
  get score(): Score {
    return {
      loss: this.weights > 0 ? this.loss / this.weights : this.loss,
      accuracy: this.hits / this.rows,
    };
  }

  /** Of a batch (from 0) of an epoch (from 1), whether or not the rows of those before it weighed something. */
  learningRate(epoch: number, batch: number): number {
    const { schedule, learningRate, epochs } = this.settings;
    const { batchesOfEpoch } = this;
    return learningRateAt(
      schedule,
      learningRate,
      (epoch - 1) * batchesOfEpoch + batch,
      epochs * batchesOfEpoch,
    );
  }

  /**
   * Mean loss of the epoch's last batch once more. Nothing else has looked at the weights since the last update, which may
   * have thrown them so far that every loss is infinite.
   */
  lossAfterUpdate(): number {
    const { batch, network, epochRows } = this;
    batch.first = (this.batchesOfEpoch - 1) * this.settings.batchSize;
    batch.count = epochRows - batch.first;
    network.score(batch);
    return network.lossSum(batch.count) / (network.weightSum(batch) || 1);
  }
}
