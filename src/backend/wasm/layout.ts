/**
 * @file Where one network's numbers lie in the arena: allocation only. The addresses are written into the arena too, for
 * the kernels of all threads (assembly/structs.ts). Parameters, gradients and velocity are three flat buffers.
 */
import { paddedColumns, slicedLength } from "../../tensor/sliced.ts";
import { MAX_STEPS, type NetworkSpec } from "../backend.ts";
import type { Arena } from "./arena.ts";
import type { Kernels } from "./kernels.ts";

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

/** Layer l: addresses, 0 where the network does not need the buffer. assembly/structs.ts says what they are. */
export interface LayerLayout {
  readonly inputs: number;
  readonly outputs: number;
  readonly w: number;
  readonly b: number;
  readonly dw: number;
  readonly db: number;
  readonly vw: number;
  readonly vb: number;
  /** of X_l */
  readonly x: RowLists;
  readonly z: number;
  readonly dz: number;
  readonly dzLists: RowLists;
  readonly transposed: number;
}

export interface NetworkLayout {
  /** address of the whole, as assembly/structs.ts has it */
  readonly at: number;
  readonly layers: readonly LayerLayout[];
  /** all weights and biases are so many floats at `values` */
  readonly values: number;
  readonly parameterCount: number;
  /** of the calling thread */
  readonly scratch: ThreadLayout;
  /** per batch row: f64 losses, u32 hits; f32 (capacity, classes) */
  readonly losses: number;
  readonly hits: number;
  /** per batch of a step pass, MAX_STEPS each */
  readonly learningRates: number;
  readonly stepLosses: number;
  readonly stepWeights: number;
  readonly stepHits: number;
  /** u32 class of the largest logit */
  readonly best: number;
  readonly probabilities: number;
}

/** Scratch of one thread. */
interface ThreadLayout {
  /** of two slices (64 floats) */
  readonly row: number;
  /** of classes, f64 */
  readonly logitRow: number;
  /** 0 if the network does not train */
  readonly ends: number;
  readonly byColumn: number;
  readonly task: number;
}

const ROW_BYTES = 64 * 4;
const NETWORK_WORDS = 12;
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

/** Bytes of one thread's column lists of the layer with the most inputs. */
export function columnListsLength(kernels: Kernels, sizes: readonly number[], capacity: number): number {
  // a row of a narrow gradient is at most 32 floats (isSummedByRow in assembly/operations.ts)
  return mostInputs(sizes) * Math.max(32 * 4, kernels.columnListStride(capacity, ENTRY_BYTES));
}

function mostInputs(sizes: readonly number[]): number {
  return Math.max(...sizes.slice(0, -1));
}

/** Writes a struct of assembly/structs.ts, its fields in order. */
function writeWords(arena: Arena, at: number, words: readonly number[]): void {
  arena.u32(at, words.length).set(words);
}

/** The layers of a network whose parameters, gradients and velocities are flat buffers (0: there is none). */
function layOutLayers(
  arena: Arena,
  { sizes, capacity, training }: NetworkSpec,
  buffers: { readonly values: number; readonly gradients: number; readonly velocity: number },
): LayerLayout[] {
  const floats = (count: number) => arena.take(count * 4);
  const lists = (width: number): RowLists => ({
    pointers: floats(capacity * pointerCount(width)),
    entries: arena.take(capacity * width * ENTRY_BYTES),
    capacity: width,
  });
  let taken = 0; // floats of each buffer
  return sizes.slice(1).map((outputs, l): LayerLayout => {
    const inputs = sizes[l]!;
    const weights = taken;
    const biases = weights + slicedLength(inputs, outputs);
    taken = biases + paddedColumns(outputs);
    const place = (buffer: number, offset: number) => (buffer === 0 ? 0 : buffer + offset * 4);
    const backwardInput = training && l > 0;
    return {
      inputs,
      outputs,
      w: place(buffers.values, weights),
      b: place(buffers.values, biases),
      dw: place(buffers.gradients, weights),
      db: place(buffers.gradients, biases),
      vw: place(buffers.velocity, weights),
      vb: place(buffers.velocity, biases),
      x: lists(inputs),
      z: floats(slicedLength(capacity, outputs)),
      dz: training ? floats(slicedLength(capacity, outputs)) : 0,
      dzLists: backwardInput ? lists(outputs) : NO_LISTS,
      transposed: backwardInput ? floats(slicedLength(outputs, inputs)) : 0,
    };
  });
}

