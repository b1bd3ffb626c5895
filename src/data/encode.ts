/**
 * @file Turns the training table into inputs by a stored description. Later files go through batchEncoder.ts; both use
 * the functions of cells.ts for every cell, so equal cells give equal bits.
 */
import { DataError } from "../errors.ts";
import { show } from "../words.ts";
import { categoricalInput, indicatorInput, levelInputs, numericInput } from "./cells.ts";
import type { CategoricalData, NumericData } from "./columnBuilder.ts";
import type { Table } from "./columns.ts";
import { type Dataset, NO_INPUT } from "./dataset.ts";
import type { CategoricalColumn, InputColumn, NumericColumn, TablePreprocessing } from "./preprocessing.ts";
import { place } from "./words.ts";

/** Cells of a column whose level training never saw. */
export type UnseenCounts = Map<string, number>;

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

/** An empty chunk with room for `rows` rows. */
export function createChunk(preprocessing: TablePreprocessing, rows: number): Chunk {
  return {
    dense: new Float32Array(rows * preprocessing.denseWidth),
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
 * All rows of the training table, in order. Throws `DataError` NOT_FINITE where a standardised value is too large
 * for float32.
 */
export function encodeTable(
  table: Table,
  preprocessing: TablePreprocessing,
): { data: Dataset; unseen: UnseenCounts } {
  const chunk = createChunk(preprocessing, table.rows);
  const codeWidth = codeWidthOf(preprocessing);
  const unseen: UnseenCounts = new Map();
  const byName = new Map(table.columns.map((column) => [column.name, column]));
  const numeric: NumericPair[] = [];
  let code = 0;
  for (const column of preprocessing.columns) {
    const source = byName.get(column.name);
    if (column.type === "numeric" && source?.type === "numeric") {
      numeric.push({ column, source });
      if (column.missingInput !== null) {
        encodeMissing(source, column.missingInput, chunk.codes, code, codeWidth);
      }
    } else if (column.type === "categorical" && source?.type === "categorical") {
      const count = encodeLevels(source, column, chunk.codes, code, codeWidth);
      if (count > 0) unseen.set(column.name, count);
    } else {
      throw new Error(`internal: column ${show(column.name)} of the table is not what was fitted`);
    }
    if (hasCode(column)) code++;
  }
  for (let begin = 0; begin < table.rows; begin += ROWS_AT_ONCE) {
    const end = Math.min(begin + ROWS_AT_ONCE, table.rows);
    for (const pair of numeric) encodeNumbers(table, pair, begin, end, preprocessing.denseWidth, chunk);
  }
  chunk.labels.set(table.labels);
  return { data: asDataset(chunk, table.rows, preprocessing, true), unseen };
}

/** Rows of a wide table whose inputs stay in the cache while they are written column by column. */
const ROWS_AT_ONCE = 64;

interface NumericPair {
  readonly column: NumericColumn;
  readonly source: NumericData;
}

function encodeNumbers(
  table: Table,
  { column, source }: NumericPair,
  begin: number,
  end: number,
  denseWidth: number,
  chunk: Chunk,
): void {
  const { values } = source;
  const { dense } = chunk;
  for (let row = begin, at = begin * denseWidth + column.input; row < end; row++, at += denseWidth) {
    const value = values[row]!;
    const input = numericInput(value, column);
    if (!Number.isFinite(input)) throw notFinite(table.places.place(row), column, value);
    dense[at] = input;
  }
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

export function notFinite(at: string, column: NumericColumn, value: number): DataError {
  return new DataError(
    "NOT_FINITE",
    `${place(at, column.name)}: ${value} is too far from the training mean ${column.mean} ` +
      `(deviation ${column.deviation}) to be standardised in float32`,
  );
}
