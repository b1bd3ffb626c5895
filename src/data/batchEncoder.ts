/**
 * @file Turns batches of a later file's rows into inputs, by the description that the model holds. The training table
 * goes through encode.ts.
 */
import { type DataError, ModelError, type UserError } from "../errors.ts";
import { show, showList } from "../words.ts";
import type { CellBatch, CellReader } from "./cellReader.ts";
import { indicatorInput, parseNumber, writeNumericInputs } from "./cells.ts";
import type { CsvTable } from "./csv.ts";
import type { Dataset } from "./dataset.ts";
import {
  asDataset,
  type CellCounts,
  type Chunk,
  codeWidthOf,
  createChunk,
  hasCode,
  notFinite,
} from "./encode.ts";
import { LevelReader } from "./levelReader.ts";
import { matchColumns } from "./match.ts";
import type { CategoricalColumn, NumericColumn, TablePreprocessing } from "./preprocessing.ts";
import { badNumber, place } from "./words.ts";

/** Whether the label is read: "required" (eval) or "ignored" (predict). */
export type LabelUse = "required" | "ignored";

/** A batch of rows of a later file as inputs. */
export interface EncodedBatch {
  /** the rows that can be used, in order; valid until the next batch */
  readonly data: Dataset;
  /** for each row of the batch: its place in `data`, or -1 where it cannot be used */
  readonly places: Int32Array;
  /** the rows with a bad cell, in order, each with what is wrong with the first */
  readonly bad: readonly BadRow[];
  /** the first of the other rows whose label is no class of the training data: UNKNOWN_CLASS */
  readonly misfit: BadRow<ModelError> | null;
}

/** A row of the batch, and what is wrong with it. */
export interface BadRow<Problem extends UserError = DataError> {
  readonly row: number;
  readonly error: Problem;
}

/** A column of the model, and the index of its cells in a row. */
interface NumericSource {
  readonly column: NumericColumn;
  readonly cell: number;
}
interface CategoricalSource {
  readonly column: CategoricalColumn;
  readonly cell: number;
  readonly levels: LevelReader;
}

/** Says that a row is bad. */
type Refuse = (row: number, error: () => DataError) => void;

/** Encodes the rows of one table, matched to the training columns by name (or position, without a header). */
export class BatchEncoder {
  /** counted over all usable rows encoded so far */
  readonly unseen: CellCounts = new Map();
  readonly newlyMissing: CellCounts = new Map();
  unlabelled = 0;
  readonly #preprocessing: TablePreprocessing;
  readonly #reader: CellReader;
  readonly #table: CsvTable;
  readonly #missing: ReadonlySet<string>;
  readonly #classOf: ReadonlyMap<string, number>;
  /** class of each spelling of the label so far, or one of the below */
  readonly #classes: number[] = [];
  /** index of the label in a row; -1 if it is not wanted */
  readonly #label: number;
  readonly #columns: (NumericSource | CategoricalSource)[];
  /** where batches are encoded, and how many rows it can take */
  #chunk: Chunk;
  #room = 0;

