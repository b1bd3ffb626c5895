/**
 * @file The facts of a whole table in one pass. Keeps counts and a bounded number of distinct values, however long
 * or wide the table is. Decides nothing (decide.ts).
 */
import { DataError } from "../../errors.ts";
import type { Decimal } from "../cells.ts";
import type { CsvTable } from "../csv.ts";
import type { ReadProgress } from "../reading.ts";
import type { CsvRecord } from "../records.ts";
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

export interface TableProfile {
  readonly file: string;
  /** those it consists of, in order */
  readonly files: readonly ProfiledFile[];
  /** but for ragged ones */
  readonly rows: number;
  /** rows with too few or many cells, and what is wrong with the first */
  readonly ragged: { readonly count: number; readonly first: string };
  readonly firstRow: CsvRecord;
  readonly delimiter: string;
  readonly decimal: Decimal;
  readonly hasHeader: boolean;
  readonly columns: readonly ColumnProfile[];
}

/**
 * Reads a whole table, all its files, and closes it. `label`: the column, if it is known, whose classes count however wide the
 * table is. `ragged`: what the table's `onRaggedRow` fills in. Throws DataError for what is wrong with the file.
 */
export async function profileTable(
  table: CsvTable,
  missing: ReadonlySet<string>,
  label?: string,
  ragged: TableProfile["ragged"] = { count: 0, first: "" },
  progress?: ReadProgress,
): Promise<TableProfile> {
  const limit = distinctLimit(table.names.length);
  const counters = table.names.map(
    (name) => new ColumnCounter(name === label ? MAX_DISTINCT : limit, table.decimal),
  );
  let rows = 0;
  let firstRow: CsvRecord | null = null;
  const files: ProfiledFile[] = [];
  let lastLine = 0;
  for (let part: CsvTable | null = table; part !== null; part = await part.next()) {
    const linesBefore = lastLine;
    files.push({ file: part.file, linesBefore });
    for await (const batch of part.batches) {
      firstRow ??= batch[0] ?? null;
      rows += batch.length;
      progress?.rows(batch.length);
      for (const { cells, line } of batch) {
        lastLine = linesBefore + line;
        for (let column = 0; column < counters.length; column++)
          counters[column]!.add(cells[column]!.trim(), lastLine, missing);
      }
    }
  }
  const { delimiter, decimal, hasHeader } = table;
  const file = shownFiles(files.map((each) => each.file));
  const columns = counters.map((counter, column) => counter.finish(table.names[column]!));
  if (firstRow === null)
    throw new DataError("CSV_NO_ROWS", `${file}: every row has too few or many cells: ${ragged.first}`);
  return { file, files, rows, ragged, firstRow, delimiter, decimal, hasHeader, columns };
}

/** Where a line, counted over all files, is: "line 12", or "data/b.csv:12" where the table has several files. */
export function placeText({ files }: Pick<TableProfile, "files">, line: number): string {
  if (files.length === 1) return `line ${line}`;
  const { file, linesBefore } = files.findLast((each) => each.linesBefore < line)!;
  return `${file}:${line - linesBefore}`;
}

/** Distinct values that are kept of each of so many columns. */
export function distinctLimit(columns: number): number {
  return Math.max(50, Math.min(MAX_DISTINCT, Math.floor(MAX_KEPT / columns)));
}
