/**
 * @file The facts of one column, gathered cell by cell: how many cells are numbers, words or missing, which values
 * there are, and fingerprints that tell equal columns. Bounded memory. Decides nothing (decide.ts).
 */
import { type Decimal, parseNumber } from "../cells.ts";
import { Fingerprint } from "./fingerprint.ts";
import { isFigure, isMoment } from "./words.ts";

/** One spelling of a column. */
export interface Value {
  readonly rows: number;
  /** the line on which it was first seen, counted over all files (table.ts's `placeText`) */
  readonly line: number;
}

export interface ColumnProfile {
  readonly name: string;
  readonly missing: number;
  /** cells that are finite numbers */
  readonly numbers: number;
  /** cells that are neither missing nor finite numbers */
  readonly words: number;
  /** by spelling, in first-seen order; null: more than are kept */
  readonly numberValues: ReadonlyMap<string, Value> | null;
  readonly wordValues: ReadonlyMap<string, Value> | null;
  /** of the numbers; null without any */
  readonly range: { readonly minimum: number; readonly mean: number; readonly maximum: number } | null;
  /** every number is a whole one */
  readonly isWhole: boolean;
  /** each row has the number of the row before, plus 1 */
  readonly countsRows: boolean;
  /** no value came twice among the first `differentCells` cells: all of them, or as many as values are kept */
  readonly isDifferent: boolean;
  readonly differentCells: number;
  /** how many words are dates; how many are numbers in another form */
  readonly dates: number;
  readonly figures: number;
  /** the same in columns that have equal cells in every row */
  readonly cellsPrint: string;
  /** the same in columns whose cells are equal in the same rows; null where not all values are kept */
  readonly patternPrint: string | null;
}

interface Kept {
  rows: number;
  readonly line: number;
  /** values are numbered as they are first seen */
  readonly code: number;
}

const MISSING_CODE = -1;

export class ColumnCounter {
  readonly #limit: number;
  readonly #decimal: Decimal;
  #missing = 0;
  #numbers = 0;
  #words = 0;
  #numberValues: Map<string, Kept> | null = new Map();
  #wordValues: Map<string, Kept> | null = new Map();
  #codes = 0;
  #minimum = Number.POSITIVE_INFINITY;
  #maximum = Number.NEGATIVE_INFINITY;
  #sum = 0;
  #isWhole = true;
  #countsRows = true;
  #previous = Number.NaN;
  #isDifferent = true;
  #differentCells = 0;
  #dates = 0;
  #figures = 0;
  readonly #cells = new Fingerprint();
  readonly #pattern = new Fingerprint();

  /** `limit`: distinct numbers, and distinct words, that are kept. */
  constructor(limit: number, decimal: Decimal) {
    this.#limit = limit;
    this.#decimal = decimal;
  }

  /** A trimmed cell. `line`: counted over all files, for messages. */
  add(cell: string, line: number, missing: ReadonlySet<string>): void {
    if (missing.has(cell)) {
      this.#missing++;
      this.#countsRows = false;
      this.#cells.addText("");
      this.#pattern.addNumber(MISSING_CODE);
      return;
    }
    const number = parseNumber(cell, this.#decimal);
    if (Number.isFinite(number)) this.#addNumber(cell, number, line);
    else this.#addWord(cell, line);
  }

  #addNumber(cell: string, number: number, line: number): void {
    this.#numbers++;
    this.#sum += number;
    if (number < this.#minimum) this.#minimum = number;
    if (number > this.#maximum) this.#maximum = number;
    if (!Number.isInteger(number)) this.#isWhole = false;
    if (this.#numbers > 1 && number !== this.#previous + 1) this.#countsRows = false;
    this.#previous = number;
    this.#cells.addNumber(number);
    if (this.#numberValues !== null) {
      this.#count(this.#numberValues, cell, line);
      if (this.#numberValues.size > this.#limit) this.#numberValues = null;
    }
  }

  #addWord(cell: string, line: number): void {
    this.#words++;
    this.#countsRows = false;
    if (isMoment(cell)) this.#dates++;
    else if (isFigure(cell, this.#decimal)) this.#figures++;
    this.#cells.addText(cell);
    if (this.#wordValues !== null) {
      this.#count(this.#wordValues, cell, line);
      if (this.#wordValues.size > this.#limit) this.#wordValues = null;
    }
  }

  #count(values: Map<string, Kept>, cell: string, line: number): void {
    let value = values.get(cell);
    if (value === undefined) {
      // A cell may be a slice that keeps its whole block of the file alive: what stays is copied.
      const own = cell.length < 13 ? cell : Buffer.from(cell).toString();
      value = { rows: 0, line, code: this.#codes++ };
      values.set(own, value);
    } else this.#isDifferent = false;
    value.rows++;
    this.#differentCells++;
    this.#pattern.addNumber(value.code);
  }

  finish(name: string): ColumnProfile {
    const range = { minimum: this.#minimum, mean: this.#sum / this.#numbers, maximum: this.#maximum };
    const isComplete = this.#numberValues !== null && this.#wordValues !== null;
    return {
      name,
      missing: this.#missing,
      numbers: this.#numbers,
      words: this.#words,
      numberValues: this.#numberValues,
      wordValues: this.#wordValues,
      range: this.#numbers > 0 ? range : null,
      isWhole: this.#isWhole,
      countsRows: this.#countsRows && this.#numbers > 2,
      isDifferent: this.#isDifferent,
      differentCells: this.#differentCells,
      dates: this.#dates,
      figures: this.#figures,
      cellsPrint: this.#cells.text(),
      patternPrint: isComplete ? this.#pattern.text() : null,
    };
  }
}
