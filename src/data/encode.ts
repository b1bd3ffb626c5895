/**
 * @file Turns rows into inputs by a stored description: a whole parsed training table at once, or the records of any
 * later file one by one. Both use the functions of cells.ts for every cell, so equal cells give equal bits.
 */
import { DataError, ModelError } from "../errors.ts";
import { show, showList } from "../words.ts";
import { categoricalInput, indicatorInput, levelInputs, numericInput, parseNumber } from "./cells.ts";
import type { CategoricalData, NumericData } from "./columnBuilder.ts";
import type { Table } from "./columns.ts";
import type { Dataset } from "./dataset.ts";
import { matchColumns } from "./match.ts";
import type { CategoricalColumn, InputColumn, NumericColumn, TablePreprocessing } from "./preprocessing.ts";
import type { CsvRecord } from "./records.ts";
import { badNumber, place } from "./words.ts";

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
  let code = 0;
  for (const column of preprocessing.columns) {
    const source = byName.get(column.name);
    if (column.type === "numeric" && source?.type === "numeric") {
      encodeNumbers(table, source, column, preprocessing.denseWidth, chunk);
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
  chunk.labels.set(table.labels);
  return { data: asDataset(chunk, table.rows, preprocessing, true), unseen };
}

function encodeNumbers(
  table: Table,
  source: NumericData,
  column: NumericColumn,
  denseWidth: number,
  chunk: Chunk,
): void {
  for (let row = 0; row < table.rows; row++) {
    const value = source.values[row]!;
    const input = numericInput(value, column);
    if (!Number.isFinite(input)) throw notFinite(table.file, table.lines[row]!, column, value);
    chunk.dense[row * denseWidth + column.input] = input;
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
  const inputOfCode = source.levels.map((level) => categoricalInput(level, inputs));
  const missingInput = categoricalInput(null, inputs);
  let unseen = 0;
  for (let row = 0; row < source.codes.length; row++) {
    const level = source.codes[row]!;
    const input = level < 0 ? missingInput : inputOfCode[level]!;
    if (!inputs.has(level < 0 ? null : source.levels[level]!)) unseen++;
    codes[row * codeWidth + code] = input;
  }
  return unseen;
}

/** Whether `encode` needs the label: "required" (eval) or "ignored" (predict). */
export type LabelUse = "required" | "ignored";

/** Encodes the records of one file, matched to the training columns by name (or position, without a header). */
export class RowEncoder {
  /** counted over all rows encoded so far */
  readonly unseen: UnseenCounts = new Map();
  readonly #preprocessing: TablePreprocessing;
  readonly #file: string;
  readonly #missing: ReadonlySet<string>;
  readonly #classOf: ReadonlyMap<string, number>;
  /** index of the label in a record; -1 if it is not wanted */
  readonly #label: number;
  readonly #columns: { column: InputColumn; cell: number; levels: Map<string | null, number> }[];
  readonly #codeWidth: number;

  /** `names`: the columns of this file. Throws `ModelError` COLUMN_MISSING, COLUMN_COUNT if it lacks some. */
  constructor(preprocessing: TablePreprocessing, names: readonly string[], file: string, labelUse: LabelUse) {
    const { cells, label } = matchColumns(preprocessing, names, file, labelUse === "required");
    this.#preprocessing = preprocessing;
    this.#file = file;
    this.#missing = new Set(preprocessing.missing);
    this.#classOf = new Map(preprocessing.classes.map((name, i) => [name, i]));
    this.#label = labelUse === "required" ? label : -1;
    this.#codeWidth = codeWidthOf(preprocessing);
    this.#columns = preprocessing.columns.map((column, i) => ({
      column,
      cell: cells[i]!,
      levels: column.type === "categorical" ? levelInputs(column) : new Map(),
    }));
  }

  /**
   * Writes a record into row `row` of `chunk`. False if its label is required and missing: the row is not to be
   * used. Throws `DataError` NOT_A_NUMBER, NUMBER_TOO_LARGE, NOT_FINITE; `ModelError` UNKNOWN_CLASS.
   */
  encode(record: CsvRecord, row: number, chunk: Chunk): boolean {
    if (this.#label >= 0) {
      const label = record.cells[this.#label]!.trim();
      if (this.#missing.has(label)) return false;
      chunk.labels[row] = this.#classIndex(label, record.line);
    }
    let code = row * this.#codeWidth;
    for (const { column, cell, levels } of this.#columns) {
      const text = record.cells[cell]!.trim();
      const isMissing = this.#missing.has(text);
      if (column.type === "categorical") {
        const level = isMissing ? null : text;
        if (!levels.has(level)) this.unseen.set(column.name, (this.unseen.get(column.name) ?? 0) + 1);
        chunk.codes[code++] = categoricalInput(level, levels);
        continue;
      }
      const value = isMissing ? Number.NaN : this.#parse(text, column, record.line);
      const input = numericInput(value, column);
      if (!Number.isFinite(input)) throw notFinite(this.#file, record.line, column, value);
      chunk.dense[row * this.#preprocessing.denseWidth + column.input] = input;
      if (column.missingInput !== null) chunk.codes[code++] = indicatorInput(value, column.missingInput);
    }
    return true;
  }

  #parse(cell: string, column: NumericColumn, line: number): number {
    const value = parseNumber(cell);
    if (Number.isFinite(value)) return value;
    const at = place(this.#file, line, column.name);
    throw badNumber(at, cell, `or leave it missing: ${showList(this.#preprocessing.missing)}`);
  }

  #classIndex(label: string, line: number): number {
    const index = this.#classOf.get(label);
    if (index !== undefined) return index;
    const { label: name, classes } = this.#preprocessing;
    throw new ModelError(
      "UNKNOWN_CLASS",
      `${place(this.#file, line, name)}: ${show(label)} is not a class of the training data, which had ${showList(classes)}`,
    );
  }
}

function hasCode(column: InputColumn): boolean {
  return column.type === "categorical" || column.missingInput !== null;
}

function notFinite(file: string, line: number, column: NumericColumn, value: number): DataError {
  return new DataError(
    "NOT_FINITE",
    `${place(file, line, column.name)}: ${value} is too far from the training mean ${column.mean} ` +
      `(deviation ${column.deviation}) to be standardised in float32`,
  );
}
