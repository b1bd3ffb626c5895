/**
 * @file What is in a table, column by column, for people who look before they train: one pass, nothing kept but
 * counts and a bounded number of distinct values. Does not decide how a column would be used (fit.ts).
 */
import { type Decimal, parseNumber } from "./cells.ts";
import type { CsvTable } from "./csv.ts";

/** Distinct values are counted up to here. */
export const MAX_DISTINCT = 10_000;
const EXAMPLES = 5;

export interface ColumnSummary {
  readonly name: string;
  /** numeric: every cell that is not missing is a number */
  readonly type: "numeric" | "categorical" | "empty";
  readonly missing: number;
  /** distinct values, or null for more than MAX_DISTINCT */
  readonly distinct: number | null;
  /** of numeric columns; null otherwise */
  readonly range: { readonly minimum: number; readonly mean: number; readonly maximum: number } | null;
  /** of categorical columns: the most frequent values and their counts; empty where distinct is null */
  readonly frequent: readonly { readonly value: string; readonly rows: number }[];
}

export interface TableSummary {
  readonly rows: number;
  readonly delimiter: string;
  readonly hasHeader: boolean;
  readonly columns: readonly ColumnSummary[];
}

class ColumnCounter {
  private missing = 0;
  private rows = 0;
  private numbers = 0;
  private minimum = Number.POSITIVE_INFINITY;
  private maximum = Number.NEGATIVE_INFINITY;
  private sum = 0;
  private values: Map<string, number> | null = new Map();
  private readonly decimal: Decimal;

  constructor(decimal: Decimal) {
    this.decimal = decimal;
  }

  add(cell: string, missing: ReadonlySet<string>): void {
    if (missing.has(cell)) {
      this.missing++;
      return;
    }
    this.rows++;
    const number = parseNumber(cell, this.decimal);
    if (Number.isFinite(number)) {
      this.numbers++;
      this.sum += number;
      this.minimum = Math.min(this.minimum, number);
      this.maximum = Math.max(this.maximum, number);
    }
    this.values?.set(cell, (this.values.get(cell) ?? 0) + 1);
    if (this.values && this.values.size > MAX_DISTINCT) this.values = null;
  }

  summary(name: string): ColumnSummary {
    const { minimum, maximum, missing } = this;
    const type = this.rows === 0 ? "empty" : this.numbers === this.rows ? "numeric" : "categorical";
    const range = type === "numeric" ? { minimum, mean: this.sum / this.rows, maximum } : null;
    const sorted = [...(this.values ?? [])].sort((a, b) => b[1] - a[1]);
    const frequent =
      type === "categorical" ? sorted.slice(0, EXAMPLES).map(([value, rows]) => ({ value, rows })) : [];
    return { name, type, missing, distinct: this.values?.size ?? null, range, frequent };
  }
}

/** Reads a whole table, and closes it. Throws DataError for what is wrong with the file. */
export async function summariseTable(table: CsvTable, missing: ReadonlySet<string>): Promise<TableSummary> {
  const counters = table.names.map(() => new ColumnCounter(table.decimal));
  let rows = 0;
  for await (const batch of table.batches) {
    rows += batch.length;
    for (const { cells } of batch) {
      for (let column = 0; column < counters.length; column++)
        counters[column]!.add(cells[column]!.trim(), missing);
    }
  }
  const columns = counters.map((counter, column) => counter.summary(table.names[column]!));
  return { rows, delimiter: table.delimiter, hasHeader: table.hasHeader, columns };
}
