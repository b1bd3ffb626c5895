/**
 * @file What a pass works on, in the arena, where every thread reads it: class Task of assembly/structs.ts. Written by the
 * caller before each pass.
 */
import type { Batch, SgdRule, SgdUpdate } from "../backend.ts";
import type { Arena } from "./arena.ts";
import type { WasmData, WasmOrder, WasmWeights } from "./data.ts";

/** step: forward, loss, backward and update, batch after batch; score: forward and loss of one; forward: to the logits. */
export type Pass = "step" | "score" | "forward";

/** Their numbers in assembly/step.ts. */
const PASSES: Readonly<Record<Pass, number>> = { step: 0, score: 1, forward: 2 };

/** Words of the task. */
const NETWORK = 0;
const PASS = 1;
const THREADS = 2;
const DATA = 3;
const ORDER = 4;
const WEIGHTS = 5;
const COUNT = 6;
const BATCH_SIZE = 7;
const LEARNING_RATE = 8;
const MOMENTUM = 9;
const WEIGHT_DECAY = 10;
const NESTEROV = 11;
const WORDS = 12;

/** Address of the batch's row numbers. */
export function rowNumbersOf(batch: Batch): number {
  return (batch.order as WasmOrder).at + batch.first * 4;
}

/** Address of the weights of the data set's rows, or 0. */
export function weightsAt(batch: Batch): number {
  return batch.weights === null ? 0 : (batch.weights as WasmWeights).at;
}

/** The task of one network, filled again for every pass. */
export class Task {
  /** its address */
  readonly at: number;
  private readonly words: Uint32Array;
  private readonly floats: Float32Array;

  constructor(arena: Arena, network: number) {
    this.at = arena.take(WORDS * 4);
    this.words = arena.u32(this.at, WORDS);
    this.floats = arena.f32(this.at, WORDS);
    this.words[NETWORK] = network;
  }

  /** A pass by so many threads. */
  setPass(pass: Pass, threads: number): void {
    this.words[PASS] = PASSES[pass];
    this.words[THREADS] = threads;
  }

  /** One batch, or batches of `batchSize` rows. */
  setBatch(batch: Batch, batchSize = batch.count): void {
    const { words } = this;
    words[DATA] = (batch.data as WasmData).at;
    words[ORDER] = rowNumbersOf(batch);
    words[WEIGHTS] = weightsAt(batch);
    words[COUNT] = batch.count;
    words[BATCH_SIZE] = batchSize;
  }

  /** An update by itself: in a step pass each batch has a learning rate (layout.ts). */
  setUpdate(update: SgdUpdate): void {
    this.setRule(update);
    this.floats[LEARNING_RATE] = update.learningRate;
  }

  setRule({ momentum, weightDecay, nesterov }: SgdRule): void {
    const { words, floats } = this;
    floats[MOMENTUM] = momentum;
    floats[WEIGHT_DECAY] = weightDecay;
    words[NESTEROV] = nesterov ? 1 : 0;
  }
}
