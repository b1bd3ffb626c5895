/**
 * @file Opens a delimited text table: finds its dialect from the first bytes and its column names, then streams its
 * records, each checked against the header. Cells are text here; what they mean is columns.ts.
 */
import { Buffer } from "node:buffer";
import { DataError } from "../errors.ts";
import { plural, show } from "../words.ts";
import { hasMacLines, isDecisive, looksLikeHeader, sniffDelimiter } from "./dialect.ts";
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
  /** spellings of a missing cell; only a header is found with them, cells are not changed */
  readonly missing: readonly string[];
}

export interface CsvTable {
  /** of the columns; "0", "1", … where there is no header */
  readonly names: readonly string[];
  readonly hasHeader: boolean;
  readonly delimiter: string;
  readonly file: string;
  /** The data records, a batch at a time; read once. The end of the loop, also an early one, closes the source. */
  readonly batches: AsyncIterable<readonly CsvRecord[]>;
  /** Closes the source at once; for a table whose records may not be read. */
  close(): void;
}

/**
 * Reads the start of a table and gives its columns and the stream of its records.
 * Throws `DataError`, here or from `batches`, as `file:line: …`: CSV_QUOTE, CSV_QUOTE_NOT_CLOSED, CSV_RAGGED_ROW,
 * CSV_RECORD_TOO_LONG, CSV_DUPLICATE_COLUMN, CSV_EMPTY_COLUMN, CSV_NO_ROWS, and those of `checkedText`.
 */
export async function openCsv(source: ByteSource, options: CsvOptions): Promise<CsvTable> {
  try {
    const text = checkedText(source, options.file);
    const { sample, isWhole } = await readSample(text);
    const delimiter = options.delimiter === "auto" ? sniffDelimiter(sample, isWhole) : options.delimiter;
    const newline = hasMacLines(sample) ? "\r" : "\n";
    const raw = readRecords(sample, text, { file: options.file, delimiter, newline });
    const first = await readFirst(raw, options.file);
    const missing = new Set(options.missing);
    const header = options.header;
    const hasHeader = header === "auto" ? looksLikeHeader(first[0]!.cells, first[1]?.cells, missing) : header;
    const names = hasHeader ? headerNames(first[0]!, options.file) : first[0]!.cells.map((_, i) => String(i));
    if (hasHeader && first.length === 1) {
      throw new DataError("CSV_NO_ROWS", `${options.file}: there is a header but no row of data`);
    }
    const batches = checkedBatches(hasHeader ? first.slice(1) : first, raw, names, source, options.file);
    return { names, hasHeader, delimiter, file: options.file, batches, close: () => source.close() };
  } catch (error) {
    source.close();
    throw error;
  }
}

/** As much from the start as decides the dialect, and whether that is all there is. */
async function readSample(
  chunks: AsyncIterator<Buffer, void>,
): Promise<{ sample: Buffer; isWhole: boolean }> {
  let sample: Buffer = Buffer.alloc(0);
  while (sample.length < SAMPLE_BYTES) {
    const next = await chunks.next();
    if (next.done) return { sample, isWhole: true };
    sample = Buffer.concat([sample, next.value]);
    if (next.value.includes(LINE_FEED) && isDecisive(sample)) break;
  }
  return { sample, isWhole: false };
}

/** At least two records, if the file has two, so that a header can be told from data. */
async function readFirst(raw: AsyncIterator<CsvRecord[], void>, file: string): Promise<CsvRecord[]> {
  let first: CsvRecord[] = [];
  while (first.length < 2) {
    const next = await raw.next();
    if (next.done) break;
    first = first.concat(next.value);
  }
  if (first.length === 0)
    throw new DataError("CSV_NO_ROWS", `${file}: there are only blank lines, expected a table`);
  return first;
}

function headerNames(record: CsvRecord, file: string): string[] {
  const names = record.cells.map((cell) => cell.trim());
  const seen = new Map<string, number>();
  for (const [i, name] of names.entries()) {
    const at = `${file}:${record.line}: column ${i + 1} of ${names.length}`;
    if (name === "") {
      throw new DataError(
        "CSV_EMPTY_COLUMN",
        `${at} has no name (give it one; if the file has no header line, set data.header to false)`,
      );
    }
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

async function* checkedBatches(
  first: readonly CsvRecord[],
  rest: AsyncIterable<CsvRecord[]>,
  names: readonly string[],
  source: ByteSource,
  file: string,
): AsyncGenerator<readonly CsvRecord[]> {
  try {
    checkWidths(first, names.length, file);
    yield first;
    for await (const batch of rest) {
      checkWidths(batch, names.length, file);
      yield batch;
    }
  } finally {
    source.close();
  }
}

function checkWidths(records: readonly CsvRecord[], width: number, file: string): void {
  for (const { cells, line } of records) {
    if (cells.length === width) continue;
    throw new DataError(
      "CSV_RAGGED_ROW",
      `${file}:${line}: got ${plural(cells.length, "cell")}, expected ${width} as in the first row; ` +
        `the first cell is ${show(cells[0] ?? "")}`,
    );
  }
}
