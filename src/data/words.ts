/**
 * @file The sentences about cells and rows that training, eval and predict all say. Only text: decides nothing.
 */
import { DataError } from "../errors.ts";
import { plural, show } from "../words.ts";
import { type Decimal, parseNumber } from "./cells.ts";

/** `penguins.csv:7, column "sex"`; `at`: the file and line */
export function place(at: string, column: string): string {
  return `${at}, column ${show(column)}`;
}

/** The error for a cell of a numeric column that is no finite number. `hint`: what else than correcting it helps. */
export function badNumber(at: string, cell: string, decimal: Decimal, hint: string): DataError {
  if (!Number.isNaN(parseNumber(cell, decimal))) {
    return new DataError("NUMBER_TOO_LARGE", `${at}: ${show(cell)} is too large for a number`);
  }
  return new DataError("NOT_A_NUMBER", `${at}: expected a number, got ${show(cell)} (correct it, ${hint})`);
}

/** A line about rows without a label, if there are any. */
export function unlabelledNotes(rows: number, file: string): string[] {
  return rows === 0 ? [] : [`${file}: ${plural(rows, "row")} without a label left out`];
}

/** A line for each column with cells whose level training never saw. `where`: a file, or which rows. */
export function unseenNotes(unseen: ReadonlyMap<string, number>, where: string): string[] {
  return Array.from(unseen, ([name, cells]) => {
    return `column ${show(name)}: ${plural(cells, "cell")} of ${where} with a value that no training row has`;
  });
}