  /** Throws `ModelError` COLUMN_MISSING, COLUMN_COUNT if the table lacks columns. */
  constructor(preprocessing: TablePreprocessing, table: CsvTable, reader: CellReader, labelUse: LabelUse) {
    const { cells, label } = matchColumns(preprocessing, table.names, table.file, labelUse === "required");
    this.#preprocessing = preprocessing;
    this.#table = table;
    this.#reader = reader;
    this.#missing = new Set(preprocessing.missing);
    this.#chunk = createChunk(preprocessing, 0);
    this.#classOf = new Map(preprocessing.classes.map((name, i) => [name, i]));
    this.#label = labelUse === "required" ? label : -1;
    if (this.#label >= 0) reader.setUse(this.#label, "words");
    this.#columns = preprocessing.columns.map((column, i) => {
      const cell = cells[i]!;
      reader.setUse(cell, column.type === "numeric" ? "numbers" : "words");
      if (column.type === "numeric") return { column, cell };
      return { column, cell, levels: new LevelReader(column, cell, reader, this.#missing) };
    });
  }

  /** No rows. */
  empty(): Dataset {
    return asDataset(createChunk(this.#preprocessing, 0), 0, this.#preprocessing, false);
  }

  /** All rows of a batch. */
  encode(batch: CellBatch): EncodedBatch {
    if (this.#room < batch.rows) {
      this.#room = batch.rows;
      this.#chunk = createChunk(this.#preprocessing, batch.rows);
    }
    const chunk = this.#chunk;
    const isUsed = new Uint8Array(batch.rows).fill(1);
    const foreign = this.#label >= 0 ? this.#readLabels(batch, chunk.labels, isUsed) : [];
    const bad = this.#readNumbers(batch, chunk, isUsed);
    for (const { row } of bad) isUsed[row] = 0;
    this.#readCodes(batch, chunk, isUsed);
    this.#countNewlyMissing(batch, isUsed);
    const row = foreign.find((row) => isUsed[row] === 1);
    const misfit = row === undefined ? null : { row, error: this.#unknownClass(batch, row) };
    return { ...this.#compact(chunk, batch.rows, isUsed), bad, misfit };
  }

  /** Gives the rows whose label is no class. */
  #readLabels(batch: CellBatch, labels: Uint32Array, isUsed: Uint8Array): number[] {
    const codes = batch.codes(this.#label);
    const { spellings } = this.#reader;
    for (let code = this.#classes.length; code < spellings.spellingCount(this.#label); code++) {
      const text = spellings.spelling(this.#label, code).trim();
      this.#classes.push(this.#missing.has(text) ? UNLABELLED : (this.#classOf.get(text) ?? UNKNOWN));
    }
    const foreign: number[] = [];
    for (let row = 0; row < batch.rows; row++) {
      const index = this.#classes[codes[row]!]!;
      if (index === UNKNOWN) foreign.push(row);
      else if (index === UNLABELLED) {
        isUsed[row] = 0;
        this.unlabelled++;
      } else labels[row] = index;
    }
    return foreign;
  }

  /** The rows that are used but have a bad number. */
  #readNumbers(batch: CellBatch, chunk: Chunk, isUsed: Uint8Array): BadRow[] {
    const bad = new Map<number, DataError>();
    for (const source of this.#columns) {
      if ("levels" in source) continue;
      const refuse = (row: number, error: () => DataError): void => {
        if (isUsed[row] === 1 && !bad.has(row)) bad.set(row, error());
      };
      this.#readIrregular(batch, source, refuse);
      this.#standardise(batch, source, chunk, refuse);
    }
    return Array.from(bad, ([row, error]) => ({ row, error })).sort((a, b) => a.row - b.row);
  }

  #readIrregular(batch: CellBatch, { column, cell }: NumericSource, refuse: Refuse): void {
    const values = batch.numbers(cell);
    for (const irregular of batch.irregular(cell)) {
      const { row } = irregular;
      const text = irregular.text.trim();
      if (this.#missing.has(text)) continue;
      values[row] = parseNumber(text, this.#table.decimal);
      if (!Number.isFinite(values[row]))
        refuse(row, () => this.#badNumber(text, column, placeIn(batch, row)));
    }
  }

  #standardise(batch: CellBatch, { column, cell }: NumericSource, chunk: Chunk, refuse: Refuse): void {
    const values = batch.numbers(cell);
    const { denseWidth } = this.#preprocessing;
    writeNumericInputs(values, { begin: 0, end: batch.rows }, column, chunk.dense, denseWidth);
    for (let row = 0, at = column.input; row < batch.rows; row++, at += denseWidth) {
      if (Number.isFinite(chunk.dense[at]!)) continue;
      refuse(row, () => notFinite(placeIn(batch, row), column, values[row]!));
    }
  }

  #readCodes(batch: CellBatch, chunk: Chunk, isUsed: Uint8Array): void {
    const codeWidth = codeWidthOf(this.#preprocessing);
    let code = 0;
    for (const source of this.#columns) {
      const { column, cell } = source;
      if ("levels" in source) {
        const unseen = source.levels.read(batch, chunk.codes, code, codeWidth, isUsed);
        countCells(this.unseen, column.name, unseen);
      } else if (source.column.missingInput !== null) {
        const values = batch.numbers(cell);
        for (let row = 0; row < batch.rows; row++) {
          chunk.codes[row * codeWidth + code] = indicatorInput(values[row]!, source.column.missingInput);
        }
      }
      if (hasCode(column)) code++;
    }
  }

  /** Missing numbers of columns without an input that would say so. */
  #countNewlyMissing(batch: CellBatch, isUsed: Uint8Array): void {
    for (const { column, cell } of this.#columns) {
      if (hasCode(column)) continue;
      const values = batch.numbers(cell);
      let missing = 0;
      for (let row = 0; row < batch.rows; row++) if (Number.isNaN(values[row]!)) missing += isUsed[row]!;
      countCells(this.newlyMissing, column.name, missing);
    }
  }

  #badNumber(cell: string, column: NumericColumn, at: string): DataError {
    const hint = `or leave it missing: ${showList(this.#preprocessing.missing, 3)}`;
    return badNumber(place(at, column.name), cell, this.#table.decimal, hint);
  }

  #unknownClass(batch: CellBatch, row: number): ModelError {
    const { label, classes } = this.#preprocessing;
    const code = batch.codes(this.#label)[row]!;
    const text = this.#reader.spellings.spelling(this.#label, code).trim();
    return new ModelError(
      "UNKNOWN_CLASS",
      `${place(placeIn(batch, row), label)}: ${show(text)} is not a class of the training data, which had ${showList(classes)}`,
    );
  }

  /** Moves the rows that are used together. */
  #compact(chunk: Chunk, rows: number, isUsed: Uint8Array): Pick<EncodedBatch, "data" | "places"> {
    const { denseWidth } = this.#preprocessing;
    const codeWidth = codeWidthOf(this.#preprocessing);
    const places = new Int32Array(rows);
    let used = 0;
    for (let row = 0; row < rows; row++) {
      places[row] = isUsed[row] === 1 ? used : -1;
      if (isUsed[row] === 0) continue;
      if (used < row) {
        chunk.dense.copyWithin(used * denseWidth, row * denseWidth, (row + 1) * denseWidth);
        chunk.codes.copyWithin(used * codeWidth, row * codeWidth, (row + 1) * codeWidth);
        chunk.labels[used] = chunk.labels[row]!;
      }
      used++;
    }
    return { data: asDataset(chunk, used, this.#preprocessing, this.#label >= 0), places };
  }
}

/** Adds to the cells of a column; a column without any is not listed. */
function countCells(counts: CellCounts, column: string, cells: number): void {
  if (cells > 0) counts.set(column, (counts.get(column) ?? 0) + cells);
}

/** "data.csv:12" */
function placeIn({ file, lines }: CellBatch, row: number): string {
  return `${file}:${lines[row]}`;
}

const UNLABELLED = -1;
const UNKNOWN = -2;
