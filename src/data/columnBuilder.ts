/**
 * @file Collects the cells of one column of a training table until it is decided whether it is numeric or categorical
 * (columnType.ts). Keeps codes of spellings, so that numbers can still turn out to be words; a column with many different numbers
 * and no word is settled as numeric early, and its numbers then go where those of all such columns go (numberColumns.ts).
 */
import type { CellUse } from "./cellMemory.ts";
import type { CellBatch, CellReader } from "./cellReader.ts";
import { parseNumber } from "./cells.ts";
import {
  badCell,
  type ColumnSource,
  checkBoolean,
  inferType,
  type Kind,
  kindOf,
  levelsOf,
  type SpelledCells,
} from "./columnType.ts";
import { Growing } from "./growing.ts";
import type { NumberColumns } from "./numberColumns.ts";
import type { Reject } from "./rejects.ts";
import type { RowPlaces } from "./rowPlaces.ts";

const SETTLED_SPELLINGS = 100; // so many different numbers and no word: as categories they would say little

export interface NumericData {
  readonly name: string;
  readonly type: "numeric";
  /** (rows); NaN is a missing cell, all others are finite */
  readonly values: Float64Array;
}

export interface CategoricalData {
  readonly name: string;
  readonly type: "categorical";
  /** (rows) index into `levels`; -1 is a missing cell */
  readonly codes: Int32Array;
  /** every spelling, in first-seen order */
  readonly levels: readonly string[];
}

export type ColumnData = NumericData | CategoricalData;

/** A cell that is not what its column holds. */
export interface BadCell {
  readonly row: number;
  readonly reject: Reject;
}

export class ColumnBuilder {
  readonly source: ColumnSource;
  /** cells that are no numbers in a column of numbers, as they were found */
  readonly bad: BadCell[] = [];
  /** what to say of the type that was decided; null: it goes without saying */
  note: string | null = null;
  /** whether some spelling of a missing cell may be a number too */
  readonly #isNumberMissing: boolean;
  readonly #reader: CellReader;
  readonly #places: RowPlaces;
  readonly #numbers: NumberColumns;
  readonly #codes = new Growing((length) => new Uint32Array(length));
  readonly #kinds: Kind[] = [];
  readonly #values: number[] = [];
  /** different numbers before the first word */
  #numbersFirst = 0;
  #hasWords = false;
  /** in `#numbers` once the column is settled as numeric; then `#codes` is no longer used */
  #place: number | null = null;

  /** `places` and `numbers`: of all rows so far, those of the batch included when it is taken here. */
  constructor(source: ColumnSource, reader: CellReader, places: RowPlaces, numbers: NumberColumns) {
    this.source = source;
    this.#numbers = numbers;
    this.#reader = reader;
    this.#places = places;
    this.#isNumberMissing = [...source.missing].some((text) => /\d/.test(text));
    const use: CellUse = source.forced === "numeric" ? "numbers" : "words";
    reader.setUse(source.index, use);
    if (use === "numbers") this.#place = numbers.add(source.index);
  }

  /** Takes the cells that `NumberColumns` did not: irregular numbers or, of a column that is not settled, all. */
  take(batch: CellBatch): void {
    if (this.#place !== null) this.#takeIrregular(batch, this.#place);
    else this.#takeCodes(batch);
  }

  #takeIrregular(batch: CellBatch, numbers: number): void {
    const first = this.#places.length - batch.rows;
    for (const { row, text } of batch.irregular(this.source.index)) {
      this.#numbers.set(numbers, first + row, this.#irregularNumber(text.trim(), first + row));
    }
  }

  #takeCodes(batch: CellBatch): void {
    const { index } = this.source;
    this.#codes.append(batch.codes(index), batch.rows);
    const known = this.#kinds.length;
    if (this.#reader.spellings.spellingCount(index) > known) this.#classify(known);
  }

  /** Learns the spellings from code `known` on, and settles the column where that is clear. */
  #classify(known: number): void {
    const { spellings } = this.#reader;
    const { index, forced } = this.source;
    for (let code = known; code < spellings.spellingCount(index); code++) {
      const value = spellings.spelledNumber(index, code);
      const kind = this.#kindOf(code, value);
      this.#kinds.push(kind);
      this.#values.push(kind === "number" && Number.isNaN(value) ? this.#irregularValue(code) : value);
      if (kind === "number" && !this.#hasWords) this.#numbersFirst++;
      if (kind !== "number" && kind !== "missing") this.#hasWords = true;
    }
    if (forced === null && this.#isSettled) this.#settle();
  }

  /** Many different numbers before any word: the column is numeric, whatever follows. */
  get #isSettled(): boolean {
    return this.#numbersFirst > SETTLED_SPELLINGS;
  }

