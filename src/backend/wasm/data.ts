/**
 * @file A data set in the arena. Rows of bytes that are mostly zero, such as images, are kept as packed lists of their
 * non-zero bytes, built once: kernels read them where they lie, so that a step makes no lists of them. All else is kept
 * as it is, and each step lists its rows: lists of tables' rows, built once, take twice the memory, and reading them took
 * 10 % longer (32,000 rows of 6 numbers and 8 one-hot columns, hidden 64, batch 64).
 */
import type { Dataset } from "../../data/dataset.ts";
import type { BackendData, RowOrder, RowWeights } from "../backend.ts";
import type { Arena } from "./arena.ts";
import type { Kernels } from "./kernels.ts";
import { pointerCount } from "./layout.ts";

/** An entry takes four bytes instead of one: above this part of non-zero bytes packing would take more memory. */
const MAX_PACKED_DENSITY = 1 / 4;
/** Rows go through this much memory on their way to packed lists. */
const STAGING_BYTES = 1 << 20;
/** Below this many rows lists are not worth building. */
const PACK_ROWS = 2048;
/** Packed columns are 24 bits. */
const MAX_PACKED_WIDTH = 1 << 24;

/**
 * A data set in the arena; `isReplaced`: other rows will take the place of these, which are therefore not packed.
 * Throws SystemError where memory does not suffice.
 */
export class WasmData implements BackendData {
  dataset: Dataset;
  /** where its addresses are: class Data of assembly/structs.ts */
  readonly at: number;
  /** addresses of where each packed row is (packBytes in assembly/lists.ts); 0 if rows are not packed */
  readonly starts: number;
  /** the addresses of what is copied; `dense` is 0 if rows are packed */
  private readonly dense: number;
  private readonly codes: number;
  private readonly labels: number;
  private readonly arena: Arena;
  /** rows that take the place of the first ones may have no more than these */
  private readonly first: Dataset;

  constructor(arena: Arena, kernels: Kernels, dataset: Dataset, isReplaced: boolean) {
    this.arena = arena;
    this.dataset = dataset;
    this.first = dataset;
    const { dense, denseWidth, scale, inputs, codes, codeWidth, labels } = dataset;
    const starts = isReplaced ? 0 : pack(arena, kernels, dataset);
    this.starts = starts;
    this.codes = arena.take(codes.byteLength);
    this.labels = arena.take(labels.byteLength);
    this.dense = starts === 0 ? arena.take(dense.byteLength) : 0;
    const isBytes = dense instanceof Uint8Array;
    const table = starts === 0 ? 0 : tableOf(arena, scale);
    const words = [
      inputs,
      denseWidth,
      0,
      this.codes,
      codeWidth,
      this.labels,
      this.dense,
      isBytes ? 1 : 0,
      starts,
      table,
    ];
    this.at = arena.take(words.length * 4);
    arena.u32(this.at, words.length).set(words);
    arena.f32(this.at, words.length)[2] = scale;
    if (starts === 0) this.copyDense();
    this.copyRest();
  }

  replace(dataset: Dataset): void {
    const { rows, dense, codes, labels } = this.first;
    const isLarger = dataset.dense.byteLength > dense.byteLength || dataset.codes.length > codes.length;
    if (isLarger || dataset.labels.length > labels.length) {
      throw new Error(`internal: ${dataset.rows} rows in place of ${rows}`);
    }
    if (this.dense === 0) throw new Error("internal: packed rows cannot be replaced");
    this.dataset = dataset;
    this.copyDense();
    this.copyRest();
  }

  private copyDense(): void {
    const { dense } = this.dataset;
    const bytes = new Uint8Array(dense.buffer, dense.byteOffset, dense.byteLength);
    this.arena.u8(this.dense, bytes.length).set(bytes);
  }

  private copyRest(): void {
    const { codes, labels } = this.dataset;
    this.arena.u32(this.codes, codes.length).set(codes);
    this.arena.u32(this.labels, labels.length).set(labels);
  }
}

/** Packs the bytes of a data set if that saves memory and each row is read more than once. The address of `starts`; else 0. */
function pack(arena: Arena, kernels: Kernels, { dense, denseWidth, rows, codeWidth }: Dataset): number {
  if (!(dense instanceof Uint8Array) || codeWidth > 0 || denseWidth > MAX_PACKED_WIDTH || rows < PACK_ROWS)
    return 0;
  const staging = arena.take(Math.max(STAGING_BYTES, denseWidth));
  const rowsAtOnce = Math.max(1, Math.floor(STAGING_BYTES / denseWidth));
  const stage = (first: number): number => {
    const count = Math.min(rowsAtOnce, rows - first);
    arena
      .u8(staging, count * denseWidth)
      .set(dense.subarray(first * denseWidth, (first + count) * denseWidth));
    return count;
  };
  const pointerBytes = pointerCount(denseWidth) * 4;
  let starts = 0;
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const staged = stage(first);
    const bytes = staged * denseWidth;
    const count = kernels.countBytes(staging, bytes);
    if (first === 0) {
      if (count > bytes * MAX_PACKED_DENSITY) return 0; // the first rows stand for all: denser ones only take more memory
      starts = arena.take(rows * 4);
    }
    const at = arena.take(staged * pointerBytes + count * 4);
    kernels.packBytes(at, starts + first * 4, staging, staged, denseWidth);
  }
  return starts;
}

/** The value of each byte. */
function tableOf(arena: Arena, scale: number): number {
  const at = arena.take(256 * 4);
  arena.f32(at, 256).forEach((_, byte, table) => {
    table[byte] = byte * Math.fround(scale);
  });
  return at;
}

/** (rows) row numbers in the arena. Throws SystemError where memory does not suffice. */
export class WasmOrder implements RowOrder {
  readonly at: number;
  readonly rows: Uint32Array;

  constructor(arena: Arena, rows: Uint32Array) {
    this.at = arena.take(rows.byteLength);
    this.rows = arena.u32(this.at, rows.length);
    this.rows.set(rows);
  }
}

/** (rows) weights in the arena. Throws SystemError where memory does not suffice. */
export class WasmWeights implements RowWeights {
  readonly at: number;
  readonly values: Float32Array;

  constructor(arena: Arena, values: Float32Array) {
    this.at = arena.take(values.byteLength);
    this.values = arena.f32(this.at, values.length);
    this.values.set(values);
  }
}
