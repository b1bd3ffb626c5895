// The order of a step's operations, and how threads divide them. Between two barriers every thread does its part, which
// writes where no other does and reads nothing that another writes there. So the division changes no bit. A pass goes
// through many batches: calls from JavaScript, and threads that wait for them, would cost as much as a small operation.
//
// Batch rows are divided where each goes its own way: listing inputs, the loss, dX. The outputs of a wide layer are
// divided in forward and update, so that a thread works on the same columns of W in every step: weights that go from
// one processor's cache to the other's and back cost more than the arithmetic on them. A layer too narrow for that is
// divided by batch rows in forward, and by inputs in the update.

import { sumHits, sumLosses, sumWeights } from "./loss";
import {
  crossEntropy,
  gather,
  isPacked,
  linearBackwardInput,
  linearForward,
  linearUpdate,
  listInputs,
} from "./operations";
import { copyTask, layerOf, Task } from "./structs";
import { barrier, markReady, receive, send } from "./threads";

/** Values of Task.pass, of which 1 is score: forward and loss. forward: to the logits. */
const STEP: u32 = 0;
const FORWARD: u32 = 2;

/** Columns of the widest slices: outputs are divided between such slices. */
const SLICE: u32 = 32;
/** Rows and inputs are divided in multiples of this: weights are transposed four inputs at a time. */
const ROWS: u32 = 4;

/** Where part `part` of `parts` of 0 … length begins, in multiples of `unit`. */
function partOf(length: u32, part: u32, parts: u32, unit: u32): u32 {
  const units: u64 = (<u64>length * part + <u64>parts * unit - 1) / (<u64>parts * unit);
  return part == parts ? length : min(length, <u32>units * unit);
}

/** Whether the layer's outputs are divided. */
function isWide(task: Task, l: u32): bool {
  return task.threads > 1 && layerOf(task.network, l).outputs >= SLICE * task.threads;
}

/** A pass by the calling thread alone. */
export function runAlone(task: Task): void {
  runPart(0, task, 0);
}

/** A pass by all threads. False when one of them is lost. */
export function runShared(control: usize, task: Task): bool {
  send(control, changetype<usize>(task));
  return runPart(control, task, 0);
}

/** What a worker thread does: its part of every task, until it has none, is told to quit, or another thread is lost. */
export function work(control: usize, thread: u32): void {
  markReady(control);
  for (let generation = 0; ; generation++) {
    const at = receive(control, generation);
    if (at == 0) return;
    const task = changetype<Task>(at);
    // A thread without a part need not keep up: it may find a later task, of which it has none either (pool.ts only shrinks).
    if (thread >= task.threads || !runPart(control, task, thread)) return;
  }
}

/** One thread's part of a pass. False when another thread is lost. */
function runPart(control: usize, shared: Task, thread: u32): bool {
  // The shared one may be the next pass's as soon as this one's last barrier opens.
  const task = copyTask(shared, thread);
  const network = task.network;
  const rows = task.count;
  const batchSize = task.batchSize;
  for (let step: u32 = 0, first: u32 = 0; first < rows; step++, first += batchSize) {
    const isLast = rows - first <= batchSize;
    task.count = isLast ? rows - first : batchSize;
    if (task.pass != STEP) return scorePart(control, task, thread, false);
    task.learningRate = load<f32>(network.learningRates + (step << 2));
    const weight = weightOf(task);
    if (!scorePart(control, task, thread, weight > 0)) return false;
    if (thread == 0) keepSums(task, step, weight);
    if (weight > 0) for (let l: u32 = 0; l < network.layerCount; l++) update(task, thread, l);
    if ((isLast || !goesOnAlone(task)) && !meet(control, task)) return false;
    task.order += batchSize << 2;
  }
  return true;
}

/** Forward, loss and, `withGradients`, dZ of all layers for one batch, until all threads have done it. False: one is lost. */
function scorePart(control: usize, task: Task, thread: u32, withGradients: bool): bool {
  const layers = task.network.layerCount;
  const begin = partOf(task.count, thread, task.threads, ROWS);
  const end = partOf(task.count, thread + 1, task.threads, ROWS);
  gather(task, begin, end);
  for (let l: u32 = 0; l < layers; l++) {
    if (begin < end) listInputs(task, l, begin, end);
    if (!isWide(task, l)) {
      if (begin < end) linearForward(task, thread, l, begin, end, 0, layerOf(task.network, l).outputs);
    } else {
      if (!isPacked(task, l) && !meet(control, task)) return false;
      forwardOfOutputs(task, thread, l);
      if (!meet(control, task)) return false;
    }
  }
  if (begin < end) {
    if (task.pass != FORWARD) crossEntropy(task, thread, begin, end);
    if (withGradients) for (let l = layers - 1; l > 0; l--) linearBackwardInput(task, thread, l, begin, end);
  }
  return meet(control, task);
}

/**
 * Whether a thread goes from its updates on to the next batch without waiting for the others. Until the barrier after its
 * part of the first layer's outputs it then reads only rows of the data set and its own columns of W, and writes only
 * its own columns of Z, which no update reads.
 */
function goesOnAlone(task: Task): bool {
  return isPacked(task, 0) && isWide(task, 0);
}

/** Sum of the weights of the batch's rows. */
function weightOf(task: Task): f64 {
  return task.weights == 0 ? <f64>task.count : sumWeights(task.weights, task.order, task.count);
}

/** What the caller of the steps wants to know of the batch. */
function keepSums(task: Task, step: u32, weight: f64): void {
  const network = task.network;
  store<f64>(network.stepLosses + (step << 3), sumLosses(network.losses, task.count));
  store<f64>(network.stepWeights + (step << 3), weight);
  store<u32>(network.stepHits + (step << 2), sumHits(network.hits, task.count));
}

function meet(control: usize, task: Task): bool {
  return task.threads == 1 || barrier(control, task.threads);
}

function forwardOfOutputs(task: Task, thread: u32, l: u32): void {
  const outputs = layerOf(task.network, l).outputs;
  const from = partOf(outputs, thread, task.threads, SLICE);
  const to = partOf(outputs, thread + 1, task.threads, SLICE);
  if (from < to) linearForward(task, thread, l, 0, task.count, from, to);
}

function update(task: Task, thread: u32, l: u32): void {
  const layer = layerOf(task.network, l);
  const isByOutput = isWide(task, l);
  const length = isByOutput ? layer.outputs : layer.inputs;
  const unit = isByOutput ? SLICE : ROWS;
  const first = partOf(length, thread, task.threads, unit);
  const stop = partOf(length, thread + 1, task.threads, unit);
  if (first >= stop) return;
  if (isByOutput) linearUpdate(task, thread, l, 0, layer.inputs, first, stop);
  else linearUpdate(task, thread, l, first, stop, 0, layer.outputs);
}
