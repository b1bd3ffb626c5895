// The operations of a step on a network that lies in memory: which kernel works on which addresses. The arithmetic is in
// the kernels, the order of operations in step.ts. backend.ts has the legend, and says what each operation does.
//
// `thread` says whose scratch memory an operation uses, the caller's being 0.

import { entrySize } from "./accumulate";
import { listsByColumn } from "./columns";
import { biasGradient, multiplyLists, updateNarrow, updateWeights, weightGradient } from "./linear";
import { gatherRows, listNonZero, listPositive, reluBackward, touchPacked } from "./lists";
import { crossEntropy as crossEntropyOf } from "./loss";
import { padded } from "./sliced";
import { layerOf, scratchOf, Task } from "./structs";
import { transposeWeights } from "./transpose";
import { sgd } from "./update";

const CACHE_LINE: u32 = 64;

/** Whether X_l is the lists of the data set's rows, which do not have to be made. */
export function isPacked(task: Task, l: u32): bool {
  return l == 0 && task.data.table != 0;
}

// Where the lists of X_l are, as the kernels take them: their pointers or those of the data set's rows; the row numbers
// of the batch in the data set, or 0; the values of bytes, or 0 (sliced.ts, accumulate.ts).
function pointersOf(task: Task, l: u32): usize {
  return isPacked(task, l) ? task.data.starts : layerOf(task.network, l).xPointers;
}
function orderOf(task: Task, l: u32): usize {
  return isPacked(task, l) ? task.order : 0;
}
function tableOf(task: Task, l: u32): usize {
  return isPacked(task, l) ? task.data.table : 0;
}

/** X_0 = the batch's rows. */
export function gather(task: Task, begin: u32, end: u32): void {
  if (isPacked(task, 0)) return;
  const data = task.data;
  const layer = layerOf(task.network, 0);
  gatherRows(
    layer.xPointers,
    layer.xEntries,
    layer.xCapacity,
    data.inputs,
    data.dense,
    data.denseWidth,
    data.bytes != 0,
    data.scale,
    data.codes,
    data.codeWidth,
    task.order,
    begin,
    end,
  );
}

/** X_l = max(Z_{l-1}, 0), for l > 0. */
export function listInputs(task: Task, l: u32, begin: u32, end: u32): void {
  if (l == 0) return;
  const network = task.network;
  const layer = layerOf(network, l);
  const below = layerOf(network, l - 1);
  listPositive(
    layer.xPointers,
    layer.xEntries,
    layer.xCapacity,
    below.z,
    network.capacity,
    below.outputs,
    begin,
    end,
    network.shuffles,
  );
}

/** Z_l = X_l W_l + 1 b_l for outputs [from, to). */
export function linearForward(
  task: Task,
  thread: u32,
  l: u32,
  begin: u32,
  end: u32,
  from: u32,
  to: u32,
): void {
  const network = task.network;
  const layer = layerOf(network, l);
  const pointers = pointersOf(task, l);
  const order = orderOf(task, l);
  if (order != 0) touchPacked(pointers, order, layer.inputs, begin, end);
  multiplyLists(
    // whole slices of a matrix are a matrix: outputs [from, to) begin `from` rows of each further on
    layer.z + ((from * network.capacity) << 2),
    network.capacity,
    pointers,
    order,
    tableOf(task, l),
    layer.w + ((from * layer.inputs) << 2),
    layer.inputs,
    layer.b + (from << 2),
    to - from,
    begin,
    end,
    scratchOf(network, thread).row,
  );
}

/** Losses, hits and dZ of the last layer. */
export function crossEntropy(task: Task, thread: u32, begin: u32, end: u32): void {
  const network = task.network;
  const last = layerOf(network, network.layerCount - 1);
  crossEntropyOf(
    last.dz,
    network.losses,
    network.hits,
    scratchOf(network, thread).logitRow,
    last.z,
    network.capacity,
    last.outputs,
    task.data.labels,
    task.order,
    task.weights,
    task.count,
    begin,
    end,
  );
}

/** dZ_{l-1} = dZ_l W_l^T where Z_{l-1} >= 0, else 0, for l > 0. */
export function linearBackwardInput(task: Task, thread: u32, l: u32, begin: u32, end: u32): void {
  const network = task.network;
  const rows = network.capacity;
  const layer = layerOf(network, l);
  const below = layerOf(network, l - 1);
  listNonZero(
    layer.dzPointers,
    layer.dzEntries,
    layer.dzCapacity,
    layer.dz,
    rows,
    layer.outputs,
    begin,
    end,
    network.shuffles,
  );
  multiplyLists(
    below.dz,
    rows,
    layer.dzPointers,
    0,
    0,
    layer.transposed,
    layer.outputs,
    network.zeros,
    layer.inputs,
    begin,
    end,
    scratchOf(network, thread).row,
  );
  reluBackward(below.dz, below.z, rows, layer.inputs, begin, end);
}

