/**
 * @file The rows of a table by columns: numbers, and codes of words, batch by batch. Text goes through the compiled reader;
 * a row that is not of the common form goes through csv-parse first, and then as plain quoted cells the same way. What the
 * words mean, and which columns are numbers, is the callers' (columnBuilder.ts, batchEncoder.ts).
 */
import { Buffer } from "node:buffer";
import { DataError } from "../errors.ts";
import { type Ahead, Blocks } from "./blocks.ts";
import { type CellDialect, cellDialect, isPlain, kernelDelimiter } from "./cellDialect.ts";
import { CellKernel } from "./cellKernel.ts";
import type { CellMemory, CellUse, IrregularCell, Stop } from "./cellMemory.ts";
import type { CsvTable } from "./csv.ts";
import { quoted } from "./quoting.ts";
import {
  type CsvRecord,
  MAX_RECORD_BYTES,
  QuotedRun,
  raggedRow,
  reachText,
  readRecords,
  tooLong,
} from "./records.ts";
import type { Reject } from "./rejects.ts";
import type { ReadOptions, Slot, TableThreads } from "./threads.ts";

/** Some rows of a table; valid until the next batch is asked for. */
export interface CellBatch {
  readonly rows: number;
  /** that the rows are of */
  readonly file: string;
  /** of the file, on which each row starts */
  readonly lines: Uint32Array;
  /** of a "numbers" column, at its beginning; NaN where the cell is missing or irregular */
  numbers(column: number): Float64Array;
  /** of a "words" column, at its beginning: the code of each cell's spelling, codes in first-seen order */
  codes(column: number): Uint32Array;
  /** of a kept column: a cell as it is in the file, but for quotes and space around it */
  text(column: number, row: number): string;
  /** cells of a "numbers" column that the compiled reader left to others, by row */
  irregular(column: number): readonly IrregularCell[];
}

/** Takes a row that is no row of the table. */
export type OnBadRow = (reject: Reject) => void;

const NO_CODES = new Uint32Array(0);
const NO_CELLS: readonly IrregularCell[] = [];

export class CellReader {
  /** the file being read */
  #table: CsvTable;
  readonly #kernel: CellKernel;
  readonly #uses: CellUse[];
  readonly #kept = new Set<number>();
  /** of the files so far */
  #bytesRead = 0;
  #headerBytes = 0;
  readonly #onBadRow: OnBadRow;
  readonly #dialect: CellDialect;
  readonly #threads: TableThreads | undefined;
  /** to read ahead with, where the table is large */
  #slots: readonly Slot[] | null = null;
  /** those of the file being read, until a column gets another use */
  #options: ReadOptions | null = null;
  /** records to leave out: the header */
  #skip = 0;
  /** of the file being read, by this thread */
  #rowsRead = 0;

  /**
   * Columns are ignored until they have a use. `missing`: spellings of a missing cell. `onBadRow` may throw to end reading;
   * if it returns, the row is left out. `threads` read a large table with this one; what is read is the same.
   */
  constructor(table: CsvTable, missing: ReadonlySet<string>, onBadRow: OnBadRow, threads?: TableThreads) {
    this.#table = table;
    this.#uses = table.names.map(() => "ignored");
    this.#onBadRow = onBadRow;
    this.#threads = threads;
    this.#dialect = cellDialect(table, missing);
    this.#kernel = new CellKernel(this.#dialect);
  }

