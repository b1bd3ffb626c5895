/**
 * @file What is done with each column of a table, and why: from facts to decisions, without reading anything. The
 * same for `nnt init`, which writes them down, and `nnt inspect`, which shows them.
 */
import { plural, show } from "../../words.ts";
import type { Decimal } from "../cells.ts";
import { FREE_LEVELS, MOSTLY } from "../limits.ts";
import type { ColumnProfile } from "./column.ts";
import { type Classes, classesOf, tableHints } from "./hints.ts";
import type { Label } from "./label.ts";
import { type BadRows, placeText, type TableProfile } from "./table.ts";
import {
  type Cells,
  type ColumnType,
  cellsOf,
  findMissing,
  hasTypos,
  isCode,
  type MissingSpelling,
  typeOf,
} from "./types.ts";

export interface ColumnPlan {
  readonly name: string;
  readonly type: ColumnType;
  /** rows without a value */
  readonly missing: number;
  /** distinct values, or null for more than are kept */
  readonly distinct: number | null;
  readonly range: ColumnProfile["range"];
  /** the most frequent values, most frequent first; empty for numbers, and where distinct is null */
  readonly frequent: readonly { readonly value: string; readonly rows: number }[];
  readonly use: "label" | "input" | "ignore";
  /** why it is ignored, or given a type; null for what needs no reason */
  readonly reason: string | null;
  /** a type that training has to be told, as it would not take it by itself */
  readonly override: "categorical" | null;
  /** inputs of the network; 0 for a column that is none */
  readonly inputs: number;
  /** which cells of a column of numbers are none, as a phrase about it; their rows are left out. null: all are fine */
  readonly bad: string | null;
}

export interface TablePlan {
  readonly rows: number;
  readonly delimiter: string;
  readonly decimal: Decimal;
  readonly hasHeader: boolean;
  readonly label: (Classes & { readonly name: string; readonly reason: string | null }) | null;
  /** spellings of a missing cell beside those that nnt knows */
  readonly missing: readonly MissingSpelling[];
  readonly columns: readonly ColumnPlan[];
  /** why rows have to be left out, one phrase each; empty where none has */
  readonly badRows: readonly string[];
  /** what a person should look at; nothing is done about it */
  readonly hints: readonly string[];
}

const FREQUENT = 5;
const LEAK_ROWS = 20; // in fewer rows two columns have the same pattern by chance
/** So many times too few values for all rows to be different by chance: 1 in e^5 = 150. */
const BY_CHANCE = 10;

/** Decides everything about a table. `label`: null where nobody knows it. */
export function planTable(table: TableProfile, label: Label | null): TablePlan {
  const missing = findMissing(table.columns, label?.column ?? null);
  const spellings = new Set(missing.map(({ spelling }) => spelling));
  const context: Context = { table, label: label?.column ?? null, twins: twinsOf(table, label) };
  const columns = table.columns.map((column) => planColumn(cellsOf(column, spellings), context));
  const classes = label === null ? null : classesOf(label.column);
  const learnt = table.columns.flatMap((column, i) =>
    columns[i]!.use === "input" ? [{ column, type: columns[i]!.type }] : [],
  );
  return {
    rows: table.rows,
    delimiter: table.delimiter,
    decimal: table.decimal,
    hasHeader: table.hasHeader,
    label: label && classes && { name: label.column.name, reason: label.reason, ...classes },
    missing,
    columns,
    badRows: [
      ...badRowsReason(table.ragged, "with too few or many cells"),
      ...badRowsReason(table.misquoted, "with misplaced quotes"),
      ...columns.flatMap(({ name, bad }) => (bad === null ? [] : [`column ${show(name)}: ${bad}`])),
    ],
    hints: tableHints(table, label?.column ?? null, classes, learnt),
  };
}

function badRowsReason({ count, first }: BadRows, what: string): string[] {
  return count === 0 ? [] : [`${plural(count, "row")} ${what} left out, the first: ${first}`];
}

interface Context {
  readonly table: TableProfile;
  readonly label: ColumnProfile | null;
  /** for each column that is the same as another in every row, that other one */
  readonly twins: ReadonlyMap<ColumnProfile, ColumnProfile>;
}

function twinsOf({ columns }: TableProfile, label: Label | null): Map<ColumnProfile, ColumnProfile> {
  const twins = new Map<ColumnProfile, ColumnProfile>();
  const first = new Map<string, ColumnProfile>();
  if (label !== null) first.set(label.column.cellsPrint, label.column);
  for (const column of columns) {
    const twin = first.get(column.cellsPrint);
    if (twin === undefined) first.set(column.cellsPrint, column);
    else if (twin !== column) twins.set(column, twin);
  }
  return twins;
}

