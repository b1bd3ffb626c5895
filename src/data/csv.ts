/**
 * @file Opens a delimited text table: finds its dialect from the first bytes and its column names, then gives its text for
 * cellReader.ts, which reads the rows.
 */
import { Buffer } from "node:buffer";
import { DataError } from "../errors.ts";
import { show } from "../words.ts";
import type { Decimal } from "./cells.ts";
import {
  DECIMAL_ROWS,
  hasMacLines,
  isDecisive,
  looksLikeHeader,
  sniffDecimal,
  sniffDelimiter,
} from "./dialect.ts";
import { type CsvRecord, readRecords } from "./records.ts";
import type { ByteSource } from "./source.ts";
import { checkedText } from "./text.ts";

const SAMPLE_BYTES = 1 << 16; // enough for 20 lines of any table but the widest
const LINE_FEED = 0x0a;

export interface CsvOptions {
  /** file name for messages */
  readonly file: string;
  /** one character, or "auto": comma, semicolon, tab or bar, whichever the first lines agree on */
  readonly delimiter: string;
  /** whether the first record names the columns */
  readonly header: "auto" | boolean;
  /** the decimal mark of numbers, or "auto": a comma where the first rows have it, and no point */
  readonly decimal: Decimal | "auto";
  /** spellings of a missing cell; only a header is found with them, cells are not changed */
  readonly missing: readonly string[];
}

export interface CsvTable {
  /** of the columns; "0", "1", … where there is no header, "unnamed 1" for the first where the header has no name for it */
  readonly names: readonly string[];
  /** columns that the header has no name for, such as the index of a data frame */
  readonly unnamed: readonly number[];
  readonly hasHeader: boolean;
  readonly delimiter: string;
  readonly newline: "\n" | "\r";
  readonly decimal: Decimal;
  readonly file: string;
  /** bytes of the file, as it is on the disk; null where that is not known */
  readonly size: number | null;
  /** of all files of the table (tables.ts); null where that of one is not known */
  readonly tableSize: number | null;
  /** All text from the first byte on, the header too, checked; once. A chunk is valid until the next one is asked for. */
  text(): AsyncIterator<Buffer, void>;
  /** The next file of the same table (tables.ts); null: there is none. */
  next(): Promise<CsvTable | null>;
  /** Closes the source at once; for a table whose text may not be read. */
  close(): void;
}

/**
 * Reads the start of a table and gives its columns and its text. Throws `DataError` as `file:line: …`: CSV_QUOTE,
 * CSV_QUOTE_NOT_CLOSED, CSV_RECORD_TOO_LONG, CSV_DUPLICATE_COLUMN, CSV_NO_ROWS, and, also from the
 * text, those of `checkedText`.
 */
export async function openCsv(source: ByteSource, options: CsvOptions): Promise<CsvTable> {
  try {
    const text = new Reread(checkedText(source, options.file));
    const { sample, isWhole } = await readSample(text.keeping());
    const delimiter = options.delimiter === "auto" ? sniffDelimiter(sample, isWhole) : options.delimiter;
    const newline = hasMacLines(sample) ? "\r" : "\n";
    const dialect = { file: options.file, delimiter, newline } as const;
    // Only a decimal mark that is sniffed is worth to wait for more than two records.
    const enough = options.decimal === "auto" && delimiter !== "," ? DECIMAL_ROWS + 1 : 2;
    const { first, isAll } = await readFirst(readRecords(text.keeping(), dialect), enough, options.file);
    const missing = new Set(options.missing);
    const header = options.header;
    const hasHeader = header === "auto" ? looksLikeHeader(first[0]!.cells, first[1]?.cells, missing) : header;
    const unnamed = hasHeader ? first[0]!.cells.flatMap((name, i) => (name.trim() === "" ? [i] : [])) : [];
    const names = hasHeader ? headerNames(first[0]!, options.file) : first[0]!.cells.map((_, i) => String(i));
    if (hasHeader && isAll && first.length === 1) {
      throw new DataError("CSV_NO_ROWS", `${options.file}: there is a header but no row of data`);
    }
    const rows = hasHeader ? first.slice(1) : first;
    const decimal = options.decimal === "auto" ? sniffDecimal(rows, delimiter) : options.decimal;
    return {
      ...dialect,
      names,
      unnamed,
      hasHeader,
      decimal,
      size: source.size,
      tableSize: source.size,
      text: () => text.all(),
      next: async () => null,
      close: () => source.close(),
    };
  } catch (error) {
    source.close();
    throw error;
  }
}

/** Text whose beginning is looked at, several times, before all of it is read. */
class Reread {
  readonly #text: AsyncIterator<Buffer, void>;
  readonly #kept: Buffer[] = [];

  constructor(text: AsyncIterator<Buffer, void>) {
    this.#text = text;
  }

  /** From the first byte on; what it reads is kept. */
  async *keeping(): AsyncGenerator<Buffer, void> {
    for (let i = 0; ; i++) {
      if (i === this.#kept.length) {
        const next = await this.#text.next();
        if (next.done) return;
        this.#kept.push(Buffer.from(next.value));
      }
      yield this.#kept[i]!;
    }
  }

  /** From the first byte to the last, once. */
  async *all(): AsyncGenerator<Buffer, void> {
    for (const chunk of this.#kept.splice(0)) yield chunk;
    for (let next = await this.#text.next(); !next.done; next = await this.#text.next()) yield next.value;
  }
}

/** As much from the start as decides the dialect, and whether that is all there is. */
async function readSample(chunks: AsyncIterable<Buffer>): Promise<{ sample: Buffer; isWhole: boolean }> {
  let sample: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    sample = Buffer.concat([sample, chunk]);
    if (sample.length >= SAMPLE_BYTES || (chunk.includes(LINE_FEED) && isDecisive(sample))) {
      return { sample, isWhole: false };
    }
  }
  return { sample, isWhole: true };
}

/**
 * At least `enough` records, so that a header can be told from data, and whether these are all. Fewer where the file has
 * no more, or where a bad one follows: what is wrong with a row is said, or the row left out, when the rows are read.
 */
async function readFirst(
  raw: AsyncIterator<CsvRecord[], void>,
  enough: number,
  file: string,
): Promise<{ first: CsvRecord[]; isAll: boolean }> {
  let first: CsvRecord[] = [];
  try {
    while (first.length < enough) {
      const next = await raw.next();
      if (next.done) {
        if (first.length > 0) return { first, isAll: true };
        throw new DataError("CSV_NO_ROWS", `${file}: there are only blank lines, expected a table`);
      }
      first = first.concat(next.value);
    }
  } catch (error) {
    if (first.length === 0 || !(error instanceof DataError && error.kind === "CSV_QUOTE")) throw error;
  }
  return { first, isAll: false };
}

/** What a column without a name is called. `index`: from 0; people count from 1. */
function nameOfUnnamed(index: number): string {
  return `unnamed ${index + 1}`;
}

function headerNames(record: CsvRecord, file: string): string[] {
  const names = record.cells.map((name, i) => name.trim() || nameOfUnnamed(i));
  const seen = new Map<string, number>();
  for (const [i, name] of names.entries()) {
    const at = `${file}:${record.line}: column ${i + 1} of ${names.length}`;
    const earlier = seen.get(name);
    if (earlier !== undefined) {
      throw new DataError(
        "CSV_DUPLICATE_COLUMN",
        `${at} is named ${show(name)}, and so is column ${earlier + 1}`,
      );
    }
    seen.set(name, i);
  }
  return names;
}
