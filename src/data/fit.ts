/**
 * @file Learns, from the training rows alone, how the columns of a table become inputs: means, deviations, medians
 * and levels. Columns that say nothing are dropped, each with a note. Does not encode (encode.ts).
 */
import { DataError } from "../errors.ts";
import { plural, show } from "../words.ts";
import type { CategoricalData, ColumnData, NumericData } from "./columnBuilder.ts";
import type { Table } from "./columns.ts";
import type { CategoricalColumn, InputColumn, NumericColumn, TablePreprocessing } from "./preprocessing.ts";

export interface Fitted {
  readonly preprocessing: TablePreprocessing;
  /** one line for each thing the user should know, in table order */
  readonly notes: readonly string[];
}

/**
 * `trainRows`: indices of the training rows; sums are taken in this order, in double precision.
 * Inputs: all numeric columns first, in table order, then the one-hot inputs and missing indicators, in table order.
 * Throws `DataError` NO_COLUMNS where no column is left, COLUMN_RANGE where numbers are too large or too close.
 */
export function fitPreprocessing(table: Table, trainRows: Uint32Array): Fitted {
  const notes: string[] = [];
  const drop = (column: ColumnData, why: string): null => {
    notes.push(`column ${show(column.name)} is left out: ${why}`);
    return null;
  };
  const drafts: Draft[] = [];
  for (const column of table.columns) {
    const draft =
      column.type === "numeric"
        ? fitNumeric(column, trainRows, table.file, drop)
        : fitCategorical(column, trainRows, drop);
    if (draft !== null) drafts.push(draft);
    if (draft !== null && column.type === "numeric" && countsRows(column)) {
      notes.push(
        `column ${show(column.name)} numbers the rows (add it to data.ignore if it is an identifier)`,
      );
    }
  }
  if (drafts.length === 0) {
    const why = notes.length > 0 ? `:\n${notes.join("\n")}` : ": the label is the only column";
    throw new DataError("NO_COLUMNS", `${table.file}: no column is left to learn from${why}`);
  }
  return { preprocessing: number(table, drafts), notes };
}

/** A column before its inputs are numbered. */
type Draft =
  | { type: "numeric"; name: string; mean: number; deviation: number; median: number; hasMissing: boolean }
  | { type: "categorical"; name: string; levels: (string | null)[] };

type Drop = (column: ColumnData, why: string) => null;

/** Gives each column its inputs. */
function number(table: Table, drafts: readonly Draft[]): TablePreprocessing {
  const denseWidth = drafts.filter((draft) => draft.type === "numeric").length;
  let dense = 0;
  let next = denseWidth;
  const columns = drafts.map((draft): InputColumn => {
    if (draft.type === "categorical") {
      const column: CategoricalColumn = { ...draft, firstInput: next };
      next += draft.levels.length;
      return column;
    }
    const { name, type, mean, deviation, median } = draft;
    const missingInput = draft.hasMissing ? next++ : null;
    const column: NumericColumn = { name, type, input: dense++, mean, deviation, median, missingInput };
    return column;
  });
  return {
    format: "csv",
    label: table.label,
    classes: table.classes,
    columns,
    inputs: next,
    denseWidth,
    delimiter: table.delimiter,
    ...(table.decimal === "," && { decimal: table.decimal }),
    missing: table.missing,
    hasHeader: table.hasHeader,
    tableWidth: table.tableWidth,
  };
}

function fitNumeric(column: NumericData, rows: Uint32Array, file: string, drop: Drop): Draft | null {
  const present = presentValues(column.values, rows);
  const missing = rows.length - present.length;
  if (present.length === 0) return drop(column, "every training row misses it");
  const { mean, deviation } = meanAndDeviation(present);
  const sorted = present.sort();
  const least = sorted[0]!;
  const most = sorted[sorted.length - 1]!;
  if (least === most) {
    const rest = missing > 0 ? ` (and ${plural(missing, "row")} miss it)` : "";
    return drop(column, `it is ${least} in every training row${rest}`);
  }
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  if (!(deviation > 0 && Number.isFinite(deviation) && Number.isFinite(mean) && Number.isFinite(median))) {
    throw new DataError(
      "COLUMN_RANGE",
      `${file}, column ${show(column.name)}: from ${least} to ${most} is not a range that can be standardised ` +
        "(rescale the column, or add it to data.ignore)",
    );
  }
  return { type: "numeric", name: column.name, mean, deviation, median, hasMissing: missing > 0 };
}

/** The values of these rows that are not missing, in row order. */
function presentValues(values: Float64Array, rows: Uint32Array): Float64Array {
  const present = new Float64Array(rows.length);
  let length = 0;
  for (const row of rows) {
    const value = values[row]!;
    if (!Number.isNaN(value)) present[length++] = value;
  }
  return present.subarray(0, length);
}

/** Mean and population deviation in two passes over `values`, in order; at least one value. */
export function meanAndDeviation(values: Float64Array): { mean: number; deviation: number } {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) * (value - mean);
  return { mean, deviation: Math.sqrt(squares / values.length) };
}

function fitCategorical(column: CategoricalData, rows: Uint32Array, drop: Drop): Draft | null {
  const codes = new Set<number>();
  for (const row of rows) codes.add(column.codes[row]!);
  const levels = Array.from(codes, (code) => (code < 0 ? null : column.levels[code]!));
  if (levels.length >= 2) return { type: "categorical", name: column.name, levels };
  const only = levels[0] ?? null;
  return drop(
    column,
    only === null ? "every training row misses it" : `it is ${show(only)} in every training row`,
  );
}

/** True for 0, 1, 2, … or 1, 2, 3, … down the whole table. */
function countsRows({ values }: NumericData): boolean {
  const first = values[0]!;
  return (
    (first === 0 || first === 1) && values.length > 2 && values.every((value, row) => value === first + row)
  );
}
