/**
 * @file Turns the training table into inputs by a stored description. Later files go through batchEncoder.ts; both use
 * the functions of cells.ts for every cell, so equal cells give equal bits.
 */
import { DataError } from "../errors.ts";
import { show } from "../words.ts";
import { categoricalInput, indicatorInput, levelInputs } from "./cells.ts";
import type { CategoricalData, ColumnData, NumericData } from "./columnBuilder.ts";
import type { Table } from "./columns.ts";
import { firstPart, type InputsWork, takeParts } from "./columnWork.ts";
import { type Dataset, indices, NO_INPUT } from "./dataset.ts";
import type { CategoricalColumn, InputColumn, NumericColumn, TablePreprocessing } from "./preprocessing.ts";
import { place } from "./words.ts";

/** How many cells of each column are such and such; columns without any are not listed. */
export type CellCounts = Map<string, number>;

/** Arrays that rows are written into; as in `Dataset`. */
export interface Chunk {
  /** (rows, denseWidth) */
  readonly dense: Float32Array;
  /** (rows, codeWidth) */
  readonly codes: Uint32Array;
  /** (rows) */
  readonly labels: Uint32Array;
}

/** One-hot columns of a row: one for each categorical column and each missing indicator. */
export function codeWidthOf(preprocessing: TablePreprocessing): number {
  return preprocessing.columns.filter(hasCode).length;
}

/** The cells of all columns. */
export function totalOf(counts: CellCounts): number {
  let total = 0;
  for (const cells of counts.values()) total += cells;
  return total;
}

/** An empty chunk with room for `rows` rows. */
export function createChunk(
  preprocessing: TablePreprocessing,
  rows: number,
  dense: Float32Array = new Float32Array(rows * preprocessing.denseWidth),
): Chunk {
  return {
    dense,
    codes: new Uint32Array(rows * codeWidthOf(preprocessing)),
    labels: new Uint32Array(rows),
  };
}

/** The first `rows` rows of a chunk as a data set over the same memory; `hasLabels` false: without labels. */
export function asDataset(
  chunk: Chunk,
  rows: number,
  preprocessing: TablePreprocessing,
  hasLabels: boolean,
): Dataset {
  const codeWidth = codeWidthOf(preprocessing);
  return {
    rows,
    inputs: preprocessing.inputs,
    dense: chunk.dense.subarray(0, rows * preprocessing.denseWidth),
    denseWidth: preprocessing.denseWidth,
    scale: 1,
    codes: chunk.codes.subarray(0, rows * codeWidth),
    codeWidth,
    labels: chunk.labels.subarray(0, hasLabels ? rows : 0),
  };
}

/**
 * All rows of the training table, in order. `inputs`: the work that has written the inputs of numbers, where that is done;
 * `heldOut`: rows that training does not see, whose newly missing numbers are counted.
 * Throws `DataError` NOT_FINITE where a standardised value is too large for float32.
 */
export function encodeTable(
  table: Table,
  preprocessing: TablePreprocessing,
  inputs: InputsWork = writtenInputs(table, preprocessing),
  heldOut: readonly Uint32Array[] = [indices(table.rows)],
): { data: Dataset; unseen: CellCounts; newlyMissing: CellCounts } {
  const chunk = { ...createChunk(preprocessing, table.rows, inputs.dense), labels: table.labels };
  const codeWidth = codeWidthOf(preprocessing);
  const unseen: CellCounts = new Map();
  const newlyMissing: CellCounts = new Map();
  let code = 0;
  for (const { column, source } of pairs(table, preprocessing)) {
    if (column.type === "categorical" && source.type === "categorical") {
      const count = encodeLevels(source, column, chunk.codes, code, codeWidth);
      if (count > 0) unseen.set(column.name, count);
    } else if (column.type === "numeric" && source.type === "numeric") {
      if (column.missingInput !== null) {
        encodeMissing(source, column.missingInput, chunk.codes, code, codeWidth);
      } else {
        const count = countMissing(source, heldOut);
        if (count > 0) newlyMissing.set(column.name, count);
      }
    }
    if (hasCode(column)) code++;
  }
  if (inputs.next[1] !== 0) throw firstNotFinite(table, preprocessing, inputs.dense);
  return { data: asDataset(chunk, table.rows, preprocessing, true), unseen, newlyMissing };
}

