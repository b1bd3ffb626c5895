/**
 * @file The sentences about cells and rows that training, eval and predict all say. Only text: decides nothing.
 */
import { DataError } from "../errors.ts";
import { listed, plural, show } from "../words.ts";
import { type Decimal, isNumberText, type Misspelling, misspelling, parseNumber } from "./cells.ts";

/** `penguins.csv:7, column "sex"`; `at`: the file and line */
export function place(at: string, column: string): string {
  return `${at}, column ${show(column)}`;
}

/** What is expected in place of a number that nnt does not read. */
const MISSPELT: Readonly<Record<Misspelling, { readonly kind: string; readonly expected: string }>> = {
  comma: { kind: "DECIMAL_COMMA", expected: "a number with a decimal point" },
  point: { kind: "DECIMAL_POINT", expected: "a number with a decimal comma" },
  thousands: { kind: "THOUSANDS", expected: "a number without separators of thousands" },
  unit: { kind: "NUMBER_WITH_UNIT", expected: "a number without a sign of money or per cent" },
  hex: { kind: "NUMBER_HEX", expected: "a decimal number" },
};

/** The error for a cell of a numeric column that is no finite number. `hint`: what else than correcting it helps. */
export function badNumber(at: string, cell: string, decimal: Decimal, hint: string): DataError {
  if (!Number.isNaN(parseNumber(cell, decimal))) {
    return new DataError(
      "NUMBER_TOO_LARGE",
      `${at}: ${show(cell)} is too large for a number, expected at most 1.8e308 (correct it, ${hint})`,
    );
  }
  const how = misspelling(cell, decimal);
  const { kind, expected } = how === null ? { kind: "NOT_A_NUMBER", expected: "a number" } : MISSPELT[how];
  return new DataError(kind, `${at}: expected ${expected}, got ${show(cell)} (correct it, ${hint})`);
}

/** What helps in training with a cell of a column of numbers, if not correcting it. `setting`: the column's type. */
export function numberHint(cell: string, decimal: Decimal, setting: string): string {
  const asWords = `or set ${setting} to "categorical"`;
  if (misspelling(cell, decimal) === null) return `add ${show(cell)} to data.missing, ${asWords}`;
  const other = decimal === "." ? "," : ".";
  return isNumberText(cell, other)
    ? `set data.decimal to ${show(other)} if that is the decimal mark, ${asWords}`
    : asWords;
}

/** A line about rows without a label, if there are any. */
export function unlabelledNotes(rows: number, file: string): string[] {
  return rows === 0 ? [] : [`${file}: ${plural(rows, "row")} without a label left out`];
}

/** Columns that are told one by one. */
const TOLD_COLUMNS = 10;

/** A line for each column with missing numbers where no training row misses one. `where`: a file, or which rows. */
export function newlyMissingNotes(newlyMissing: ReadonlyMap<string, number>, where: string): string[] {
  return notesByColumn(newlyMissing, "missing cell", where, (cells) => {
    return `${cells === 1 ? "is" : "are"} taken as the training median: no training row misses this column`;
  });
}

/** A line for each column with cells whose level training never saw. `where`: a file, or which rows. */
export function unseenNotes(unseen: ReadonlyMap<string, number>, where: string): string[] {
  return notesByColumn(unseen, "cell", where, () => "with a value that no training row has");
}

/** A line for each of the first columns, and one for the others. */
function notesByColumn(
  counts: ReadonlyMap<string, number>,
  noun: string,
  where: string,
  what: (cells: number) => string,
): string[] {
  const all = [...counts];
  const notes = all.slice(0, TOLD_COLUMNS).map(([name, cells]) => {
    return `column ${show(name)}: ${plural(cells, noun)} of ${where} ${what(cells)}`;
  });
  const others = all.slice(TOLD_COLUMNS);
  if (others.length === 0) return notes;
  const cells = others.reduce((sum, [, count]) => sum + count, 0);
  return [...notes, `${plural(others.length, "more column")}: ${plural(cells, noun)} of the same kind`];
}

/** One line about the columns that a header has no name for; none where there are none. */
export function unnamedNotes(file: string, names: readonly string[], unnamed: readonly number[]): string[] {
  if (unnamed.length === 0) return [];
  const which =
    unnamed.length === 1 ? `column ${unnamed[0]! + 1} has` : `${plural(unnamed.length, "column")} have`;
  const called = unnamed.map((index) => show(names[index]!));
  return [`${file}: ${which} no name in the header: called ${listed(called, 3)}`];
}
