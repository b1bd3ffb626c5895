/**
 * @file What a pass works on, in the arena, where every thread reads it: class Task of assembly/structs.ts. Written by the
 * caller before each pass.
 */
import type { Batch, SgdUpdate } from "../backend.ts";
import type { Arena } from "./arena.ts";
import type { WasmData, WasmOrder, WasmWeights } from "./data.ts";

/** step: forward, loss, backward and update; score: forward and loss; forward: to the logits. */
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
const LEARNING_RATE = 7;
const MOMENTUM = 8;
const WEIGHT_DECAY = 9;
const NESTEROV = 10;
const WORDS = 11;

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

  setBatch(batch: Batch): void {
    const { words } = this;
    words[DATA] = (batch.data as WasmData).at;
    words[ORDER] = rowNumbersOf(batch);
    words[WEIGHTS] = weightsAt(batch);
    words[COUNT] = batch.count;
  }

  setUpdate({ learningRate, momentum, weightDecay, nesterov }: SgdUpdate): void {
    const { words, floats } = this;
    floats[LEARNING_RATE] = learningRate;
    floats[MOMENTUM] = momentum;
    floats[WEIGHT_DECAY] = weightDecay;
    words[NESTEROV] = nesterov ? 1 : 0;
  }
}
