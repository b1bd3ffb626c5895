/**
 * @file The spellings of one column that the reader has given codes, each judged once. How often each comes is counted by
 * column.ts, which lets go of them where they are too many.
 */
import type { CellReader } from "../cellReader.ts";
import type { Decimal } from "../cells.ts";
import { MISSING_PRINT, numberPrint, type Print, textPrint } from "./fingerprint.ts";
import { type Cell, readCell } from "./words.ts";

/** What the columns of a table share. */
export interface ColumnSource {
  readonly reader: CellReader;
  readonly missing: ReadonlySet<string>;
  readonly decimal: Decimal;
}

export interface Spelling extends Cell, Print {
  readonly code: number;
  /** rows that have it; none where the reader has seen it in a bad row alone */
  rows: number;
  /** of the first of them, counted over all files */
  line: number;
  /** how many cells of the column have a value before the first that has this one */
  place: number;
}

/** Of what is no value, or not met. */
const NO_PLACE = -1;

export class Spellings {
  /** by code; two codes may be one value */
  readonly all: Spelling[] = [];
  readonly #index: number;
  readonly #source: ColumnSource;
  /** whether some spelling of a missing cell may be a number too */
  readonly #isNumberMissing: boolean;
  /** by text, from the first spelling on that has space around it which the reader does not trim */
  #byText: Map<string, Spelling> | null = null;

  constructor(index: number, source: ColumnSource) {
    this.#index = index;
    this.#source = source;
    this.#isNumberMissing = [...source.missing].some((text) => /\d/.test(text));
  }

  /** Judges those that are new since the last batch. */
  learn(): void {
    const count = this.#source.reader.spellings.spellingCount(this.#index);
    for (let code = this.all.length; code < count; code++) this.all.push(this.#judge(code));
  }

  #judge(code: number): Spelling {
    const { reader, missing, decimal } = this.#source;
    const value = reader.spellings.spelledNumber(this.#index, code);
    if (!Number.isNaN(value) && !this.#isNumberMissing && this.#byText === null) {
      return spelling(code, { sort: "number", value }, numberPrint(value));
    }
    const spelt = reader.spellings.spelling(this.#index, code);
    const text = spelt.trim();
    if (text !== spelt) this.#byText ??= new Map(this.all.map((each) => [this.text(each), each]));
    const known = this.#byText?.get(text);
    if (known !== undefined) return known;
    const cell = readCell(text, missing, decimal);
    const judged = spelling(code, cell, cellPrint(cell, text));
    this.#byText?.set(text, judged);
    return judged;
  }

  /** Trimmed. */
  text({ code }: Spelling): string {
    return this.#source.reader.spellings.spelling(this.#index, code).trim();
  }

  /** The numbers, or the words, as they were first met. */
  met(ofNumbers: boolean): Spelling[] {
    const values = this.all.filter(({ sort, rows }) => rows > 0 && (sort === "number") === ofNumbers);
    return [...new Set(values)].sort((a, b) => a.place - b.place);
  }
}

function spelling(code: number, { sort, value }: Cell, { low, high }: Print): Spelling {
  return { code, sort, value, low, high, rows: 0, line: 0, place: NO_PLACE };
}

/** The same for cells that are equal: numbers by value, all missing ones, words by their letters. */
export function cellPrint({ sort, value }: Cell, text: string): Print {
  if (sort === "missing") return MISSING_PRINT;
  return sort === "number" ? numberPrint(value) : textPrint(text);
}
