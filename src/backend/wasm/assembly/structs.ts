// What the caller lays out in memory for a pass (layout.ts, data.ts and task.ts write these fields, in this order, a word
// each): addresses in bytes, 0 where there is nothing. Kernels do not change them, but for a thread's own copy of the task.

/** Layer l: Z = X W + 1 b, X (rows, inputs) as lists (lists.ts), all else sliced (sliced.ts). */
@unmanaged
export class Layer {
  inputs: u32;
  outputs: u32;
  /** W (inputs, outputs) and b; their gradients; their velocities, where the network has momentum */
  w: usize;
  b: usize;
  dw: usize;
  db: usize;
  vw: usize;
  vb: usize;
  /** the lists of X: pointers, entries, and how many of these a row has room for */
  xPointers: usize;
  xEntries: usize;
  xCapacity: u32;
  /** (capacity, outputs) */
  z: usize;
  dz: usize;
  /** the lists of dZ */
  dzPointers: usize;
  dzEntries: usize;
  dzCapacity: u32;
  /** W^T */
  transposed: usize;
}

/** A network, and what its passes write. */
@unmanaged
export class Network {
  layerCount: u32;
  /** address of the layers, one after the other */
  layers: usize;
  /** rows that its matrices have room for */
  capacity: u32;
  /** zeros, as many as the widest layer has columns */
  zeros: usize;
  /** the table of compress4 (lists.ts) */
  shuffles: usize;
  /** per batch row: f64 losses, u32 hits */
  losses: usize;
  hits: usize;
  /** per batch of a step pass: f32 learning rates; what the pass writes: f64 sums of losses, f64 of weights, u32 of hits */
  learningRates: usize;
  stepLosses: usize;
  stepWeights: usize;
  stepHits: usize;
  /** address of the threads' scratch, one after the other */
  scratch: usize;
}

/** Memory of one thread. */
@unmanaged
export class Scratch {
  /** a row of two slices */
  row: usize;
  /** a row of classes, f64 */
  logitRow: usize;
  /** the lists by column of one layer's inputs (columns.ts); byColumn also takes the gradient of a narrow layer */
  ends: usize;
  byColumn: usize;
  /** its copy of the task */
  task: Task;
}

/** The rows of a data set: numbers times `scale`, then codes (inputs that are 1), and labels. */
@unmanaged
export class Data {
  inputs: u32;
  denseWidth: u32;
  scale: f32;
  codes: usize;
  codeWidth: u32;
  labels: usize;
  /** (rows, denseWidth) bytes or floats; 0 if packed */
  dense: usize;
  /** 1 if they are bytes */
  bytes: u32;
  /** addresses of where each packed row is (packBytes in lists.ts) and of each byte's value; 0 if not packed */
  starts: usize;
  table: usize;
}

/** A pass: steps on batches, one after the other, or a score or forward of one. A thread's copy: of the batch it is at. */
@unmanaged
export class Task {
  network: Network;
  pass: u32;
  /** that do it */
  threads: u32;
  data: Data;
  /** address of the batch's row numbers */
  order: usize;
  /** of the weights of the data set's rows, or 0 */
  weights: usize;
  /** rows of all batches; in a thread's copy, of the batch it is at */
  count: u32;
  /** rows of each batch but the last, which may have fewer */
  batchSize: u32;
  learningRate: f32;
  momentum: f32;
  weightDecay: f32;
  nesterov: u32;
}

/** Layer l of the network. */
export function layerOf(network: Network, l: u32): Layer {
  return changetype<Layer>(network.layers + l * offsetof<Layer>());
}

/** The scratch of thread t. */
export function scratchOf(network: Network, thread: u32): Scratch {
  return changetype<Scratch>(network.scratch + thread * offsetof<Scratch>());
}

/** Bytes of a task. */
export function taskBytes(): u32 {
  return offsetof<Task>();
}

/** The thread's own copy of the task, which it changes from batch to batch. */
export function copyTask(task: Task, thread: u32): Task {
  const copy = scratchOf(task.network, thread).task;
  memory.copy(changetype<usize>(copy), changetype<usize>(task), taskBytes());
  return copy;
}
