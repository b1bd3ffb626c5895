/**
 * @file Collects the cells of one column of a training table and decides, once all are seen, whether it is numeric
 * or categorical. Keeps codes of spellings, so that numbers can still turn out to be words; a column with many
 * different numbers and no word is settled as numeric early and then keeps the numbers alone.
 */
import { DataError } from "../errors.ts";
import { grouped, plural, show, showList } from "../words.ts";
import type { CellUse } from "./cellMemory.ts";
import type { CellBatch, CellReader } from "./cellReader.ts";
import { type Decimal, isDate, type Misspelling, misspelling, parseNumber } from "./cells.ts";
import { Growing } from "./growing.ts";
import { AMOUNTS, FREE_LEVELS, HALF, MOSTLY } from "./limits.ts";
import type { NumberStore } from "./numberStore.ts";
import type { Reject } from "./rejects.ts";
import type { RowPlaces } from "./rowPlaces.ts";
import { badNumber, numberHint, place } from "./words.ts";

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

/** What is known of a column before it is read. */
export interface ColumnSource {
  readonly file: string;
  readonly name: string;
  /** in a row */
  readonly index: number;
  readonly decimal: Decimal;
  readonly missing: ReadonlySet<string>;
  /** as the config says; null: found out */
  readonly forced: "numeric" | "categorical" | "boolean" | null;
  /** what else than correcting a bad number helps; null: what helps with any column */
  readonly hint: string | null;
}

/** A cell that is not what its column holds. */
export interface BadCell {
  readonly row: number;
  readonly reject: Reject;
}

/** What a spelling is. */
type Kind = "missing" | "number" | "tooLarge" | Misspelling | "date" | "word";

