/**
 * @file From bytes to records and the line each starts on. Blocks of whole lines without a quote are split at delimiters
 * (several times faster, and most tables of numbers are nothing else); blocks with quotes go through csv-parse, which both
 * ways agree with (test/unit/data-csv.test.ts). Holds one chunk of the file at a time, copied.
 */
import { Buffer } from "node:buffer";
import { CsvError, Parser } from "csv-parse";
import { DataError } from "../errors.ts";
import { plural, show } from "../words.ts";

const QUOTE = 0x22;
const QUOTING = 'quote the whole cell and double the quotes inside: "a ""b"" c"';
/** Of one record. */
export const MAX_RECORD_BYTES = 1 << 24; // a row of a million columns fits; a file swallowed by a lost quote does not

export interface CsvRecord {
  /** as many as there are columns; space around an unquoted cell is gone, in a quoted cell it is kept */
  readonly cells: readonly string[];
  /** 1-based line of the file on which the record starts */
  readonly line: number;
}

export interface RecordOptions {
  /** for messages */
  readonly file: string;
  /** one character */
  readonly delimiter: string;
  /** "\n" (also ends lines after a carriage return), or "\r" for classic Mac files */
  readonly newline: "\n" | "\r";
}

/**
 * The records of UTF-8 text, a batch at a time; blank lines are skipped. Records before an error come before it is
 * thrown. Throws `DataError` CSV_QUOTE, CSV_QUOTE_NOT_CLOSED, CSV_RECORD_TOO_LONG.
 * `text` stays open when the records are not read to the end.
 */
export async function* readRecords(
  text: AsyncIterator<Buffer, void>,
  options: RecordOptions,
): AsyncGenerator<CsvRecord[], void> {
  let line = 1;
  let quoted: QuotedRun | null = null;
  for await (const block of wholeLines(text, options)) {
    if (quoted === null && !block.includes(QUOTE)) {
      const { records, lines } = splitLines(block.toString(), line, options);
      line += lines;
      if (records.length > 0) yield records;
      continue;
    }
    quoted ??= new QuotedRun(options, line);
    const { records, error } = await quoted.feed(block);
    if (records.length > 0) yield records;
    if (error !== null) throw error;
    if (quoted.isOpen) continue;
    yield* quoted.end();
    line = quoted.line;
    quoted = null;
  }
  if (quoted !== null) yield* quoted.end();
}

/** The same bytes cut behind line ends; the last block may lack one. */
async function* wholeLines(
  text: AsyncIterator<Buffer, void>,
  options: RecordOptions,
): AsyncGenerator<Buffer> {
  const newline = options.newline.charCodeAt(0);
  let carry: Buffer[] = [];
  let carried = 0;
  let line = 1;
  for (let next = await text.next(); !next.done; next = await text.next()) {
    const chunk = Buffer.from(next.value); // csv-parse keeps what it is given, and so does `carry`
    const end = chunk.lastIndexOf(newline) + 1;
    if (end > 0) {
      const block = carried > 0 ? Buffer.concat([...carry, chunk.subarray(0, end)]) : chunk.subarray(0, end);
      yield block;
      line += countByte(block, newline);
      carry = [];
      carried = 0;
    }
    if (end < chunk.length) carry.push(chunk.subarray(end));
    carried += chunk.length - end;
    if (carried > MAX_RECORD_BYTES) throw tooLong(options.file, line);
  }
  if (carried > 0) yield Buffer.concat(carry);
}

/** Records of text without quotes, which starts on line `line`, and how many lines end in it. */
function splitLines(
  text: string,
  line: number,
  { delimiter, newline }: RecordOptions,
): { records: CsvRecord[]; lines: number } {
  const records: CsvRecord[] = [];
  const lines = text.split(newline);
  for (const [i, content] of lines.entries()) {
    const cells = content.split(delimiter);
    for (let c = 0; c < cells.length; c++) cells[c] = cells[c]!.trim();
    if (cells.length > 1 || cells[0] !== "") records.push({ cells, line: line + i });
  }
  return { records, lines: lines.length - 1 };
}

/** csv-parse, giving each record at once: no queue between parser and reader, hence nothing to press back. */
class Tap extends Parser {
  onRecord: (cells: string[]) => void = () => {};

  override push(record: unknown): boolean {
    if (!Array.isArray(record)) return super.push(record);
    this.onRecord(record);
    return true;
  }
}

/** A run of csv-parse: blocks from the first that has a quote to the first line end with every quote closed. */
export class QuotedRun {
  /** of the next byte to feed */
  line: number;
  /** an odd number of quotes so far: the next byte is inside quotes */
  isOpen = false;
  readonly #options: RecordOptions;
  readonly #parser: Tap;
  #records: CsvRecord[] = [];
  /** line after the last record, if no blank lines follow */
  #nextLine: number;
  #blankLines = 0;

