/**
 * @file What the compiled reader of cells (assembly/cells.ts) has read, as views of its memory, which may be another thread's:
 * where everything lies, and nothing that allocates or reads on. That is cellKernel.ts.
 */
import { Buffer } from "node:buffer";

/** What becomes of a column's cells: nothing, codes of their spellings, or numbers. */
export type CellUse = "ignored" | "words" | "numbers";

/**
 * Why `parse` stopped: all rows read, output full, the row goes on behind the text, the row is for csv-parse, the row is too
 * long.
 */
export type Stop = "done" | "full" | "partial" | "odd" | "long";
/** By number; null: for want of memory. */
const STOPS = ["done", "full", "partial", "odd", null, "long"] as const satisfies readonly (Stop | null)[];

/** Fields of Reader in assembly/cells.ts, u32 each, in order. */
export const FIELDS = [
  "columns",
  "width",
  "delimiter",
  "newline",
  "decimal",
  "emptyIsMissing",
  "suspects",
  "suspectCount",
  "isLast",
  "maxRows",
  "maxIrregular",
  "maxRowBytes",
  "lines",
  "irregular",
  "scratch",
  "at",
  "end",
  "line",
  "rows",
  "irregularCount",
  "status",
] as const;
export type Field = (typeof FIELDS)[number];

/** Of Column in assembly/words.ts, in words of 4 bytes. */
export const COLUMN_WORDS = 8;
export const COLUMN = { use: 0, kept: 1, out: 2, spellings: 5, count: 7 } as const;
/** Of Spelling there: bytes, and places in words of 4 bytes or, for the value, of 8. */
const SPELLING = { bytes: 24, text: 0, length: 1, isNumber: 3, value: 2 } as const;

/** A cell of a "numbers" column that is no number of the regular form. */
export interface IrregularCell {
  readonly row: number;
  /** trimmed of ASCII space */
  readonly text: string;
}

/** Where the parts lie. */
export interface CellPlaces {
  readonly fields: number;
  readonly columns: number;
  /** output of the first column; those of the others follow */
  readonly outs: number;
  readonly width: number;
  /** rows at a time */
  readonly maxRows: number;
}

export class CellMemory {
  readonly maxRows: number;
  readonly memory: WebAssembly.Memory;
  readonly places: CellPlaces;
  protected readonly fields: Uint32Array;
  protected readonly columns: Uint32Array;
  /** the output of each column; made once, for a wide table has more columns than a batch has rows */
  readonly #numbers: Float64Array[];
  readonly #codes: Uint32Array[];
  /** all of the memory, until it grows */
  #words: Uint32Array;
  #doubles: Float64Array;

  constructor(memory: WebAssembly.Memory, places: CellPlaces) {
    const { fields, columns, outs, width, maxRows } = places;
    const { buffer } = memory;
    this.memory = memory;
    this.places = places;
    this.maxRows = maxRows;
    this.fields = new Uint32Array(buffer, fields, FIELDS.length);
    this.columns = new Uint32Array(buffer, columns, width * COLUMN_WORDS);
    const starts = Array.from({ length: width }, (_, c) => outs + c * maxRows * 8);
    this.#numbers = starts.map((at) => new Float64Array(buffer, at, maxRows));
    this.#codes = starts.map((at) => new Uint32Array(buffer, at, maxRows));
    this.#words = new Uint32Array(buffer);
    this.#doubles = new Float64Array(buffer);
  }

  /** Why the last `parse` stopped; null: for want of memory. */
  get stop(): Stop | null {
    return STOPS[this.get("status")] ?? null;
  }

  /** The line of the next row to read. */
  get line(): number {
    return this.get("line");
  }

  /** Rows that the last `parse` read. */
  get rows(): number {
    return this.get("rows");
  }

  /** Of the text that is not read yet. */
  get restBytes(): number {
    return this.get("end") - this.get("at");
  }

  /** Of the rows read: the line each starts on. */
  lines(): Uint32Array {
    return new Uint32Array(this.memory.buffer, this.get("lines"), this.rows);
  }

  /** Of the rows read, at its beginning: the numbers of a "numbers" column; NaN where they are missing or irregular. */
  numbers(column: number): Float64Array {
    return this.#numbers[column]!;
  }

  /** Of the rows read, at its beginning: the codes of a "words" column's spellings. */
  codes(column: number): Uint32Array {
    return this.#codes[column]!;
  }

  /** Of a row read: the text of a kept column's cell, as it is in the file but for quotes and space around it. */
  text(column: number, row: number): string {
    const kept = this.columns[column * COLUMN_WORDS + COLUMN.kept]!;
    const [at, length] = new Uint32Array(this.memory.buffer, kept + row * 8, 2);
    return this.#text(at!, length!).toString();
  }

  /** Of the rows read, those of each column in their order. */
  irregular(): Map<number, IrregularCell[]> {
    const count = this.get("irregularCount");
    const records = new Uint32Array(this.memory.buffer, this.get("irregular"), count * 4);
    const cells = new Map<number, IrregularCell[]>();
    for (let i = 0; i < count; i++) {
      const [row, column, at, length] = records.subarray(4 * i, 4 * i + 4);
      const cell = { row: row!, text: this.#text(at!, length!).toString() };
      const others = cells.get(column!);
      if (others === undefined) cells.set(column!, [cell]);
      else others.push(cell);
    }
    return cells;
  }

  /** How many spellings a "words" column has had. */
  spellingCount(column: number): number {
    return this.columns[column * COLUMN_WORDS + COLUMN.count]!;
  }

  /** One of them, trimmed of ASCII space. */
  spelling(column: number, code: number): string {
    return this.spelledBytes(column, code).toString();
  }

  /** The same as bytes, over the memory. */
  spelledBytes(column: number, code: number): Buffer {
    const at = this.#spelling(column, code) / 4;
    return this.#text(this.#words[at + SPELLING.text]!, this.#words[at + SPELLING.length]!);
  }

  /** The number it spells in the regular form; NaN if it does not. */
  spelledNumber(column: number, code: number): number {
    const at = this.#spelling(column, code);
    return this.#words[at / 4 + SPELLING.isNumber] === 1
      ? this.#doubles[at / 8 + SPELLING.value]!
      : Number.NaN;
  }

  /** Its address. */
  #spelling(column: number, code: number): number {
    const at = this.columns[column * COLUMN_WORDS + COLUMN.spellings]! + code * SPELLING.bytes;
    if (at + SPELLING.bytes > this.#words.byteLength) {
      this.#words = new Uint32Array(this.memory.buffer);
      this.#doubles = new Float64Array(this.memory.buffer);
    }
    return at;
  }

  #text(at: number, length: number): Buffer {
    return Buffer.from(this.memory.buffer, at, length);
  }

  protected get(field: Field): number {
    return this.fields[FIELDS.indexOf(field)]!;
  }
}
