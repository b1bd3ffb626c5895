/**
 * @file Which column holds the classes: the one that is named, else the likeliest. Knows columns by their facts, not
 * what else is done with them.
 */
import { DataError, UsageError } from "../../errors.ts";
import { didYouMean, plainName } from "../../nearest.ts";
import { grouped, listed, plural, show, showList } from "../../words.ts";
import { parseNumber } from "../cells.ts";
import { MANY_CLASSES, MAX_CLASSES, MOSTLY } from "../limits.ts";
import type { ColumnProfile } from "./column.ts";
import type { TableProfile } from "./table.ts";
import { cellsOf } from "./types.ts";

export interface Label {
  readonly column: ColumnProfile;
  /** how it was chosen, as a phrase after that word; null where it was asked for */
  readonly reason: string | null;
}

/** Names that say what is to be predicted, likeliest first, by `plainName`. */
const NAMES = [
  ...["label", "target", "class", "outcome", "classlabel", "targetclass", "targetlabel", "groundtruth"],
  ...["species", "diagnosis", "category", "response", "result", "survived", "churn", "churned", "exited"],
  ...["attrition", "default", "defaulted", "fraud", "isfraud", "spam", "isspam", "approved", "loanstatus"],
  ...[
    "subscribed",
    "deposit",
    "readmitted",
    "sentiment",
    "digit",
    "variety",
    "cultivar",
    "classes",
    "quality",
    "y",
  ],
];
/** A column of this name that has no classes is to be predicted all the same: another would be the wrong one. */
const CERTAIN = ["label", "target", "class"];

// What a column may have to be taken for the label without a word that says so.
const LIKELY_CLASSES = 30;
const LIKELY_NUMBERS = 20;
const ROWS_PER_NUMBER = 5;
const NOTHING = new Set<string>();

/** The column that is named `name` by `setting`, for messages. Throws UsageError COLUMN_UNKNOWN, DataError for one that cannot be a label. */
export function namedLabel(table: TableProfile, name: string, setting: string): Label {
  const column = table.columns.find((each) => each.name === name);
  const names = table.columns.map((each) => each.name);
  if (column === undefined) {
    throw new UsageError(
      "COLUMN_UNKNOWN",
      `${setting}: ${table.file} has no column ${show(name)}${didYouMean(name, names)}; the columns are ${showList(names)}`,
    );
  }
  checkClasses(table, column);
  return { column, reason: null };
}

/**
 * The likeliest column. Throws UsageError NO_LABEL, which names those to choose from with `setting`, and DataError for one that
 * cannot be a label.
 */
export function likelyLabel(table: TableProfile, setting: string): Label {
  const label = guessLabel(table);
  if (label !== null) {
    checkClasses(table, label.column);
    return label;
  }
  const certain = table.columns.find((column) => CERTAIN.includes(plainName(column.name)));
  const why = certain
    ? `${table.file}: column ${show(certain.name)} would be the label by its name, but it has ${values(certain)}`
    : `${table.file}: no column looks like the label`;
  const candidates = table.columns
    .filter(hasClasses)
    .map((column) => `${show(column.name)} (${values(column)})`);
  const choice =
    candidates.length > 0
      ? `choose the column to predict with ${setting}: ${listed(candidates)}`
      : `nnt learns classes, a few values that come again and again, and no column has them (to take one all the same: ${setting})`;
  throw new UsageError("NO_LABEL", `${why}; ${choice}`);
}

/** The likeliest column, or null where none is likely. */
export function guessLabel({ columns }: TableProfile): Label | null {
  const named = NAMES.map((name) =>
    columns.find((each) => plainName(each.name) === name && hasClasses(each)),
  );
  const byName = named.find((column) => column !== undefined);
  if (byName !== undefined) return { column: byName, reason: "by its name" };
  if (columns.some((column) => CERTAIN.includes(plainName(column.name)))) return null;
  return byPlace(columns);
}

