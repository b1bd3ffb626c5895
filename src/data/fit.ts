/**
 * @file Learns, from the training rows alone, how the columns of a table become inputs: means, deviations, medians
 * and levels. Columns that say nothing are dropped, each with a note. Does not encode (encode.ts).
 */
import { DataError } from "../errors.ts";
import { plural, show, showList } from "../words.ts";
import type { CategoricalData, ColumnData, NumericData } from "./columnBuilder.ts";
import type { Table } from "./columns.ts";
import { HEAVY_TAIL, isUsable, type NumericFacts, numericFacts } from "./numericFacts.ts";
import type { Scaling } from "./options.ts";
import type { CategoricalColumn, InputColumn, NumericColumn, TablePreprocessing } from "./preprocessing.ts";

export interface Fitted {
  readonly preprocessing: TablePreprocessing;
  /** one line for each thing the user should know, in table order */
  readonly notes: readonly string[];
}

/**
 * `trainRows`: indices of the training rows; sums are taken in this order, in double precision. `scaling`: which
 * numeric columns are scaled robustly; "auto" takes those with heavy tails, and says so. `facts`: of the numeric columns,
 * where they are known.
 * Inputs: all numeric columns first, in table order, then the one-hot inputs and missing indicators, in table order.
 * Throws `DataError` NO_COLUMNS where no column is left, COLUMN_RANGE where numbers are too large or too close.
 */
export function fitPreprocessing(
  table: Table,
  trainRows: Uint32Array,
  scaling: Scaling = "auto",
  facts: readonly NumericFacts[] = factsOf(table, trainRows, scaling),
): Fitted {
  const notes: string[] = [];
  const drop = (column: ColumnData, why: string): null => {
    notes.push(`column ${show(column.name)} is left out: ${why}`);
    return null;
  };
  const drafts: Draft[] = [];
  let numeric = 0;
  for (const column of table.columns) {
    const draft =
      column.type === "numeric"
        ? fitNumeric(column, facts[numeric++]!, { file: table.file, drop })
        : fitCategorical(column, trainRows, drop);
    if (draft !== null) drafts.push(draft);
    if (draft !== null && column.type === "numeric" && countsRows(column)) {
      notes.push(
        `column ${show(column.name)} numbers the rows (add it to data.ignore if it is an identifier)`,
      );
    }
  }
  if (drafts.length === 0) {
    const why =
      notes.length > 0
        ? `:\n${notes.join("\n")}`
        : ": there is none but the label, or all others are ignored";
    throw new DataError("NO_COLUMNS", `${table.file}: no column is left to learn from${why}`);
  }
  if (scaling === "auto") notes.push(...tailNotes(drafts));
  return { preprocessing: number(table, drafts), notes };
}

/** A column before its inputs are numbered. */
type Draft = NumericDraft | { type: "categorical"; name: string; levels: (string | null)[] };

interface NumericDraft extends Pick<NumericFacts, "mean" | "deviation" | "median" | "spread"> {
  readonly type: "numeric";
  readonly name: string;
  readonly hasMissing: boolean;
}

/** Those of the numeric columns, in table order. */
function factsOf({ columns }: Table, rows: Uint32Array, scaling: Scaling): NumericFacts[] {
  return columns.flatMap((column) =>
    column.type === "numeric" ? [numericFacts(column.values, rows, scaling)] : [],
  );
}

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
    const { name, type, mean, deviation, median, spread } = draft;
    const missingInput = draft.hasMissing ? next++ : null;
    const column: NumericColumn = { name, type, input: dense++, mean, deviation, median, missingInput };
    return spread === null ? column : { ...column, spread };
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

interface NumericRules {
  readonly file: string;
  readonly drop: Drop;
}

function fitNumeric(column: NumericData, facts: NumericFacts, rules: NumericRules): NumericDraft | null {
  const { file, drop } = rules;
  const { present, missing, least, most, mean, deviation, median, spread } = facts;
  if (present === 0) return drop(column, "every training row misses it");
  if (least === most) {
    const rest = missing > 0 ? ` (and ${plural(missing, "row")} miss it)` : "";
    return drop(column, `it is ${least} in every training row${rest}`);
  }
  if (!isUsable(facts)) {
    throw new DataError(
      "COLUMN_RANGE",
      `${file}, column ${show(column.name)}: from ${least} to ${most} is not a range that can be standardised ` +
        "(rescale the column, or add it to data.ignore)",
    );
  }
  return { type: "numeric", name: column.name, mean, deviation, median, spread, hasMissing: missing > 0 };
}

/** One line for all columns whose tails are heavy. */
function tailNotes(drafts: readonly Draft[]): string[] {
  const names = drafts
    .filter((draft) => draft.type === "numeric" && draft.spread !== null)
    .map(({ name }) => name);
  if (names.length === 0) return [];
  const one = names.length === 1;
  const subject = `${one ? "column" : "columns"} ${showList(names)} ${one ? "has" : "have"} heavy tails`;
  return [
    `${subject} (values more than ${HEAVY_TAIL} deviations from the mean): ` +
      `scaled by ${one ? "its median" : "their medians"} and quartiles (data.scaling)`,
  ];
}

function fitCategorical(column: CategoricalData, rows: Uint32Array, drop: Drop): Draft | null {
  const levels: (string | null)[] = [];
  const isSeen = new Uint8Array(column.levels.length + 1); // of each code and, at 0, of missing cells
  for (let i = 0; i < rows.length; i++) {
    const code = column.codes[rows[i]!]!;
    if (isSeen[code + 1] === 1) continue;
    isSeen[code + 1] = 1;
    levels.push(code < 0 ? null : column.levels[code]!);
  }
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
