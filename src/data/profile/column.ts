/**
 * @file The facts of one column: how many cells are numbers, words or missing, which values there are, and fingerprints
 * that tell equal columns. Bounded memory: as long as values are few, cells come as codes of spellings; a column of too
 * many numbers goes on with numbers, one of too many words with text. Decides nothing (decide.ts).
 */
import type { CellBatch } from "../cellReader.ts";
import { Fingerprint, MISSING_PRINT, type Print } from "./fingerprint.ts";
import { type NumberForm, numberForm } from "./numberForm.ts";
import { NumberTally } from "./numberTally.ts";
import { type ColumnSource, cellPrint, type Spelling, Spellings } from "./spellings.ts";
import { type Cell, readCell, type Sort } from "./words.ts";

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
  readonly range: NumberTally["range"];
  /** every number is a whole one */
  readonly isWhole: boolean;
  /** how the numbers are written; of the first ones where more are there than are kept */
  readonly form: NumberForm;
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

type Values = Map<string, { rows: number; readonly line: number }>;

export class ColumnCounter {
  readonly #index: number;
  readonly #limit: number;
  readonly #source: ColumnSource;
  /** null: there were too many */
  #spellings: Spellings | null;
  #distinctNumbers = 0;
  #distinctWords = 0;
  /** what is kept once `#spellings` is null; null: too many of them */
  #numberValues: Values | null = null;
  #wordValues: Values | null = null;
  /** whether cells come as text then, and not as numbers */
  #isText = false;
  #form: NumberForm | null = null;
  readonly #numbers = new NumberTally();
  /** of the files before the one that is read */
  #linesBefore = 0;
  #missing = 0;
  #words = 0;
  #dates = 0;
  #figures = 0;
  #isDifferent = true;
  #differentCells = 0;
  readonly #cells = new Fingerprint();
  readonly #pattern = new Fingerprint();

  /** `index`: in a row. `limit`: distinct numbers, and distinct words, that are kept. Before the reader's first batch. */
  constructor(index: number, limit: number, source: ColumnSource) {
    this.#index = index;
    this.#limit = limit;
    this.#source = source;
    this.#spellings = new Spellings(index, source);
    source.reader.setUse(index, "words");
  }

  /** Takes this column's cells. `linesBefore`: of the files before the batch's. */
  take(batch: CellBatch, linesBefore: number): void {
    this.#linesBefore = linesBefore;
    const spellings = this.#spellings;
    if (spellings === null) {
      if (this.#isText) this.#takeTexts(batch);
      else this.#takeNumbers(batch);
      return;
    }
    spellings.learn();
    const codes = batch.codes(this.#index);
    const counted = this.#takeCodes(codes, batch, spellings.all);
    if (this.#distinctNumbers <= this.#limit && this.#distinctWords <= this.#limit) return;
    this.#leaveCodes(spellings);
    for (let row = counted; row < batch.rows; row++) {
      const spelling = spellings.all[codes[row]!]!;
      this.#count(spelling, spelling);
      this.#keep(spelling.sort, () => spellings.text(spelling), batch.lines[row]!);
    }
  }

  /** Counts cells by their codes; gives how many: not all where one has a value too many. */
  #takeCodes(codes: Uint32Array, { rows, lines }: CellBatch, spellings: readonly Spelling[]): number {
    for (let row = 0; row < rows; row++) {
      const spelling = spellings[codes[row]!]!;
      const isTooMany = spelling.sort !== "missing" && this.#meet(spelling, lines[row]!);
      this.#count(spelling, spelling);
      this.#pattern.addInteger(spelling.place);
      if (isTooMany) return row + 1;
    }
    return rows;
  }

  /** Counts a value; true if there are now more than are kept. */
  #meet(spelling: Spelling, line: number): boolean {
    const place = this.#differentCells++;
    if (spelling.rows++ > 0) {
      this.#isDifferent = false;
      return false;
    }
    spelling.line = this.#linesBefore + line;
    spelling.place = place;
    const distinct = spelling.sort === "number" ? ++this.#distinctNumbers : ++this.#distinctWords;
    return distinct > this.#limit;
  }

  /** From now on cell by cell; the values so far stay, unless they are too many. */
  #leaveCodes(spellings: Spellings): void {
    const { reader } = this.#source;
    this.#form = formOf(spellings);
    this.#numberValues = this.#distinctNumbers > this.#limit ? null : valuesOf(spellings, true);
    this.#wordValues = this.#distinctWords > this.#limit ? null : valuesOf(spellings, false);
    this.#spellings = null;
    this.#isText = this.#numberValues !== null;
    reader.setUse(this.#index, this.#isText ? "ignored" : "numbers");
    if (this.#isText) reader.keep(this.#index);
  }

  #takeTexts(batch: CellBatch): void {
    for (let row = 0; row < batch.rows; row++) {
      this.#takeText(batch.text(this.#index, row).trim(), batch.lines[row]!);
    }
  }

  #takeNumbers(batch: CellBatch): void {
    let row = 0;
    for (const irregular of batch.irregular(this.#index)) {
      this.#addNumbers(batch, row, irregular.row);
      this.#takeText(irregular.text.trim(), batch.lines[irregular.row]!);
      row = irregular.row + 1;
    }
    this.#addNumbers(batch, row, batch.rows);
  }

  #takeText(text: string, line: number): void {
    const { missing, decimal } = this.#source;
    const cell = readCell(text, missing, decimal);
    this.#count(cell, cellPrint(cell, text));
    this.#keep(cell.sort, () => text, line);
  }