/** Words rather than numbers, which may as well be counts; and the ends of a table, where labels are put. */
function byPlace(columns: readonly ColumnProfile[]): Label | null {
  const likely = columns.filter(isLikely);
  const words = likely.filter((column) => !isNumbers(column));
  const ends = [
    [columns.at(-1)!, "last"],
    [columns[0]!, "first"],
  ] as const;
  for (const of of [words, likely]) {
    for (const [column, place] of ends) {
      if (of.includes(column)) return { column, reason: `as the ${place} column, with ${values(column)}` };
    }
  }
  const inside = words.at(-1);
  if (inside === undefined) return null;
  return { column: inside, reason: `as the last column of words with few values: ${values(inside)}` };
}

function isNumbers({ numbers, words }: ColumnProfile): boolean {
  return numbers >= MOSTLY * (numbers + words);
}

function distinctOf(column: ColumnProfile): number | null {
  return cellsOf(column, NOTHING).distinct;
}

function values(column: ColumnProfile): string {
  const distinct = distinctOf(column);
  return distinct === null ? "very many values" : plural(distinct, "value");
}

/** Whether training would take it as a label, and it is no column of amounts. */
function hasClasses(column: ColumnProfile): boolean {
  const distinct = distinctOf(column);
  const present = column.numbers + column.words;
  if (distinct === null || distinct < 2 || distinct > MAX_CLASSES) return false;
  if (column.countsRows || column.dates >= MOSTLY * present) return false;
  const most = column.words === 0 && !column.isWhole ? LIKELY_NUMBERS : MANY_CLASSES;
  return distinct <= (column.words === 0 ? most : MAX_CLASSES) && distinct <= present / 2;
}

/** Whether it has so few values that they are classes and no amounts. */
function isLikely(column: ColumnProfile): boolean {
  if (!hasClasses(column)) return false;
  const distinct = distinctOf(column)!;
  if (!isNumbers(column)) return distinct <= LIKELY_CLASSES;
  if (!column.isWhole) return false;
  return distinct === 2 || distinct <= Math.min(LIKELY_NUMBERS, column.numbers / ROWS_PER_NUMBER);
}

/** Throws what training would say of this label. */
function checkClasses(table: TableProfile, column: ColumnProfile): void {
  const at = `${table.file}, label column ${show(column.name)}`;
  const present = column.numbers + column.words;
  const distinct = distinctOf(column);
  if (present === 0) {
    throw new DataError("NO_LABELS", `${at}: no row has a label, ${plural(column.missing, "row")} miss it`);
  }
  if (distinct === 1) {
    const only = [...(column.numberValues?.keys() ?? []), ...(column.wordValues?.keys() ?? [])][0];
    throw new DataError("TOO_FEW_CLASSES", `${at}: every row is ${show(only)}, expected at least 2 classes`);
  }
  if (distinct === null || distinct > MAX_CLASSES || (distinct > MANY_CLASSES && distinct > present / 2)) {
    const count = distinct === null ? "very many" : grouped(distinct);
    throw new DataError(
      "TOO_MANY_CLASSES",
      `${at}: ${count} different values in ${plural(present, "row")}: looks like a number to predict (regression) or ` +
        "an identifier; nnt trains classifiers (choose the column of the classes)",
    );
  }
  if (column.words === 0) checkSpellings(column, at);
}

/** Throws for classes that are the same number in two spellings. */
function checkSpellings({ numberValues }: ColumnProfile, at: string): void {
  const seen = new Map<number, string>();
  for (const spelling of numberValues?.keys() ?? []) {
    const number = parseNumber(spelling, "."); // as training compares classes
    const other = seen.get(number);
    seen.set(number, spelling);
    if (other === undefined) continue;
    throw new DataError(
      "LABEL_AMBIGUOUS",
      `${at}: classes ${show(other)} and ${show(spelling)} are the same number (write it one way in every row)`,
    );
  }
}