function planColumn(cells: Cells, context: Context): ColumnPlan {
  const { column, missing, distinct } = cells;
  const type = typeOf(cells);
  const facts = { name: column.name, missing, distinct, range: type === "numeric" ? column.range : null };
  if (column === context.label) {
    const frequent = frequentValues(cells);
    return {
      ...facts,
      type: "categorical",
      range: null,
      frequent,
      use: "label",
      reason: null,
      override: null,
      inputs: 0,
      bad: null,
    };
  }
  const frequent = type === "numeric" ? [] : frequentValues(cells);
  const ignored = whyIgnored(cells, type, context);
  if (ignored !== null) {
    return { ...facts, type, frequent, use: "ignore", reason: ignored, override: null, inputs: 0, bad: null };
  }
  const bad = type === "numeric" && hasTypos(cells) ? typoReason(cells, context.table) : null;
  const reason = type === "categorical" ? whyCategorical(cells, context) : null;
  const inputs = (type === "numeric" ? 1 : distinct!) + (missing > 0 ? 1 : 0);
  const override = reason === null ? null : "categorical";
  return { ...facts, type, frequent, use: "input", reason: reason ?? bad, override, inputs, bad };
}

function frequentValues({ column, distinct, wordValues }: Cells): ColumnPlan["frequent"] {
  if (distinct === null) return [];
  const values = [...column.numberValues!, ...wordValues!].map(([value, { rows }]) => ({ value, rows }));
  return values.sort((a, b) => b.rows - a.rows).slice(0, FREQUENT);
}

/** Why a column is no input, as a phrase about it; null for an input. */
function whyIgnored(cells: Cells, type: ColumnType, { table, label, twins }: Context): string | null {
  const { column, distinct, missing } = cells;
  if (type === "empty") return "no row has a value";
  if (distinct === 1 && (missing === 0 || type === "numeric")) return constantReason(cells);
  const twin = twins.get(column);
  if (twin !== undefined) return `same as ${twin === label ? "the label" : show(twin.name)} in every row`;
  if (label !== null && tellsLabel(column, label, table.rows)) {
    return "tells the label: one value for each class";
  }
  if (column.countsRows) return "numbers the rows";
  if (type === "numeric") {
    if (isCode(cells)) return "a code by its name, and hardly any value comes again";
    if (isIdentifier(cells)) return "every value differs, as of an identifier";
    return hasRange(column, table.rows) ? null : "its range is too large or too small to be standardised";
  }
  if (type === "date") return "dates: make numbers of them, such as year or weekday";
  return type === "text" ? textReason(cells, table) : null;
}

/** What is wrong with a column of numbers that has a few other cells. */
function typoReason(cells: Cells, table: TableProfile): string {
  const { words } = cells;
  const example = exampleOf(cells, table);
  return `${plural(words, "cell")}${example} ${words === 1 ? "is" : "are"} no number: such rows are left out`;
}

/** The first of its words and where it is, as the end of a phrase; "" where they are not kept. */
function exampleOf({ wordValues }: Cells, table: TableProfile): string {
  const [word, value] = [...(wordValues ?? [])][0] ?? [];
  return word === undefined ? "" : ` such as ${show(word)} (${placeText(table, value!.line)})`;
}

function constantReason({ column, missing, wordValues }: Cells): string {
  const only = [...(column.numberValues ?? []), ...(wordValues ?? [])][0]![0];
  return `is ${show(only)} in every row${missing > 0 ? " that has a value" : ""}`;
}

/** A copy of the label in other words: the same rows are equal in both. */
function tellsLabel(column: ColumnProfile, label: ColumnProfile, rows: number): boolean {
  return rows >= LEAK_ROWS && label.patternPrint !== null && column.patternPrint === label.patternPrint;
}

/** Whole numbers that are all different although by chance some would be equal. */
function isIdentifier({ column, words, missing }: Cells): boolean {
  if (!column.isDifferent || !column.isWhole || words > 0 || missing > 0 || column.range === null)
    return false;
  const places = column.range.maximum - column.range.minimum + 1;
  return column.differentCells > 2 && places * BY_CHANCE <= column.differentCells ** 2;
}

/** Whether mean and deviation of its values can be told from 0 and infinity. */
function hasRange({ range }: ColumnProfile, rows: number): boolean {
  if (range === null) return false;
  const squared = (range.maximum - range.minimum) ** 2;
  return Number.isFinite(squared * rows) && squared / rows > 0 && Number.isFinite(range.mean);
}

function textReason(cells: Cells, table: TableProfile): string {
  const { column, numbers, words, distinct } = cells;
  const present = numbers + words;
  if (column.figures > 0 && numbers + column.figures >= MOSTLY * present) {
    return `numbers in a form that nnt does not read${exampleOf(cells, table)}: write digits and a decimal point alone`;
  }
  if (column.isDifferent && column.differentCells === present) return "every value differs";
  return distinct === null
    ? "text: very many values"
    : `text: ${plural(distinct, "value")} in ${plural(present, "row")}`;
}

/** Why training has to be told that a column is categorical; null where it finds out by itself. */
function whyCategorical(cells: Cells, { label }: Context): string | null {
  const { column, numbers, words, distinct } = cells;
  if (words === 0) return "codes by its name, not amounts";
  if (numbers + column.figures > 0) return "numbers and words, as levels";
  // Rows without a label are left out, and in the rest a column may look different.
  const isPartial = label !== null && label.missing > 0;
  return isPartial && (column.dates > 0 || distinct! > FREE_LEVELS) ? "words, as levels" : null;
}