  /** Adds cells that are regular numbers, or missing. */
  #addNumbers(batch: CellBatch, from: number, to: number): void {
    const numbers = batch.numbers(this.#index);
    for (let row = from; row < to; row++) {
      const value = numbers[row]!;
      if (Number.isNaN(value)) {
        this.#cells.add(MISSING_PRINT);
        this.#countOther("missing");
      } else {
        this.#cells.addNumber(value);
        this.#numbers.add(value);
      }
    }
  }

  #count(cell: Cell, print: Print): void {
    this.#cells.add(print);
    if (cell.sort === "number") this.#numbers.add(cell.value);
    else this.#countOther(cell.sort);
  }

  #countOther(sort: Sort): void {
    this.#numbers.skip();
    if (sort === "missing") this.#missing++;
    else this.#words++;
    if (sort === "date") this.#dates++;
    else if (sort === "figure") this.#figures++;
  }

  /** Counts a value once there are no codes, if values of its sort are kept. */
  #keep(sort: Sort, text: () => string, line: number): void {
    const values = sort === "missing" ? null : sort === "number" ? this.#numberValues : this.#wordValues;
    if (values === null) return;
    this.#differentCells++;
    const value = values.get(text());
    if (value !== undefined) {
      value.rows++;
      this.#isDifferent = false;
      return;
    }
    values.set(text(), { rows: 1, line: this.#linesBefore + line });
    if (values.size <= this.#limit) return;
    if (sort === "number") this.#numberValues = null;
    else this.#wordValues = null;
  }

  /** After the last batch. */
  finish(name: string): ColumnProfile {
    const spellings = this.#spellings;
    const { count, range, isWhole, countsRows } = this.#numbers;
    return {
      name,
      missing: this.#missing,
      numbers: count,
      words: this.#words,
      numberValues: spellings === null ? this.#numberValues : valuesOf(spellings, true),
      wordValues: spellings === null ? this.#wordValues : valuesOf(spellings, false),
      range,
      isWhole,
      form: this.#form ?? formOf(spellings!),
      countsRows,
      isDifferent: this.#isDifferent,
      differentCells: this.#differentCells,
      dates: this.#dates,
      figures: this.#figures,
      cellsPrint: this.#cells.text(),
      patternPrint: spellings === null ? null : this.#pattern.text(),
    };
  }
}

function valuesOf(spellings: Spellings, ofNumbers: boolean): Values {
  return new Map(
    spellings.met(ofNumbers).map((each) => [spellings.text(each), { rows: each.rows, line: each.line }]),
  );
}

function formOf(spellings: Spellings): NumberForm {
  const numbers = spellings.met(true);
  return numberForm(numbers.length, (i) => spellings.text(numbers[i]!));
}