  /** From the next batch on. */
  setUse(column: number, use: CellUse): void {
    this.#uses[column] = use;
    this.#options = null;
    if (this.#skip === 0) this.#kernel.setUse(column, use);
  }

  /** From the next batch on, also the text of this column's cells is given. */
  keep(column: number): void {
    this.#kept.add(column);
    this.#options = null;
    if (this.#skip === 0) this.#kernel.keep(column);
  }

  /**
   * How many rows the file being read has, as its first ones tell, of which there were `rows` so far; null where its size is
   * not known. Before anything is read ahead. Of other files nothing is told: their rows may be much longer.
   */
  expectedRows(rows: number): number | null {
    const { size } = this.#table;
    const bytes = this.#bytesParsed - this.#headerBytes;
    return size === null || bytes <= 0 ? null : Math.ceil((rows * (size - this.#headerBytes)) / bytes);
  }

  get #bytesParsed(): number {
    return this.#bytesRead - this.#kernel.restBytes;
  }

  /** The spellings of a "words" column so far, in first-seen order, and the numbers they are. */
  get spellings(): Pick<CellKernel, "spellingCount" | "spelling" | "spelledNumber"> {
    return this.#kernel;
  }

  /**
   * All rows, once. Throws what `onBadRow` throws, `DataError` CSV_QUOTE_NOT_CLOSED, CSV_RECORD_TOO_LONG and those of
   * the table's text, and `SystemError` OUT_OF_MEMORY.
   */
  async *batches(): AsyncGenerator<CellBatch, void> {
    try {
      for (let table: CsvTable | null = this.#table; table !== null; table = await table.next()) {
        this.#begin(table);
        if (isPlain(table)) yield* this.#readText();
        else yield* this.#readOtherText();
      }
    } finally {
      this.#table.close();
    }
  }

  #begin(table: CsvTable): void {
    this.#table = table;
    this.#options = null;
    this.#rowsRead = 0;
    this.#kernel.line = 1;
    this.#kernel.setNewline(table.newline.charCodeAt(0));
    if (!table.hasHeader) return;
    this.#skip = 1;
    for (const column of this.#uses.keys()) this.#kernel.setUse(column, "ignored");
  }

  /** The table's text, counted. */
  async *#text(): AsyncGenerator<Buffer, void> {
    const text = this.#table.text();
    for (let next = await text.next(); !next.done; next = await text.next()) {
      this.#bytesRead += next.value.length;
      yield next.value;
    }
  }

  async *#readText(): AsyncGenerator<CellBatch, void> {
    const kernel = this.#kernel;
    const newline = this.#table.newline.charCodeAt(0);
    const blocks = new Blocks(this.#text(), newline, this.#slotsFor(this.#table));
    while (!blocks.areRead) {
      // Threads read ahead once columns have their uses, which most get in the first rows.
      const isSettled = this.#options !== null && this.#threads?.canReadAhead(this.#rowsRead) === true;
      this.#options ??= { newline, uses: [...this.#uses], kept: [...this.#kept] };
      const { text, ahead } = await blocks.next(isSettled ? this.#options : null);
      if (ahead !== null && ahead.options === this.#options && kernel.restBytes === 0) {
        yield* this.#takeAhead(ahead, text);
      } else {
        kernel.append(text, blocks.areRead);
      }
      let stop = yield* this.#parse();
      for (; stop === "odd"; stop = yield* this.#parse()) yield* this.#readOddRow(blocks);
      // By the length of the row alone, which does not depend on where blocks end.
      if (stop === "long" || kernel.restBytes > MAX_RECORD_BYTES)
        throw tooLong(this.#table.file, kernel.line);
    }
  }

  /** To read the table ahead; none where it is not worth it. */
  #slotsFor({ tableSize }: CsvTable): readonly Slot[] {
    if (this.#threads?.isLarge(tableSize) !== true) return [];
    this.#slots ??= this.#threads.open(this.#dialect);
    return this.#slots;
  }

  /** Gives the rows that another thread has read, and the kernel what it left. */
  *#takeAhead({ memory, slot }: Ahead, text: Buffer): Generator<CellBatch, void> {
    const kernel = this.#kernel;
    const { rows } = memory;
    const lines = memory.lines();
    const before = kernel.line - 1;
    if (before > 0) for (let row = 0; row < rows; row++) lines[row]! += before;
    for (const [column, use] of this.#uses.entries()) {
      if (use === "words") translate(column, memory, slot, kernel);
    }
    if (rows > 0) yield this.#batch(memory, lines);
    kernel.line = before + memory.line;
    kernel.append(text.subarray(text.length - memory.restBytes), false);
  }

  /** Text of a dialect that the kernel does not read: all of it by csv-parse. */
  async *#readOtherText(): AsyncGenerator<CellBatch, void> {
    for await (const records of readRecords(this.#text(), this.#table)) {
      yield* this.#readRecords(records);
    }
  }

  /** Gives the batches that the kernel finds in its text. */
  *#parse(lines: Uint32Array | null = null): Generator<CellBatch, Stop> {
    const kernel = this.#kernel;
    let done = 0;
    for (;;) {
      kernel.limitRows(this.#skip > 0 ? this.#skip : kernel.maxRows);
      const stop = kernel.parse();
      const rows = kernel.rows;
      if (rows > 0 && this.#skip > 0) this.#skipped(rows);
      else if (rows > 0) {
        this.#rowsRead += rows;
        yield this.#batch(kernel, lines?.subarray(done, done + rows) ?? kernel.lines());
      }
      done += rows;
      if (stop !== "full") return stop;
    }
  }

  #batch(memory: CellMemory, lines: Uint32Array): CellBatch {
    const irregular = memory.irregular();
    return {
      rows: memory.rows,
      file: this.#table.file,
      lines,
      numbers: (column) => memory.numbers(column),
      codes: (column) => memory.codes(column),
      text: (column, row) => memory.text(column, row),
      irregular: (column) => irregular.get(column) ?? NO_CELLS,
    };
  }

  #skipped(rows: number): void {
    this.#skip -= rows;
    if (this.#skip > 0) return;
    this.#headerBytes = this.#bytesParsed;
    for (const [column, use] of this.#uses.entries()) this.#kernel.setUse(column, use);
    for (const column of this.#kept) this.#kernel.keep(column);
  }

  /** Reads the row that stopped the kernel by csv-parse, line by line until no quote is open. */
  async *#readOddRow(blocks: Blocks): AsyncGenerator<CellBatch, void> {
    const kernel = this.#kernel;
    const run = new QuotedRun(this.#table, kernel.line);
    let lastLine = kernel.line;
    try {
      do {
        const line = await this.#nextLine(blocks);
        lastLine = run.line;
        const { records, error } = await run.feed(line);
        yield* this.#readRecords(records);
        if (error !== null) throw error;
      } while (run.isOpen && (kernel.restBytes > 0 || !blocks.areRead));
      for await (const records of run.end()) yield* this.#readRecords(records);
    } catch (error) {
      if (!(error instanceof DataError && error.kind === "CSV_QUOTE")) throw error;
      const told = new DataError(error.kind, error.message + reachText(kernel.line, lastLine));
      this.#onBadRow({ file: this.#table.file, line: kernel.line, error: told });
    }
    kernel.line = run.line;
  }

  /** The next line of the text, which then counts as read, with what ends it; all of the text where nothing does. */
  async #nextLine(blocks: Blocks): Promise<Buffer> {
    const kernel = this.#kernel;
    const newline = this.#table.newline.charCodeAt(0);
    let end = kernel.rest().indexOf(newline) + 1;
    while (end === 0 && !blocks.areRead) {
      const { text } = await blocks.next();
      kernel.append(text, blocks.areRead);
      if (kernel.restBytes > MAX_RECORD_BYTES) throw tooLong(this.#table.file, kernel.line);
      end = kernel.rest().indexOf(newline) + 1;
    }
    const line = Buffer.from(kernel.rest().subarray(0, end > 0 ? end : kernel.restBytes));
    if (line.length > MAX_RECORD_BYTES) throw tooLong(this.#table.file, kernel.line);
    kernel.skip(line.length);
    return line;
  }

  *#readRecords(records: readonly CsvRecord[]): Generator<CellBatch, void> {
    const width = this.#table.names.length;
    let read = 0;
    // Rows before a bad one are given before it is told: both keep the order of the file.
    for (const [i, record] of records.entries()) {
      if (record.cells.length === width) continue;
      yield* this.#readRows(records.slice(read, i));
      const error = raggedRow(record, width, this.#table);
      this.#onBadRow({ file: this.#table.file, line: record.line, error });
      read = i + 1;
    }
    yield* this.#readRows(records.slice(read));
  }

  /** Records of the table's width. */
  *#readRows(rows: readonly CsvRecord[]): Generator<CellBatch, void> {
    if (rows.length === 0) return;
    const { newline } = this.#table;
    const separator = kernelDelimiter(this.#table);
    const text = rows.map(({ cells }) => cells.map(quoted).join(separator) + newline).join("");
    const kernel = this.#kernel;
    const { line } = kernel;
    const resume = kernel.insert(Buffer.from(text));
    yield* this.#parse(Uint32Array.from(rows, (row) => row.line));
    resume();
    kernel.line = line;
  }
}

/** Codes of the spellings in a slot's memory to those of the same spellings in the kernel. */
function translate(column: number, memory: CellMemory, { codes: known }: Slot, kernel: CellKernel): void {
  const count = memory.spellingCount(column);
  const before = known[column] ?? NO_CODES;
  const isLong = before.length >= count;
  const codeOf = isLong ? before : new Uint32Array(2 * count);
  if (!isLong) codeOf.set(before);
  known[column] = codeOf;
  const codes = memory.codes(column);
  for (let row = 0; row < memory.rows; row++) {
    const code = codes[row]!;
    // In the order of rows, so that codes stay in first-seen order.
    if (codeOf[code] === 0) codeOf[code] = kernel.intern(column, memory.spelledBytes(column, code)) + 1;
    codes[row] = codeOf[code]! - 1;
  }
}