/** dW_l and db_l, without an update. */
export function linearBackwardWeights(task: Task, thread: u32, l: u32): void {
  const network = task.network;
  const rows = network.capacity;
  const layer = layerOf(network, l);
  const scratch = scratchOf(network, thread);
  const stride = listColumns(task, thread, l, 0, layer.inputs);
  weightGradient(
    layer.dw,
    scratch.ends,
    scratch.byColumn,
    stride,
    tableOf(task, l),
    layer.dz,
    rows,
    layer.inputs,
    layer.outputs,
    network.zeros,
  );
  biasGradient(layer.db, layer.dz, rows, task.count, layer.outputs);
}

/**
 * Bytes from one column's list to the next, for batches of `rows` rows: an odd number of cache lines, so that the lists of
 * neighbouring columns do not compete for the same places in a cache.
 */
export function columnListStride(rows: u32, entryBytes: u32): u32 {
  return (((rows * entryBytes + CACHE_LINE - 1) / CACHE_LINE) | 1) * CACHE_LINE;
}

/**
 * Lists X_l by column, for inputs [begin, end), into this thread's memory: that each thread makes them for itself is
 * faster than to have half of them come from another processor's cache. Gives their stride.
 */
function listColumns(task: Task, thread: u32, l: u32, begin: u32, end: u32): u32 {
  const table = tableOf(task, l);
  const stride = columnListStride(task.count, <u32>(table == 0 ? entrySize<f32>() : entrySize<u8>()));
  const scratch = scratchOf(task.network, thread);
  listsByColumn(
    scratch.ends,
    scratch.byColumn,
    stride,
    pointersOf(task, l),
    orderOf(task, l),
    table,
    layerOf(task.network, l).inputs,
    task.count,
    begin,
    end,
  );
  return stride;
}

/** dW_l and the update of W_l for inputs [begin, end), outputs [from, to); if begin is 0, db_l and the update of b_l. */
export function linearUpdate(
  task: Task,
  thread: u32,
  l: u32,
  begin: u32,
  end: u32,
  from: u32,
  to: u32,
): void {
  const layer = layerOf(task.network, l);
  if (isSummedByRow(layer.inputs, layer.outputs, task.count)) updateByRow(task, thread, l, begin, end);
  else updateByColumn(task, thread, l, begin, end, from, to);
  if (begin == 0) updateBias(task, l, from, to);
}

/**
 * Whether the gradient of a layer's weights is summed row by row in a thread's own memory, without lists by column: not if
 * it would not fit the processor's second cache, nor for a few rows, which leave most weights as they are. layout.ts has
 * the 32 too.
 */
function isSummedByRow(inputs: u32, outputs: u32, rows: u32): bool {
  return outputs <= 32 && inputs <= 2048 && rows >= 8;
}

function updateByRow(task: Task, thread: u32, l: u32, begin: u32, end: u32): void {
  const network = task.network;
  const layer = layerOf(network, l);
  updateNarrow(
    layer.w,
    layer.vw,
    scratchOf(network, thread).byColumn,
    pointersOf(task, l),
    orderOf(task, l),
    tableOf(task, l),
    layer.dz,
    network.capacity,
    task.count,
    layer.inputs,
    layer.outputs,
    begin,
    end,
    task.learningRate,
    task.momentum,
    task.weightDecay,
    task.nesterov != 0,
  );
  if (layer.transposed != 0) {
    transposeWeights(layer.transposed, layer.outputs, 0, layer.w, layer.inputs, layer.outputs, begin, end);
  }
}

function updateByColumn(task: Task, thread: u32, l: u32, begin: u32, end: u32, from: u32, to: u32): void {
  const network = task.network;
  const rows = network.capacity;
  const layer = layerOf(network, l);
  const scratch = scratchOf(network, thread);
  const stride = listColumns(task, thread, l, begin, end);
  const first = (from * layer.inputs) << 2;
  updateWeights(
    layer.w + first,
    layer.vw + first,
    layer.transposed,
    layer.outputs,
    from,
    scratch.row,
    network.zeros,
    scratch.ends,
    scratch.byColumn,
    stride,
    tableOf(task, l),
    layer.dz + ((from * rows) << 2),
    rows,
    layer.inputs,
    to - from,
    begin,
    end,
    task.learningRate,
    task.momentum,
    task.weightDecay,
    task.nesterov != 0,
  );
}

function updateBias(task: Task, l: u32, from: u32, to: u32): void {
  const network = task.network;
  const rows = network.capacity;
  const layer = layerOf(network, l);
  const first = from << 2;
  biasGradient(layer.db + first, layer.dz + ((from * rows) << 2), rows, task.count, to - from);
  sgd(
    layer.b + first,
    layer.db + first,
    layer.vb + first,
    padded(to - from),
    task.learningRate,
    task.momentum,
    task.weightDecay,
    task.nesterov != 0,
  );
}