/** The work that writes the inputs of a table's numbers. */
export function inputsWork(table: Table, preprocessing: TablePreprocessing): InputsWork {
  const { denseWidth } = preprocessing;
  const columns = pairs(table, preprocessing).flatMap(({ column, source }) =>
    column.type === "numeric" && source.type === "numeric" ? [{ values: source.values, column }] : [],
  );
  const dense = new Float32Array(new SharedArrayBuffer(4 * table.rows * denseWidth));
  return { type: "inputs", columns, rows: table.rows, denseWidth, dense, next: firstPart() };
}

function writtenInputs(table: Table, preprocessing: TablePreprocessing): InputsWork {
  const work = inputsWork(table, preprocessing);
  takeParts(work);
  return work;
}

/** Each column of the model with that of the table. */
function pairs(
  table: Table,
  { columns }: TablePreprocessing,
): { readonly column: InputColumn; readonly source: ColumnData }[] {
  const byName = new Map(table.columns.map((column) => [column.name, column]));
  return columns.map((column) => {
    const source = byName.get(column.name);
    if (source?.type === column.type) return { column, source };
    throw new Error(`internal: column ${show(column.name)} of the table is not what was fitted`);
  });
}

/** About the first of the inputs that is not finite. */
function firstNotFinite(table: Table, preprocessing: TablePreprocessing, dense: Float32Array): Error {
  const { denseWidth } = preprocessing;
  const at = dense.findIndex((input) => !Number.isFinite(input));
  const row = Math.floor(at / denseWidth);
  for (const { column, source } of pairs(table, preprocessing)) {
    if (column.type !== "numeric" || source.type !== "numeric" || column.input !== at % denseWidth) continue;
    return notFinite(table.places.place(row), column, source.values[row]!);
  }
  return new Error("internal: an input that is not finite belongs to no column");
}

function encodeMissing(
  source: NumericData,
  missingInput: number,
  codes: Uint32Array,
  code: number,
  codeWidth: number,
): void {
  for (let row = 0; row < source.values.length; row++) {
    codes[row * codeWidth + code] = indicatorInput(source.values[row]!, missingInput);
  }
}

function countMissing({ values }: NumericData, rows: readonly Uint32Array[]): number {
  let count = 0;
  for (const part of rows) for (const row of part) if (Number.isNaN(values[row]!)) count++;
  return count;
}

/** Returns how many cells have a level that training never saw. */
function encodeLevels(
  source: CategoricalData,
  column: CategoricalColumn,
  codes: Uint32Array,
  code: number,
  codeWidth: number,
): number {
  const inputs = levelInputs(column);
  // at 0 that of a missing cell, as its code is -1
  const inputOfCode = Uint32Array.from([null, ...source.levels], (level) => categoricalInput(level, inputs));
  let unseen = 0;
  for (let row = 0; row < source.codes.length; row++) {
    const input = inputOfCode[source.codes[row]! + 1]!;
    if (input === NO_INPUT) unseen++;
    codes[row * codeWidth + code] = input;
  }
  return unseen;
}

/** Whether a column has a one-hot code in each row. */
export function hasCode(column: InputColumn): boolean {
  return column.type === "categorical" || column.missingInput !== null;
}

/** The error for a number that float32 cannot hold once scaled. `at`: file and line. */
export function notFinite(at: string, column: NumericColumn, value: number): DataError {
  return new DataError(
    "NOT_FINITE",
    `${place(at, column.name)}: ${value} is too far from the training mean ${column.mean} ` +
      `(deviation ${column.deviation}) to be standardised in float32`,
  );
}
