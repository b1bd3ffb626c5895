/**
 * @file Collects the cells of one column of a training table and decides, once all are seen, whether it is numeric
 * or categorical. Keeps codes into a dictionary of spellings, so that numbers can still turn out to be words; a
 * column with very many different numbers is settled as numeric early and then keeps the numbers alone.
 */
import { DataError } from "../errors.ts";
import { grouped, plural, show } from "../words.ts";
import { hasDecimalComma, parseNumber } from "./cells.ts";
import { Growing } from "./growing.ts";
import { badNumber, place } from "./words.ts";

const SETTLED_SPELLINGS = 10_000; // so many different numbers and no word: as categories they would be useless
const MOSTLY = 0.9; // share of numbers from which a word among them is taken for a typo
const FEW_LEVELS = 100; // up to here a column may consist of nothing but different words

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

type Kind = "number" | "tooLarge" | "comma" | "word";

interface Seen {
  readonly line: number;
  readonly cell: string;
}

export class ColumnBuilder {
  readonly name: string;
  readonly #file: string;
  readonly #forced: "numeric" | "categorical" | null;
  readonly #hint: string | null;
  readonly #codeOf = new Map<string, number>();
  readonly #levels: string[] = [];
  readonly #values: number[] = [];
  readonly #kinds: Kind[] = [];
  readonly #codes = new Growing((length) => new Int32Array(length));
  /** the column once it is settled as numeric; then `#codes` is no longer used */
  #numbers: Growing<Float64Array> | null = null;
  readonly #cells: Record<Kind, number> = { number: 0, tooLarge: 0, comma: 0, word: 0 };
  /** where each kind was first seen */
  readonly #first: Partial<Record<Kind, Seen>> = {};

  /** `hint`: what else than correcting a bad number helps, where it is not what helps with any column */
  constructor(
    file: string,
    name: string,
    forced: "numeric" | "categorical" | null,
    hint: string | null = null,
  ) {
    this.#file = file;
    this.#hint = hint;
    this.name = name;
    this.#forced = forced;
    if (forced === "numeric") this.#settle();
  }

  /** The next row misses this cell. */
  addMissing(): void {
    if (this.#numbers !== null) this.#numbers.push(Number.NaN);
    else this.#codes.push(-1);
  }

  /** The next row's cell, trimmed and not missing. */
  add(cell: string, line: number): void {
    if (this.#numbers !== null) {
      const value = parseNumber(cell);
      if (!Number.isFinite(value)) throw this.#badNumber(cell, line);
      this.#numbers.push(value);
      return;
    }
    const code = this.#codeOf.get(cell) ?? this.#intern(cell);
    const kind = this.#kinds[code]!;
    this.#cells[kind]++;
    if (this.#first[kind] === undefined) this.#first[kind] = { line, cell };
    this.#codes.push(code);
    const isNumeric = this.#forced === null && this.#cells.word + this.#cells.comma === 0;
    if (isNumeric && this.#levels.length > SETTLED_SPELLINGS) this.#settle();
  }

  /** The whole column. Throws `DataError` where its type cannot be told without a risk. */
  finish(): ColumnData {
    if (this.#numbers === null && this.#forced === null) {
      const { number, tooLarge, comma, word } = this.#cells;
      if (comma + word === 0) this.#settle();
      else this.#checkInferredWords(number + tooLarge, comma, number + tooLarge + comma + word);
    }
    if (this.#numbers !== null) return { name: this.name, type: "numeric", values: this.#numbers.finish() };
    return { name: this.name, type: "categorical", codes: this.#codes.finish(), levels: this.#levels };
  }

  #intern(cell: string): number {
    // A cell may be a slice that keeps its whole block of the file alive: what stays is copied.
    const own = cell.length < 13 ? cell : Buffer.from(cell).toString();
    const code = this.#levels.length;
    const value = parseNumber(own);
    this.#codeOf.set(own, code);
    this.#levels.push(own);
    this.#values.push(value);
    this.#kinds.push(kindOf(own, value));
    return code;
  }

  /** From now on the column is numeric. */
  #settle(): void {
    const tooLarge = this.#first.tooLarge;
    if (tooLarge !== undefined) throw this.#badNumber(tooLarge.cell, tooLarge.line);
    const numbers = new Growing((length) => new Float64Array(length));
    for (const code of this.#codes.finish()) numbers.push(code < 0 ? Number.NaN : this.#values[code]!);
    this.#numbers = numbers;
    this.#codeOf.clear();
    this.#levels.length = 0;
    this.#values.length = 0;
    this.#kinds.length = 0;
  }

  /** A column that would become categorical because some cells are words: refused where that smells of a mistake. */
  #checkInferredWords(numbers: number, commas: number, present: number): void {
    const { name } = this;
    const comma = this.#first.comma;
    if (comma !== undefined && numbers + commas >= MOSTLY * present) {
      throw new DataError(
        "DECIMAL_COMMA",
        `${place(this.#file, comma.line, name)}: got ${show(comma.cell)}, expected a number with a decimal point ` +
          `(convert the file, or set ${setting(name)} to "categorical")`,
      );
    }
    const word = firstOf(this.#first.word, comma);
    if (word !== undefined && numbers >= MOSTLY * present) {
      throw new DataError(
        "COLUMN_MOSTLY_NUMBERS",
        `${place(this.#file, word.line, name)}: got ${show(word.cell)}, but ${grouped(numbers)} of ` +
          `${plural(present, "cell")} are numbers (correct it, ${waysOut(name, word.cell)})`,
      );
    }
    const levels = this.#levels.length;
    if (levels > Math.max(FEW_LEVELS, present / 2)) {
      throw new DataError(
        "COLUMN_TOO_MANY_LEVELS",
        `${this.#file}, column ${show(name)}: ${grouped(levels)} different values in ${plural(present, "row")}: looks like an ` +
          `identifier or free text (add it to data.ignore, or set ${setting(name)} to "categorical")`,
      );
    }
  }

  #badNumber(cell: string, line: number): DataError {
    return badNumber(place(this.#file, line, this.name), cell, this.#hint ?? waysOut(this.name, cell));
  }
}

function kindOf(cell: string, value: number): Kind {
  if (Number.isFinite(value)) return "number";
  if (!Number.isNaN(value)) return "tooLarge";
  return hasDecimalComma(cell) ? "comma" : "word";
}

function firstOf(a: Seen | undefined, b: Seen | undefined): Seen | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.line < b.line ? a : b;
}

function setting(name: string): string {
  return /^\w+$/.test(name) ? `data.columns.${name}` : `data.columns[${show(name)}]`;
}

function waysOut(name: string, cell: string): string {
  return `add ${show(cell)} to data.missing, or set ${setting(name)} to "categorical"`;
}