/** The first that a column has is told: it says most about how its numbers are written. */
const MISSPELLINGS = ["comma", "point", "thousands", "unit", "hex"] as const satisfies readonly Misspelling[];

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
  readonly #store: NumberStore;
  readonly #codes = new Growing((length) => new Uint32Array(length));
  readonly #kinds: Kind[] = [];
  #expected = 0;
  readonly #values: number[] = [];
  /** different numbers before the first word */
  #numbersFirst = 0;
  #hasWords = false;
  /** the column once it is settled as numeric; then `#codes` is no longer used */
  #numbers: Growing<Float64Array> | null = null;

  /** `places`: of all rows so far, those of the batch included when it is taken. `store`: where its numbers go. */
  constructor(source: ColumnSource, reader: CellReader, places: RowPlaces, store: NumberStore) {
    this.source = source;
    this.#store = store;
    this.#reader = reader;
    this.#places = places;
    this.#isNumberMissing = [...source.missing].some((text) => /\d/.test(text));
    const use: CellUse = source.forced === "numeric" ? "numbers" : "words";
    reader.setUse(source.index, use);
    if (use === "numbers") this.#numbers = this.#noNumbers(0);
  }

  /** Before the first row: room for so many rows; what is not settled yet grows as it comes. */
  reserve(rows: number): void {
    this.#expected = rows;
    this.#numbers?.reserve(rows);
  }

  /** Takes this column's cells. */
  take(batch: CellBatch): void {
    const { index } = this.source;
    if (this.#numbers !== null) {
      const first = this.#numbers.length;
      this.#numbers.append(batch.numbers(index), batch.rows);
      for (const { row, text } of batch.irregular(index)) {
        this.#numbers.set(first + row, this.#irregularNumber(text.trim(), first + row));
      }
      return;
    }
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
    const { missing, decimal } = this.source;
    if (!Number.isNaN(value) && !this.#isNumberMissing) return "number";
    const text = this.#spelling(code);
    if (missing.has(text)) return "missing";
    const number = Number.isNaN(value) ? parseNumber(text, decimal) : value;
    if (Number.isFinite(number)) return "number";
    if (!Number.isNaN(number)) return "tooLarge";
    return misspelling(text, decimal) ?? (isDate(text) ? "date" : "word");
  }

  #irregularNumber(text: string, row: number): number {
    if (this.source.missing.has(text)) return Number.NaN;
    const value = parseNumber(text, this.source.decimal);
    if (Number.isFinite(value)) return value;
    this.#refuse(text, row);
    return Number.NaN;
  }

  #refuse(cell: string, row: number): void {
    const reject = {
      file: this.#places.file(row),
      line: this.#places.line(row),
      error: this.#badNumber(cell, row),
    };
    this.bad.push({ row, reject });
  }

  #badNumber(cell: string, row: number): DataError {
    const { name, decimal, hint } = this.source;
    const at = place(this.#places.place(row), name);
    return badNumber(at, cell, decimal, hint ?? numberHint(cell, decimal, setting(name)));
  }

  #noNumbers(room: number): Growing<Float64Array> {
    return new Growing((length) => this.#store.take(length), room);
  }

  /** From now on the column is numeric; words among the cells are bad. */
  #settle(): void {
    const codes = this.#codes.view();
    const numbers = this.#noNumbers(Math.max(codes.length, this.#expected));
    for (let row = 0; row < codes.length; row++) {
      const code = codes[row]!;
      const kind = this.#kinds[code]!;
      numbers.push(kind === "number" ? this.#values[code]! : Number.NaN);
      if (kind !== "number" && kind !== "missing") this.#refuse(this.#spelling(code), row);
    }
    this.#numbers = numbers;
    this.#codes.clear();
    this.#reader.setUse(this.source.index, "numbers");
  }

  /**
   * Decides what the column is, by its cells in the rows that are kept: true at `isKept`. `toleratesBad`: a few words
   * among numbers are bad cells, and no reason to refuse the column. Throws `DataError` where its type cannot be told
   * without a risk.
   */
  decide(isKept: Uint8Array, toleratesBad: boolean): void {
    const { forced } = this.source;
    if (this.#numbers !== null) return;
    const counts = this.#countKinds(isKept);
    if (forced === null) {
      if (counts.date + counts.word + countMisspelt(counts) === 0) this.#settle();
      else this.#checkInferredWords(counts, isKept, toleratesBad);
    } else if (forced === "boolean") this.#checkBoolean(isKept);
  }

  #countKinds(isKept: Uint8Array): Record<Kind, number> {
    const misspelt = { comma: 0, point: 0, thousands: 0, unit: 0, hex: 0 };
    const counts = { missing: 0, number: 0, tooLarge: 0, ...misspelt, date: 0, word: 0 };
    const ofCode = this.#countCodes(isKept);
    for (const [code, kind] of this.#kinds.entries()) counts[kind] += ofCode[code]!;
    return counts;
  }

  /** Kept rows of each code. */
  #countCodes(isKept: Uint8Array): Uint32Array {
    const counts = new Uint32Array(this.#kinds.length);
    const codes = this.#codes.view();
    for (let row = 0; row < codes.length; row++) if (isKept[row] === 1) counts[codes[row]!]!++;
    return counts;
  }

  /** The first kept cell of these kinds. */
  #first(isKept: Uint8Array, ...kinds: readonly Kind[]): { cell: string; row: number } {
    const codes = this.#codes.view();
    const row = codes.findIndex((code, i) => isKept[i] === 1 && kinds.includes(this.#kinds[code]!));
    return { cell: this.#spelling(codes[row]!), row };
  }

  /** A column that would become categorical because some cells are words: refused where that smells of a mistake. */
  #checkInferredWords(counts: Record<Kind, number>, isKept: Uint8Array, toleratesBad: boolean): void {
    const { name } = this.source;
    const numbers = counts.number + counts.tooLarge;
    const misspelt = countMisspelt(counts);
    const present = numbers + misspelt + counts.date + counts.word;
    if (toleratesBad && numbers >= MOSTLY * present) {
      this.#settle();
      return;
    }
    const how = MISSPELLINGS.find((kind) => counts[kind] > 0);
    if (how !== undefined && numbers + misspelt >= MOSTLY * present) {
      const { cell, row } = this.#first(isKept, how);
      throw this.#badNumber(cell, row);
    }
    if (numbers >= MOSTLY * present) throw this.#mostlyNumbers(numbers, present, isKept);
    if (counts.date >= MOSTLY * present) {
      const { cell, row } = this.#first(isKept, "date");
      const at = place(this.#places.place(row), name);
      throw new DataError(
        "COLUMN_DATES",
        `${at}: got ${show(cell)}: nnt does not learn from dates (add the column to data.ignore, ` +
          `make numbers of it, such as year and month, or set ${setting(name)} to "categorical")`,
      );
    } else this.#checkLevels(present, isKept);
    if (numbers >= HALF * present) this.note = this.#wordsNote(numbers / present, isKept);
  }

  /** What to say of amounts that some words make words of; null where the numbers are few. */
  #wordsNote(share: number, isKept: Uint8Array): string | null {
    const { name } = this.source;
    const counts = this.#countCodes(isKept);
    const codes = [...this.#kinds.keys()].filter((code) => counts[code]! > 0);
    if (codes.filter((code) => this.#kinds[code] === "number").length <= AMOUNTS) return null;
    const spellings = codes
      .filter((code) => this.#kinds[code] !== "number" && this.#kinds[code] !== "missing")
      .sort((a, b) => counts[b]! - counts[a]! || a - b)
      .map((code) => this.#spelling(code));
    return (
      `column ${show(name)} is taken as words: ${Math.round(100 * share)} % of its cells are numbers, but not ` +
      `${showList(spellings, 3)} (if they mean that the number is missing, add them to data.missing; if words are ` +
      `meant, set ${setting(name)} to "categorical")`
    );
  }

  #mostlyNumbers(numbers: number, present: number, isKept: Uint8Array): DataError {
    const { name, decimal } = this.source;
    const { cell, row } = this.#first(isKept, "word", "date");
    return new DataError(
      "COLUMN_MOSTLY_NUMBERS",
      `${place(this.#places.place(row), name)}: got ${show(cell)}, but ${grouped(numbers)} of ` +
        `${plural(present, "cell")} are numbers (correct it, ${numberHint(cell, decimal, setting(name))})`,
    );
  }

  #checkLevels(present: number, isKept: Uint8Array): void {
    const { file, name } = this.source;
    const levels = this.#levels(isKept).size;
    if (levels <= Math.max(FREE_LEVELS, present / 2)) return;
    throw new DataError(
      "COLUMN_TOO_MANY_LEVELS",
      `${file}, column ${show(name)}: ${grouped(levels)} different values in ${plural(present, "row")}: looks like an ` +
        `identifier or free text (add it to data.ignore, or set ${setting(name)} to "categorical")`,
    );
  }

  #checkBoolean(isKept: Uint8Array): void {
    const { file, name } = this.source;
    const levels = [...this.#levels(isKept).keys()];
    if (levels.length <= 2) return;
    throw new DataError(
      "NOT_BOOLEAN",
      `${file}, column ${show(name)}: expected at most 2 different values, got ${showList(levels, 6)} ` +
        `(set ${setting(name)} to "categorical")`,
    );
  }

  /** The words of the kept rows, in first-seen order of their codes, with an index each. */
  #levels(isKept: Uint8Array): Map<string, number> {
    const counts = this.#countCodes(isKept);
    const levels = new Map<string, number>();
    for (const [code, kind] of this.#kinds.entries()) {
      if (kind === "missing" || counts[code] === 0) continue;
      const level = this.#spelling(code);
      if (!levels.has(level)) levels.set(level, levels.size);
    }
    return levels;
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
    if (this.#numbers !== null) {
      const all = this.#numbers.view();
      return { name, type: "numeric", values: rows === all.length ? all : this.#keep(all, isKept, rows) };
    }
    const levels = this.#levels(isKept);
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
    const kept = this.#store.take(rows);
    let row = 0;
    for (let i = 0; i < values.length; i++) if (isKept[i] === 1) kept[row++] = values[i]!;
    return kept;
  }
}

function setting(name: string): string {
  return /^\w+$/.test(name) ? `data.columns.${name}` : `data.columns[${show(name)}]`;
}

function countMisspelt(counts: Readonly<Record<Misspelling, number>>): number {
  return MISSPELLINGS.reduce((sum, kind) => sum + counts[kind], 0);
}
