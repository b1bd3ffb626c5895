/**
 * @file Whether a first row that was taken as data names the columns all the same. The reader's own guess sees two
 * rows and takes any number for data, but columns are also named 0, 1, 2 or 2019, 2020: the whole table tells.
 */
import { isNumberText } from "../cells.ts";
import type { ColumnProfile } from "./column.ts";
import type { TableProfile } from "./table.ts";

const FEW_LEVELS = 20;
const ROWS_PER_LEVEL = 10;
const COUNTED = 3; // 0, 1, 2 by chance is rare, 0, 1 is not

/**
 * True where the first row could name the columns (words and whole numbers, no two the same), and it counts
 * them, 0, 1, 2, …, or a word of it is unlike all else in its column.
 */
export function firstRowIsHeader({ hasHeader, firstRow, rows, columns, decimal }: TableProfile): boolean {
  const names = firstRow;
  if (hasHeader || rows < 2 || new Set(names).size < names.length) return false;
  if (names.some((name) => name === "" || (isNumberText(name, decimal) && !/^\d+$/.test(name)))) return false;
  if (names.length >= COUNTED && names.every((name, i) => name === String(i))) return true;
  return columns.some((column, i) => !isNumberText(names[i]!, decimal) && isOddWord(column, names[i]!));
}

/** The only word among numbers, or the only one of few words that does not come again and again. */
function isOddWord({ numbers, words, numberValues, wordValues }: ColumnProfile, word: string): boolean {
  if (wordValues?.get(word)?.rows !== 1) return false;
  if (words === 1) return numbers > 0;
  if (numberValues === null) return false;
  const others = wordValues.size + numberValues.size - 1;
  return others <= Math.min(FEW_LEVELS, (numbers + words) / ROWS_PER_LEVEL);
}