function writeLayers(arena: Arena, layers: readonly LayerLayout[]): number {
  const words = layers.flatMap(({ inputs, outputs, w, b, dw, db, vw, vb, x, z, dz, dzLists, transposed }) => [
    ...[inputs, outputs, w, b, dw, db, vw, vb],
    ...[x.pointers, x.entries, x.capacity, z, dz],
    ...[dzLists.pointers, dzLists.entries, dzLists.capacity, transposed],
  ]);
  const at = arena.take(words.length * 4);
  writeWords(arena, at, words);
  return at;
}

/** Scratch of so many threads: the first one's, and the address of all. */
function layOutScratch(arena: Arena, kernels: Kernels, spec: NetworkSpec, threads: number) {
  const { sizes, capacity, training } = spec;
  const all = Array.from(
    { length: threads },
    (): ThreadLayout => ({
      row: arena.take(ROW_BYTES),
      logitRow: arena.take(sizes[sizes.length - 1]! * 8),
      ends: training ? arena.take(mostInputs(sizes) * 4) : 0,
      byColumn: training ? arena.take(columnListsLength(kernels, sizes, capacity)) : 0,
      task: arena.take(kernels.taskBytes()),
    }),
  );
  const words = all.flatMap(({ row, logitRow, ends, byColumn, task }) => [
    row,
    logitRow,
    ends,
    byColumn,
    task,
  ]);
  const at = arena.take(words.length * 4);
  writeWords(arena, at, words);
  return { at, first: all[0]! };
}

/**
 * Takes the memory of a network for so many threads and says where everything lies. Throws SystemError where memory does
 * not suffice.
 */
export function layOutNetwork(
  arena: Arena,
  kernels: Kernels,
  spec: NetworkSpec,
  threads: number,
): NetworkLayout {
  const { sizes, capacity, training, momentum } = spec;
  const floats = (count: number) => arena.take(count * 4);
  const classes = sizes[sizes.length - 1]!;
  const parameterCount = sizes
    .slice(1)
    .reduce((sum, outputs, l) => sum + slicedLength(sizes[l]!, outputs) + paddedColumns(outputs), 0);
  const buffers = {
    values: floats(parameterCount),
    gradients: training ? floats(parameterCount) : 0,
    velocity: training && momentum ? floats(parameterCount) : 0,
  };
  const layers = layOutLayers(arena, spec, buffers);
  const zeros = floats(Math.max(64, paddedColumns(Math.max(...sizes))));
  const scratch = layOutScratch(arena, kernels, spec, threads);
  const shuffles = takeShuffles(arena);
  const [losses, hits] = [arena.take(capacity * 8), floats(capacity)];
  const [stepLosses, stepWeights] = [arena.take(MAX_STEPS * 8), arena.take(MAX_STEPS * 8)];
  const [stepHits, learningRates] = [floats(MAX_STEPS), floats(MAX_STEPS)];
  const at = arena.take(NETWORK_WORDS * 4);
  const layersAt = writeLayers(arena, layers);
  writeWords(arena, at, [
    ...[layers.length, layersAt, capacity, zeros, shuffles, losses, hits],
    ...[learningRates, stepLosses, stepWeights, stepHits, scratch.at],
  ]);
  return {
    at,
    layers,
    values: buffers.values,
    parameterCount,
    scratch: scratch.first,
    losses,
    hits,
    learningRates,
    stepLosses,
    stepWeights,
    stepHits,
    best: floats(capacity),
    probabilities: floats(capacity * classes),
  };
}
