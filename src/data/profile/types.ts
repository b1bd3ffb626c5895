/**
 * @file What a column is, once it is known which spellings mean "no value": numbers, classes of words, dates or
 * text. By what its cells are, not by what it is good for (decide.ts).
 */
import { AMOUNTS, HALF, MOSTLY } from "../limits.ts";
import type { ColumnProfile, Value } from "./column.ts";
import { meansNoValue, namesCode } from "./words.ts";

export type ColumnType = "numeric" | "categorical" | "date" | "text" | "empty";

/** A column without the spellings that mean "no value". */
export interface Cells {
  readonly column: ColumnProfile;
  readonly missing: number;
  readonly numbers: number;
  readonly words: number;
  readonly wordValues: ReadonlyMap<string, Value> | null;
  /** distinct values; null: more than are kept */
  readonly distinct: number | null;
}

const MAX_SPELLINGS = 5; // of "no value" in one column; more are no habit but damage
const FEW_LEVELS = 20; // up to here rare values are levels all the same
const ROWS_PER_LEVEL = 5; // fewer on the mean, and nothing can be learnt from a level

/** A column with `spellings` taken as missing, too. */
export function cellsOf(column: ColumnProfile, spellings: ReadonlySet<string>): Cells {
  const { numberValues, wordValues } = column;
  const kept = wordValues && new Map([...wordValues].filter(([word]) => !spellings.has(word)));
  let removed = 0;
  for (const word of spellings) removed += wordValues?.get(word)?.rows ?? 0;
  return {
    column,
    missing: column.missing + removed,
    numbers: column.numbers,
    words: column.words - removed,
    wordValues: kept,
    distinct: kept === null || numberValues === null ? null : kept.size + numberValues.size,
  };
}

export function typeOf(cells: Cells): ColumnType {
  const { column, numbers, words, distinct } = cells;
  const present = numbers + words;
  if (present === 0) return "empty";
  if (words === 0) return isCode(cells) && hasLevels(distinct, present) ? "categorical" : "numeric";
  if (hasTypos(cells)) return "numeric";
  if (column.dates >= MOSTLY * present) return "date";
  return hasLevels(distinct, present) ? "categorical" : "text";
}

/** Numbers but for some cells, which are no number and no word for a missing one: their rows are bad. */
export function hasTypos({ column, numbers, words }: Cells): boolean {
  const amounts = column.numberValues === null || column.numberValues.size > AMOUNTS;
  return words > 0 && amounts && numbers >= MOSTLY * (numbers + words);
}

/** Whole numbers that stand for something, by the column's name: there are more than two of them, and no amounts. */
export function isCode({ column, distinct }: Cells): boolean {
  return column.isWhole && distinct !== 2 && namesCode(column.name);
}

/** Whether so many values come often enough to be levels of a category. */
function hasLevels(distinct: number | null, present: number): boolean {
  return distinct !== null && distinct <= Math.max(FEW_LEVELS, present / ROWS_PER_LEVEL);
}

/** A spelling that means "no value", and the column that shows it. */
export interface MissingSpelling {
  readonly spelling: string;
  readonly column: string;
}

/**
 * Words that stand for a missing number: those of a column of numbers with no more than a few of them. A class is
 * never one: what has been found as missing is missing in every column, also in the label.
 */
export function findMissing(
  columns: readonly ColumnProfile[],
  label: ColumnProfile | null,
): MissingSpelling[] {
  const found = new Map<string, string>();
  const classes = label?.wordValues ?? new Map();
  // A word that is missing now may leave another column with few enough words: until nothing changes.
  for (let before = -1; before < found.size; ) {
    before = found.size;
    const spellings = new Set(found.keys());
    for (const column of columns) {
      if (column === label) continue;
      const words = missingNumbers(cellsOf(column, spellings)).filter((word) => !found.has(word));
      if (words.some((word) => classes.has(word))) continue;
      for (const word of words) found.set(word, column.name);
    }
  }
  return Array.from(found, ([spelling, column]) => ({ spelling, column }));
}

/** The words of one column if all of them can only mean that a number is missing. */
function missingNumbers({ column, numbers, words, wordValues }: Cells): string[] {
  if (wordValues === null || words === 0 || wordValues.size > MAX_SPELLINGS || column.figures > 0) return [];
  if (wordValues.has(column.name)) return []; // the header once more, as of files that were joined
  const all = [...wordValues.keys()];
  const share = numbers / (numbers + words);
  const amounts = column.numberValues === null || column.numberValues.size > AMOUNTS;
  const isKnown = all.every(meansNoValue);
  if (isKnown && numbers > 0 && (amounts || share >= MOSTLY)) return all;
  const isWord = all.every((word) => !/\d/.test(word)); // "12x" and "<5" are numbers that went wrong
  if (share >= MOSTLY && amounts && isWord) return all;
  return share >= HALF && amounts && all.length === 1 && isWord ? all : [];
}
