/**
 * @file What the compiled reader of cells has to know of a table's text, and which tables it can read.
 */
import { parseNumber } from "./cells.ts";
import type { CsvTable } from "./csv.ts";
import { MAX_RECORD_BYTES } from "./records.ts";

/** What separates cells that csv-parse has read, where the table's own delimiter is none for the kernel. */
const COMMA = ",";
const BAR = "|";
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
  readonly maxRowBytes: number;
}

/** `missing`: spellings of a missing cell. */
export function cellDialect(table: CsvTable, missing: ReadonlySet<string>): CellDialect {
  return {
    width: table.names.length,
    delimiter: kernelDelimiter(table).charCodeAt(0),
    newline: table.newline.charCodeAt(0),
    decimal: table.decimal.charCodeAt(0),
    emptyIsMissing: missing.has(""),
    suspects: Array.from(missing, (text) => parseNumber(text, table.decimal)).filter(Number.isFinite),
    maxRowBytes: MAX_RECORD_BYTES,
  };
}

/** Whether the kernel can look for a table's delimiter: one byte that is no part of a number. */
export function isPlain({ delimiter, decimal }: CsvTable): boolean {
  const code = delimiter.charCodeAt(0);
  if (delimiter === decimal || /[\deE+-]/.test(delimiter)) return false;
  return delimiter.length === 1 && code < 0x80 && code > 0x08;
}

/** What separates the cells that the kernel gets. */
export function kernelDelimiter(table: CsvTable): string {
  if (isPlain(table)) return table.delimiter;
  return table.decimal === COMMA ? BAR : COMMA;
}