  #spelling(code: number): string {
    return this.#reader.spellings.spelling(this.source.index, code).trim();
  }

  #irregularValue(code: number): number {
    return parseNumber(this.#spelling(code), this.source.decimal);
  }

  #kindOf(code: number, value: number): Kind {
    if (!Number.isNaN(value) && !this.#isNumberMissing) return "number";
    return kindOf(this.#spelling(code), value, this.source);
  }

  #irregularNumber(text: string, row: number): number {
    if (this.source.missing.has(text)) return Number.NaN;
    const value = parseNumber(text, this.source.decimal);
    if (Number.isFinite(value)) return value;
    this.#refuse(text, row);
    return Number.NaN;
  }

  #refuse(cell: string, row: number): void {
    const file = this.#places.file(row);
    const error = badCell(cell, row, this.source, this.#places);
    this.bad.push({ row, reject: { file, line: this.#places.line(row), error } });
  }

  /** From now on the column is numeric; words among the cells are bad. */
  #settle(): void {
    const { index } = this.source;
    const codes = this.#codes.view();
    const place = this.#numbers.add(index);
    for (let row = 0; row < codes.length; row++) {
      const code = codes[row]!;
      const kind = this.#kinds[code]!;
      this.#numbers.set(place, row, kind === "number" ? this.#values[code]! : Number.NaN);
      if (kind !== "number" && kind !== "missing") this.#refuse(this.#spelling(code), row);
    }
    this.#place = place;
    this.#codes.clear();
    this.#reader.setUse(index, "numbers");
  }

  /** The cells of a column that is not settled. */
  get #cells(): SpelledCells {
    return {
      source: this.source,
      places: this.#places,
      codes: this.#codes.view(),
      kinds: this.#kinds,
      spelling: (code) => this.#spelling(code),
    };
  }

  /**
   * Decides what the column is, by its cells in the rows that are kept: 1 in `isKept`. Throws `DataError` as `inferType`, and
   * NOT_BOOLEAN where the config says boolean and there are more than two words.
   */
  decide(isKept: Uint8Array, toleratesBad: boolean): void {
    const { forced } = this.source;
    if (this.#place !== null) return;
    if (forced === "boolean") checkBoolean(this.#cells, isKept);
    if (forced !== null) return;
    const { type, note } = inferType(this.#cells, isKept, toleratesBad);
    this.note = note;
    if (type === "numeric") this.#settle();
  }

  /** For each row so far, 1 if its cell is not missing. */
  labelled(): Uint8Array {
    const codes = this.#codes.view();
    const isMissing = this.#kinds.map((kind) => kind === "missing");
    const labelled = new Uint8Array(codes.length);
    for (let row = 0; row < codes.length; row++) labelled[row] = isMissing[codes[row]!] ? 0 : 1;
    return labelled;
  }

  /** The column of the rows that are kept, after `decide`. */
  finish(isKept: Uint8Array, rows: number): ColumnData {
    const { name } = this.source;
    if (this.#place !== null) {
      const all = this.#numbers.values(this.#place);
      return { name, type: "numeric", values: rows === all.length ? all : this.#keep(all, isKept, rows) };
    }
    const levels = levelsOf(this.#cells, isKept);
    const levelOf = this.#kinds.map((kind, code) =>
      kind === "missing" ? -1 : (levels.get(this.#spelling(code)) ?? -1),
    );
    const all = this.#codes.view();
    const codes = new Int32Array(rows);
    let row = 0;
    for (let i = 0; i < all.length; i++) if (isKept[i] === 1) codes[row++] = levelOf[all[i]!]!;
    return { name, type: "categorical", codes, levels: [...levels.keys()] };
  }

  #keep(values: Float64Array, isKept: Uint8Array, rows: number): Float64Array {
    const kept = this.#numbers.memory(rows);
    let row = 0;
    for (let i = 0; i < values.length; i++) if (isKept[i] === 1) kept[row++] = values[i]!;
    return kept;
  }
}
