/**
 * @file Where one network's numbers lie in the arena: allocation only, as plain numbers that could be handed to
 * another thread. Parameters, gradients and velocity are three flat buffers with the same table of offsets.
 */
import { paddedColumns, slicedLength } from "../../tensor/sliced.ts";
import type { NetworkSpec } from "../backend.ts";
import type { Arena } from "./arena.ts";

/** Columns of a block of a list; BLOCK in assembly/sliced.ts. */
export const BLOCK = 256;

/** Places after a full list that a kernel may write. */
const LIST_ROOM = 1;

/** The non-zero values of a matrix, by row: addresses, and entries kept per row. See assembly/lists.ts. */
export interface RowLists {
  readonly pointers: number;
  readonly entries: number;
  readonly capacity: number;
}

/** The same by column: addresses. See assembly/columns.ts. */
export interface ColumnLists {
  readonly lengths: number;
  readonly byColumn: number;
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
  readonly xByColumn: ColumnLists;
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
  /** scratch of each thread, so many bytes apart: a row of two slices (64 floats), and one of classes (f64) */
  readonly rows: number;
  readonly rowBytes: number;
  readonly exps: number;
  readonly expsBytes: number;
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
export const BYTE_ENTRY_BYTES = 4;

const NO_LISTS: RowLists = { pointers: 0, entries: 0, capacity: 0 };
const NO_COLUMN_LISTS: ColumnLists = { lengths: 0, byColumn: 0 };

/**
 * Bytes from one column's list to the next, for batches of `rows` rows: an odd number of cache lines, so that the lists of
 * neighbouring columns do not compete for the same places in a cache.
 */
export function columnListStride(rows: number, entryBytes: number): number {
  return (Math.ceil((rows * entryBytes) / CACHE_LINE) | 1) * CACHE_LINE;
}

export function layOutNetwork(
  arena: Arena,
  { sizes, capacity, training, momentum }: NetworkSpec,
  threads: number,
): NetworkLayout {
  const floats = (count: number) => arena.take(count * 4);
  const lists = (width: number): RowLists => ({
    pointers: floats(capacity * (Math.ceil(width / BLOCK) + 1)),
    entries: arena.take(capacity * (width + LIST_ROOM) * ENTRY_BYTES),
    capacity: width + LIST_ROOM,
  });
  const columnLists = (width: number): ColumnLists => ({
    lengths: floats(width),
    byColumn: arena.take(width * columnListStride(capacity, ENTRY_BYTES)),
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
      xByColumn: training ? columnLists(inputs) : NO_COLUMN_LISTS,
      z: floats(slicedLength(capacity, outputs)),
      dz: training ? floats(slicedLength(capacity, outputs)) : 0,
      dzLists: backwardInput ? lists(outputs) : NO_LISTS,
      transposed: backwardInput ? floats(slicedLength(outputs, inputs)) : 0,
    };
  });
  const classes = sizes[sizes.length - 1]!;
  const expsBytes = Math.ceil((classes * 8) / CACHE_LINE) * CACHE_LINE;
  return {
    layers,
    values: floats(parameterCount),
    gradients: training ? floats(parameterCount) : 0,
    velocity: training && momentum ? floats(parameterCount) : 0,
    parameterCount,
    zeros: floats(Math.max(64, paddedColumns(Math.max(...sizes)))),
    rows: arena.take(threads * ROW_BYTES),
    rowBytes: ROW_BYTES,
    exps: arena.take(threads * expsBytes),
    expsBytes,
    losses: arena.take(capacity * 8),
    hits: floats(capacity),
    best: floats(capacity),
    probabilities: floats(capacity * classes),
  };
}
