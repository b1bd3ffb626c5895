/**
 * @file The facts of a whole table in one pass. Keeps counts and a bounded number of distinct values, however long
 * or wide the table is. Decides nothing (decide.ts).
 */
import { DataError } from "../../errors.ts";
import { type CellBatch, CellReader } from "../cellReader.ts";
import type { Decimal } from "../cells.ts";
import type { CsvTable } from "../csv.ts";
import type { ReadProgress } from "../reading.ts";
import { shownFiles } from "../tables.ts";
import { ColumnCounter, type ColumnProfile } from "./column.ts";

/** Distinct values kept of one column, and of all together: some 50 MB. */
const MAX_DISTINCT = 10_000;
const MAX_KEPT = 400_000;

/** One of a table's files. */
interface ProfiledFile {
  readonly file: string;
  /** lines of the files before it */
  readonly linesBefore: number;
}

/** Rows that are no rows of the table: how many, and what is wrong with the first. */
export interface BadRows {
  count: number;
  first: string;
}

export interface TableProfile {
  readonly file: string;
  /** those it consists of, in order */
  readonly files: readonly ProfiledFile[];
  /** but for bad ones */
  readonly rows: number;
  /** rows with too few or many cells */
  readonly ragged: Readonly<BadRows>;
  /** rows with a quote where none can be */
  readonly misquoted: Readonly<BadRows>;
  /** its cells, trimmed */
  readonly firstRow: readonly string[];
  readonly delimiter: string;
  readonly decimal: Decimal;
  readonly hasHeader: boolean;
  /** columns that the header has no name for */
  readonly unnamed: readonly number[];
  readonly columns: readonly ColumnProfile[];
}

interface ProfileOptions {
  /** the column, if it is known, whose classes count however wide the table is */
  readonly label?: string | undefined;
  readonly progress?: ReadProgress | undefined;
}

/**
 * Reads a whole table, all its files, and closes it. Throws DataError for what is wrong with the text, and CSV_NO_ROWS
 * where every row is bad.
 */
export async function profileTable(
  table: CsvTable,
  missing: ReadonlySet<string>,
  { label, progress }: ProfileOptions = {},
): Promise<TableProfile> {
  const ragged: BadRows = { count: 0, first: "" };
  const misquoted: BadRows = { count: 0, first: "" };
  const files: ProfiledFile[] = [];
  let lastLine = 0; // of all files
  const noted = noting(table, (file) => files.push({ file, linesBefore: lastLine }));
  const reader = new CellReader(noted, missing, ({ error }) => {
    const bad = error.kind === "CSV_RAGGED_ROW" ? ragged : misquoted;
    if (bad.count++ === 0) bad.first = error.message;
  });
  const { names, unnamed, delimiter, decimal, hasHeader } = table;
  const limit = distinctLimit(names.length);
  const source = { reader, missing, decimal };
  const counters = names.map(
    (name, index) => new ColumnCounter(index, name === label ? MAX_DISTINCT : limit, source),
  );
  let rows = 0;
  let firstRow: string[] | null = null;
  for await (const batch of reader.batches()) {
    firstRow ??= firstCells(batch, reader, names.length);
    rows += batch.rows;
    progress?.rows(batch.rows);
    const { linesBefore } = files.at(-1)!;
    lastLine = linesBefore + batch.lines[batch.rows - 1]!;
    for (const counter of counters) counter.take(batch, linesBefore);
  }
  const file = shownFiles(files.map((each) => each.file));
  if (firstRow === null)
    throw new DataError("CSV_NO_ROWS", `${file}: no row can be read: ${ragged.first || misquoted.first}`);
  const columns = counters.map((counter, column) => counter.finish(names[column]!));
  return { file, files, rows, ragged, misquoted, firstRow, delimiter, decimal, hasHeader, unnamed, columns };
}

/** The same table; `note` gets the name of each file before it is read. */
function noting(table: CsvTable, note: (file: string) => void): CsvTable {
  note(table.file);
  const next = async () => {
    const following = await table.next();
    return following && noting(following, note);
  };
  return { ...table, next };
}

/** Where a line, counted over all files, is: "line 12", or "data/b.csv:12" where the table has several files. */
export function placeText({ files }: Pick<TableProfile, "files">, line: number): string {
  if (files.length === 1) return `line ${line}`;
  const { file, linesBefore } = files.findLast((each) => each.linesBefore < line)!;
  return `${file}:${line - linesBefore}`;
}

/** Those of the first row of the first batch, in which all columns are words. */
function firstCells(batch: CellBatch, { spellings }: CellReader, width: number): string[] {
  return Array.from({ length: width }, (_, i) => spellings.spelling(i, batch.codes(i)[0]!).trim());
}

/** Distinct values that are kept of each of so many columns. */
export function distinctLimit(columns: number): number {
  return Math.max(50, Math.min(MAX_DISTINCT, Math.floor(MAX_KEPT / columns)));
}
