/**
 * @file The compiled reader of cells (assembly/cells.ts) and its memory: addresses, and views of what lies there. What is
 * read and what becomes of it is cellReader.ts.
 */
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { SystemError } from "../errors.ts";

/** What becomes of a column's cells: nothing, codes of their spellings, or numbers. */
export type CellUse = "ignored" | "words" | "numbers";
const USES = ["ignored", "words", "numbers"] as const satisfies readonly CellUse[];

/** Why `parse` stopped: all rows read, output full, the row goes on behind the text, the row is for csv-parse. */
export type Stop = "done" | "full" | "partial" | "odd";
const STOPS = ["done", "full", "partial", "odd"] as const satisfies readonly Stop[];

/** Fields of Reader in assembly/cells.ts, u32 each, in order. */
const FIELDS = [
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
type Field = (typeof FIELDS)[number];

/** Of Column in assembly/words.ts, in words of 4 bytes. */
const COLUMN_WORDS = 8;
const COLUMN = { use: 0, kept: 1, out: 2, spellings: 5, count: 7 } as const;
/** Of Spelling there: bytes, and places in words of 4 bytes or, for the value, of 8. */
const SPELLING = { bytes: 24, text: 0, length: 1, isNumber: 3, value: 2 } as const;

/** Cells of a batch at most: its numbers stay in the second cache. */
const BATCH_CELLS = 1 << 17;
const MAX_IRREGULAR = 1 << 16;
/** Behind the text, zero. */
const PADDING = 16;
const MAXIMUM_PAGES = 65_535;
/** 10^-80 … 10^80: as LEAST and MOST in assembly/numbers.ts. */
const POWER_LIMIT = 80;

interface Exports {
  allocate(bytes: number): number;
  powerTable(): number;
  parse(reader: number): void;
}

/** What a table's text is like, for the kernel. */
export interface CellDialect {
  readonly width: number;
  /** bytes */
  readonly delimiter: number;
  readonly newline: number;
  readonly decimal: number;
  readonly emptyIsMissing: boolean;
  /** numbers that are spellings of a missing cell */
  readonly suspects: readonly number[];
}

/** A cell of a "numbers" column that is no number of the regular form. */
export interface IrregularCell {
  readonly row: number;
  /** trimmed of ASCII space */
  readonly text: string;
}

let compiled: WebAssembly.Module | null = null;
let powers: BigUint64Array | null = null;

export class CellKernel {
  readonly maxRows: number;
  readonly #memory = new WebAssembly.Memory({ initial: 1, maximum: MAXIMUM_PAGES, shared: true });
  readonly #exports: Exports;
  readonly #fields: Uint32Array;
  readonly #columns: Uint32Array;
  readonly #outs: number;
  /** the output of each column; made once, for a wide table has more columns than a batch has rows */
  readonly #numbers: Float64Array[];
  readonly #codes: Uint32Array[];
  /** all of the memory, until it grows */
  #words: Uint32Array;
  #doubles: Float64Array;
  #text = 0;
  #textRoom = 0;

  constructor({ width, delimiter, newline, decimal, emptyIsMissing, suspects }: CellDialect) {
    // The same relative place from src/data (tests) and dist/data (the program).
    compiled ??= new WebAssembly.Module(
      readFileSync(new URL("../../dist/kernels/cells.wasm", import.meta.url)),
    );
    const instance = new WebAssembly.Instance(compiled, { env: { memory: this.#memory } });
    this.#exports = instance.exports as unknown as Exports;
    powers ??= powersOfTen();
    new BigUint64Array(this.#memory.buffer, this.#exports.powerTable(), powers.length).set(powers);
    this.maxRows = Math.max(1, Math.floor(BATCH_CELLS / width));
    const maxIrregular = Math.max(MAX_IRREGULAR, width);
    const columns = this.#take(width * COLUMN_WORDS * 4);
    this.#fields = new Uint32Array(this.#memory.buffer, this.#take(FIELDS.length * 4), FIELDS.length);
    this.#columns = new Uint32Array(this.#memory.buffer, columns, width * COLUMN_WORDS);
    this.#outs = this.#take(width * this.maxRows * 8);
    for (let c = 0; c < width; c++) this.#columns[c * COLUMN_WORDS + COLUMN.out] = this.#out(c);
    const { buffer } = this.#memory;
    const outs = Array.from({ length: width }, (_, c) => this.#out(c));
    this.#numbers = outs.map((at) => new Float64Array(buffer, at, this.maxRows));
    this.#codes = outs.map((at) => new Uint32Array(buffer, at, this.maxRows));
    this.#words = new Uint32Array(buffer);
    this.#doubles = new Float64Array(buffer);
    const suspectsAt = this.#take(suspects.length * 8);
    new Float64Array(this.#memory.buffer, suspectsAt, suspects.length).set(suspects);
    this.#set("columns", columns);
    this.#set("width", width);
    this.#set("delimiter", delimiter);
    this.#set("newline", newline);
    this.#set("decimal", decimal);
    this.#set("emptyIsMissing", Number(emptyIsMissing));
    this.#set("suspects", suspectsAt);
    this.#set("suspectCount", suspects.length);
    this.#set("maxRows", this.maxRows);
    this.#set("maxIrregular", maxIrregular);
    this.#set("lines", this.#take(this.maxRows * 4));
    this.#set("irregular", this.#take(maxIrregular * 16));
    this.line = 1;
  }

  /** The line of the next row to read. */
  get line(): number {
    return this.#get("line");
  }
  set line(line: number) {
    this.#set("line", line);
  }

  /** What ends the rows to read, a byte. */
  setNewline(newline: number): void {
    this.#set("newline", newline);
  }

  /** Rows that the last `parse` read. */
  get rows(): number {
    return this.#get("rows");
  }

  /** Of the next row on. */
  setUse(column: number, use: CellUse): void {
    this.#columns[column * COLUMN_WORDS + COLUMN.use] = USES.indexOf(use);
  }

  /** From the next row on, the text of this column's cells can be had. */
  keep(column: number): void {
    this.#columns[column * COLUMN_WORDS + COLUMN.kept] ||= this.#take(this.maxRows * 8);
  }

  /** At most so many rows at a time. */
  limitRows(rows: number): void {
    this.#set("maxRows", Math.min(rows, this.maxRows));
  }

  /** Gives text behind what is not read yet; `isLast`: nothing follows. */
  append(text: Uint8Array, isLast: boolean): void {
    const rest = this.takeRest();
    const length = rest.length + text.length;
    if (length + PADDING > this.#textRoom) {
      this.#textRoom = 2 * length + PADDING;
      this.#text = this.#take(this.#textRoom);
      this.#set("scratch", this.#take(this.#textRoom));
    }
    const bytes = new Uint8Array(this.#memory.buffer, this.#text, length + PADDING);
    bytes.set(rest);
    bytes.set(text, rest.length);
    bytes.fill(0, length);
    this.#set("at", this.#text);
    this.#set("end", this.#text + length);
    this.#set("isLast", Number(isLast));
  }

  /** Of the text that is not read yet. */
  get restBytes(): number {
    return this.#get("end") - this.#get("at");
  }

  /** The text that is not read yet; it counts as read then. */
  takeRest(): Buffer {
    const [at, end] = [this.#get("at"), this.#get("end")];
    this.#set("at", end);
    return Buffer.from(Buffer.from(this.#memory.buffer, at, end - at));
  }

  /** Reads rows. What they hold is valid until the next call. Throws SystemError OUT_OF_MEMORY. */
  parse(): Stop {
    this.#exports.parse(this.#fields.byteOffset);
    const stop = STOPS[this.#get("status")];
    if (stop === undefined) throw outOfMemory();
    return stop;
  }

  /** Of the rows read: the line each starts on. */
  lines(): Uint32Array {
    return new Uint32Array(this.#memory.buffer, this.#get("lines"), this.rows);
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
    const kept = this.#columns[column * COLUMN_WORDS + COLUMN.kept]!;
    const [at, length] = new Uint32Array(this.#memory.buffer, kept + row * 8, 2);
    return this.#string(at!, length!);
  }

  /** Of the rows read, those of each column in their order. */
  irregular(): Map<number, IrregularCell[]> {
    const count = this.#get("irregularCount");
    const records = new Uint32Array(this.#memory.buffer, this.#get("irregular"), count * 4);
    const cells = new Map<number, IrregularCell[]>();
    for (let i = 0; i < count; i++) {
      const [row, column, at, length] = records.subarray(4 * i, 4 * i + 4);
      const cell = { row: row!, text: this.#string(at!, length!) };
      const others = cells.get(column!);
      if (others === undefined) cells.set(column!, [cell]);
      else others.push(cell);
    }
    return cells;
  }

  /** How many spellings a "words" column has had. */
  spellingCount(column: number): number {
    return this.#columns[column * COLUMN_WORDS + COLUMN.count]!;
  }

  /** One of them, trimmed of ASCII space. */
  spelling(column: number, code: number): string {
    const at = this.#spelling(column, code) / 4;
    return this.#string(this.#words[at + SPELLING.text]!, this.#words[at + SPELLING.length]!);
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
    const at = this.#columns[column * COLUMN_WORDS + COLUMN.spellings]! + code * SPELLING.bytes;
    if (at + SPELLING.bytes > this.#words.byteLength) {
      this.#words = new Uint32Array(this.#memory.buffer);
      this.#doubles = new Float64Array(this.#memory.buffer);
    }
    return at;
  }

  #string(at: number, length: number): string {
    return Buffer.from(this.#memory.buffer, at, length).toString();
  }

  #out(column: number): number {
    return this.#outs + column * this.maxRows * 8;
  }

  #take(bytes: number): number {
    const at = this.#exports.allocate(bytes) >>> 0;
    if (at === 0) throw outOfMemory();
    return at;
  }

  #get(field: Field): number {
    return this.#fields[FIELDS.indexOf(field)]!;
  }
  #set(field: Field, value: number): void {
    this.#fields[FIELDS.indexOf(field)] = value;
  }
}

function outOfMemory(): SystemError {
  return new SystemError(
    "OUT_OF_MEMORY",
    "out of memory: the words of the table take more than 4 GB (ignore columns of free text: data.ignore)",
  );
}

/** Of 10^-80 … 10^80 the upper 128 bits, high word first: 5^q, or 1 / 5^-q (Lemire 2021, section 5). */
function powersOfTen(): BigUint64Array {
  const LIMIT = 1n << 128n;
  const words = new BigUint64Array(2 * (2 * POWER_LIMIT + 1));
  for (let q = -POWER_LIMIT; q <= POWER_LIMIT; q++) {
    const power = 5n ** BigInt(Math.abs(q));
    const bits = BigInt(power.toString(2).length);
    const scale = q >= -27 ? bits + 127n : 2n * bits + 128n;
    let c = q >= 0 ? power << 128n : (1n << scale) / power + 1n;
    while (c >= LIMIT) c >>= 1n;
    const at = 2 * (q + POWER_LIMIT);
    words[at] = c >> 64n;
    words[at + 1] = c & 0xffffffffffffffffn;
  }
  return words;
}