  constructor(options: RecordOptions, line: number) {
    this.#options = options;
    this.line = line;
    this.#nextLine = line;
    this.#parser = new Tap({
      delimiter: options.delimiter,
      record_delimiter: options.newline === "\r" ? ["\r"] : ["\r\n", "\n"],
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: MAX_RECORD_BYTES,
    });
    this.#parser.onRecord = (cells) => this.#take(cells);
    this.#parser.on("error", () => {}); // it is also given to the callback of write and end
    this.#parser.resume();
  }

  /** The records that end in or before this block, and what is wrong after them. */
  async feed(block: Buffer): Promise<{ records: CsvRecord[]; error: Error | null }> {
    if (countByte(block, QUOTE) % 2 === 1) this.isOpen = !this.isOpen;
    this.line += countByte(block, this.#options.newline.charCodeAt(0));
    const error = await new Promise<Error | null | undefined>((resolve) =>
      this.#parser.write(block, resolve),
    );
    return { records: this.#drain(), error: error ? this.#translate(error) : null };
  }

  /** The records that are left. */
  async *end(): AsyncGenerator<CsvRecord[]> {
    const error = await new Promise<Error | null | undefined>((resolve) => {
      this.#parser.once("error", resolve);
      this.#parser.end((failure?: Error | null) => resolve(failure ?? null));
    });
    const records = this.#drain();
    if (records.length > 0) yield records;
    if (error) throw this.#translate(error);
  }

  #drain(): CsvRecord[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }

  /** Counts lines itself: csv-parse's count goes wrong at CR LF inside quotes. */
  #take(cells: string[]): void {
    const line = this.#currentLine();
    this.#blankLines = this.#parser.info.empty_lines;
    this.#nextLine = line + 1;
    for (const cell of cells) {
      if (cell.includes(this.#options.newline))
        this.#nextLine += cell.split(this.#options.newline).length - 1;
    }
    this.#records.push({ cells, line });
  }

  /** The line on which the record being read starts. */
  #currentLine(): number {
    return this.#nextLine + this.#parser.info.empty_lines - this.#blankLines;
  }

  #translate(error: Error): Error {
    if (!(error instanceof CsvError)) return error;
    const { file } = this.#options;
    const at = `${file}:${this.#currentLine()}`;
    const cell = typeof error.column === "number" ? `cell ${error.column + 1}` : "a cell";
    switch (error.code) {
      case "CSV_QUOTE_NOT_CLOSED":
        return new DataError(
          "CSV_QUOTE_NOT_CLOSED",
          `${at}: the quote that opens ${cell} of the row starting here is never closed (${QUOTING})`,
        );
      case "INVALID_OPENING_QUOTE":
        return new DataError(
          "CSV_QUOTE",
          `${at}: ${cell} has a quote in the middle, behind ${show(String(error.field))} (${QUOTING})`,
        );
      case "CSV_INVALID_CLOSING_QUOTE":
      case "CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE":
        return new DataError("CSV_QUOTE", `${at}: ${cell} has text behind its closing quote (${QUOTING})`);
      case "CSV_MAX_RECORD_SIZE":
        return tooLong(file, this.#currentLine());
      default:
        return error;
    }
  }
}

/** `line`: on which the record starts. */
export function tooLong(file: string, line: number): DataError {
  return new DataError(
    "CSV_RECORD_TOO_LONG",
    `${file}:${line}: the row starting here is longer than ${MAX_RECORD_BYTES} bytes (is a quote left open?)`,
  );
}

/** A record that has not as many cells as the table has columns. */
export function raggedRow(
  { cells, line }: CsvRecord,
  width: number,
  { file, newline }: Pick<RecordOptions, "file" | "newline">,
): DataError {
  const lastLine = cells.reduce((last, cell) => last + cell.split(newline).length - 1, line);
  return new DataError(
    "CSV_RAGGED_ROW",
    `${file}:${line}: got ${plural(cells.length, "cell")}, expected ${width} as in the first row; ` +
      `the first cell is ${show(cells[0] ?? "")}${reachText(line, lastLine)}`,
  );
}

/** For the row that starts on line `first`: where it ends, which where quotes are wrong may be far off. */
export function reachText(first: number, last: number): string {
  return last > first ? `; its quotes reach to line ${last}, so one may be left open` : "";
}

function countByte(bytes: Buffer, byte: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at >= 0; at = bytes.indexOf(byte, at + 1)) count++;
  return count;
}
