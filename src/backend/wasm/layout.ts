/**
 * @file Where one network's numbers lie in the arena: allocation only, as plain numbers that could be handed to
 * another thread. Parameters, gradients and velocity are three flat buffers with the same table of offsets.
 */
import { paddedColumns, slicedLength } from "../../tensor/sliced.ts";
import type { NetworkSpec } from "../backend.ts";
import type { Arena } from "./arena.ts";

/** Columns of a block of a list; BLOCK in assembly/sliced.ts. */
const BLOCK = 128;

/** Pointers of a list with `columns` columns; assembly/lists.ts. */
export function pointerCount(columns: number): number {
  return Math.ceil(columns / BLOCK) + 1;
}

/** The non-zero values of a matrix, by row: addresses, and entries kept per row. See assembly/lists.ts. */
export interface RowLists {
  readonly pointers: number;
  readonly entries: number;
  readonly capacity: number;
}

/** Addresses of layer l; 0 where the network does not need the buffer. */
export interface LayerLayout {
  readonly inputs: number;
  readonly outputs: number;
  /** floats from the start of the parameter buffer */
  readonly weightOffset: number;
  readonly biasOffset: number;
  /** X_l */
  readonly x: RowLists;
  /** (capacity, outputs) sliced: Z_l, dZ_l */
  readonly z: number;
  readonly dz: number;
  readonly dzLists: RowLists;
  /** (outputs, inputs) sliced: W_l^T, for the input gradient of layers above the first */
  readonly transposed: number;
}

export interface NetworkLayout {
  readonly layers: readonly LayerLayout[];
  /** flat buffers of parameterCount floats */
  readonly values: number;
  readonly gradients: number;
  readonly velocity: number;
  readonly parameterCount: number;
  /** zeros, as many as the widest layer has columns: a bias, and where sums start */
  readonly zeros: number;
  /** the table of compress4 in assembly/lists.ts */
  readonly shuffles: number;
  /** scratch of each thread, so many bytes apart: a row of two slices (64 floats), and one of classes (f64) */
  readonly rows: number;
  readonly rowBytes: number;
  readonly logitRows: number;
  readonly logitRowBytes: number;
  /**
   * of each thread, for one layer at a time; 0 if the network does not train: the lists of its inputs by column, as lengths,
   * then entries; or the gradient of a narrow layer
   */
  readonly columnLists: number;
  readonly columnListsBytes: number;
  readonly lengthsBytes: number;
  /** per batch row: f64 losses, u32 hits; f32 (capacity, classes) */
  readonly losses: number;
  readonly hits: number;
  /** u32 class of the largest logit */
  readonly best: number;
  readonly probabilities: number;
}

const CACHE_LINE = 64; // scratch of two threads never shares one
const ROW_BYTES = 64 * 4;
/** of a list's entry: index and value, or index and byte in one word */
export const ENTRY_BYTES = 8;
/** The same of a list of bytes. */
export const BYTE_ENTRY_BYTES = 4;

const NO_LISTS: RowLists = { pointers: 0, entries: 0, capacity: 0 };

/** For each set of four words, the bytes that bring its words to the front. */
function takeShuffles(arena: Arena): number {
  const at = arena.take(16 * 16);
  for (let kept = 0; kept < 16; kept++) {
    const words = [0, 1, 2, 3].filter((word) => kept & (1 << word));
    arena
      .u8(at + kept * 16, words.length * 4)
      .set(words.flatMap((w) => [4 * w, 4 * w + 1, 4 * w + 2, 4 * w + 3]));
  }
  return at;
}

function wholeLines(bytes: number): number {
  return Math.ceil(bytes / CACHE_LINE) * CACHE_LINE;
}

/**
 * Bytes from one column's list to the next, for batches of `rows` rows: an odd number of cache lines, so that the lists of
 * neighbouring columns do not compete for the same places in a cache.
 */
export function columnListStride(rows: number, entryBytes: number): number {
  return (Math.ceil((rows * entryBytes) / CACHE_LINE) | 1) * CACHE_LINE;
}

/**
 * Whether the gradient of a layer's weights is summed row by row in a thread's own memory, without lists by column: not if
 * it would not fit the processor's second cache, nor for a few rows, which leave most weights as they are.
 */
export function isSummedByRow(inputs: number, outputs: number, rows: number): boolean {
  return outputs <= 32 && inputs <= 2048 && rows >= 8;
}

/** Bytes of one thread's column lists of the layer with the most inputs. */
export function columnListsLength(sizes: readonly number[], capacity: number): number {
  // a row of a narrow gradient is at most 32 floats
  return mostInputs(sizes) * Math.max(32 * 4, columnListStride(capacity, ENTRY_BYTES));
}

function mostInputs(sizes: readonly number[]): number {
  return Math.max(...sizes.slice(0, -1));
}

/**
 * Takes the memory of a network for so many threads and says where everything lies; 0 for what it does not need.
 * Throws SystemError where memory does not suffice.
 */
export function layOutNetwork(
  arena: Arena,
  { sizes, capacity, training, momentum }: NetworkSpec,
  threads: number,
): NetworkLayout {
  const floats = (count: number) => arena.take(count * 4);
  const lists = (width: number): RowLists => ({
    pointers: floats(capacity * pointerCount(width)),
    entries: arena.take(capacity * width * ENTRY_BYTES),
    capacity: width,
  });
  let parameterCount = 0;
  const layers = sizes.slice(1).map((outputs, l): LayerLayout => {
    const inputs = sizes[l]!;
    const weightOffset = parameterCount;
    const biasOffset = weightOffset + slicedLength(inputs, outputs);
    parameterCount = biasOffset + paddedColumns(outputs);
    const backwardInput = training && l > 0;
    return {
      inputs,
      outputs,
      weightOffset,
      biasOffset,
      x: lists(inputs),
      z: floats(slicedLength(capacity, outputs)),
      dz: training ? floats(slicedLength(capacity, outputs)) : 0,
      dzLists: backwardInput ? lists(outputs) : NO_LISTS,
      transposed: backwardInput ? floats(slicedLength(outputs, inputs)) : 0,
    };
  });
  const classes = sizes[sizes.length - 1]!;
  const logitRowBytes = wholeLines(classes * 8);
  const lengthsBytes = wholeLines(mostInputs(sizes) * 4);
  const columnListsBytes = training ? lengthsBytes + columnListsLength(sizes, capacity) : 0;
  return {
    layers,
    values: floats(parameterCount),
    gradients: training ? floats(parameterCount) : 0,
    velocity: training && momentum ? floats(parameterCount) : 0,
    parameterCount,
    zeros: floats(Math.max(64, paddedColumns(Math.max(...sizes)))),
    rows: arena.take(threads * ROW_BYTES),
    rowBytes: ROW_BYTES,
    shuffles: takeShuffles(arena),
    logitRows: arena.take(threads * logitRowBytes),
    logitRowBytes,
    columnLists: arena.take(threads * columnListsBytes),
    columnListsBytes,
    lengthsBytes,
    losses: arena.take(capacity * 8),
    hits: floats(capacity),
    best: floats(capacity),
    probabilities: floats(capacity * classes),
  };
}
