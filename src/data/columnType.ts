/**
 * @file What a column is, by the spellings of its cells: numbers or words. Where that cannot be told without a risk, or is not what
 * the config says, the error says so. Knows nothing of how cells are read and kept (columnBuilder.ts).
 */
import { DataError } from "../errors.ts";
import { grouped, plural, show, showList } from "../words.ts";
import { type Decimal, isDate, type Misspelling, misspelling, parseNumber } from "./cells.ts";
import { AMOUNTS, FREE_LEVELS, HALF, MOSTLY } from "./limits.ts";
import type { RowPlaces } from "./rowPlaces.ts";
import { badNumber, numberHint, place } from "./words.ts";

/** What is known of a column before it is read. */
export interface ColumnSource {
  readonly file: string;
  readonly name: string;
  /** in a row */
  readonly index: number;
  readonly decimal: Decimal;
  readonly missing: ReadonlySet<string>;
  /** as the config says; null: found out */
  readonly forced: "numeric" | "categorical" | "boolean" | null;
  /** what else than correcting a bad number helps; null: what helps with any column */
  readonly hint: string | null;
}

/** What a spelling is. */
export type Kind = "missing" | "number" | "tooLarge" | Misspelling | "date" | "word";

/** The first that a column has is told: it says most about how its numbers are written. */
const MISSPELLINGS = ["comma", "point", "thousands", "unit", "hex"] as const satisfies readonly Misspelling[];

/** The cells of a column as codes of spellings. */
export interface SpelledCells {
  readonly source: ColumnSource;
  readonly places: RowPlaces;
  /** (rows); the code of each cell's spelling, codes in first-seen order */
  readonly codes: Uint32Array;
  /** of each code */
  readonly kinds: readonly Kind[];
  /** trimmed */
  spelling(code: number): string;
}

/** `value`: what the compiled reader made of the text, NaN if nothing. */
export function kindOf(text: string, value: number, { missing, decimal }: ColumnSource): Kind {
  if (missing.has(text)) return "missing";
  const number = Number.isNaN(value) ? parseNumber(text, decimal) : value;
  if (Number.isFinite(number)) return "number";
  if (!Number.isNaN(number)) return "tooLarge";
  return misspelling(text, decimal) ?? (isDate(text) ? "date" : "word");
}

/** About a cell that is no number, in a column of numbers. `row`: of the table. */
export function badCell(cell: string, row: number, source: ColumnSource, places: RowPlaces): DataError {
  const { name, decimal, hint } = source;
  const at = place(places.place(row), name);
  return badNumber(at, cell, decimal, hint ?? numberHint(cell, decimal, setting(name)));
}

/** The column by its cells in the rows that are kept. */
export interface DecidedType {
  readonly type: "numeric" | "categorical";
  /** what to say of it; null: it goes without saying */
  readonly note: string | null;
}

/**
 * The type of a column that the config leaves open, by the rows that are kept: 1 in `isKept`. `toleratesBad`: a few words
 * among numbers are bad cells, and no reason to refuse the column. Throws `DataError` for a misspelt number, COLUMN_MOSTLY_NUMBERS,
 * COLUMN_DATES and COLUMN_TOO_MANY_LEVELS: its type cannot be told without a risk.
 */
export function inferType(cells: SpelledCells, isKept: Uint8Array, toleratesBad: boolean): DecidedType {
  const counts = countKinds(cells, isKept);
  const numbers = counts.number + counts.tooLarge;
  const misspelt = MISSPELLINGS.reduce((sum, kind) => sum + counts[kind], 0);
  const words = misspelt + counts.date + counts.word;
  const present = numbers + words;
  if (words === 0 || (toleratesBad && numbers >= MOSTLY * present)) return { type: "numeric", note: null };
  const how = MISSPELLINGS.find((kind) => counts[kind] > 0);
  if (how !== undefined && numbers + misspelt >= MOSTLY * present) {
    const { cell, row } = first(cells, isKept, how);
    throw badCell(cell, row, cells.source, cells.places);
  }
  if (numbers >= MOSTLY * present) throw mostlyNumbers(cells, numbers, present, isKept);
  if (counts.date >= MOSTLY * present) throw mostlyDates(cells, isKept);
  checkLevels(cells, present, isKept);
  const note = numbers >= HALF * present ? wordsNote(cells, numbers / present, isKept) : null;
  return { type: "categorical", note };
}

/** Throws `DataError` NOT_BOOLEAN where the rows that are kept have more than two different words. */
export function checkBoolean(cells: SpelledCells, isKept: Uint8Array): void {
  const { file, name } = cells.source;
  const levels = [...levelsOf(cells, isKept).keys()];
  if (levels.length <= 2) return;
  throw new DataError(
    "NOT_BOOLEAN",
    `${file}, column ${show(name)}: expected at most 2 different values, got ${showList(levels, 6)} ` +
      `(set ${setting(name)} to "categorical")`,
  );
}

/** The words of the kept rows, in first-seen order of their codes, with an index each. */
export function levelsOf(cells: SpelledCells, isKept: Uint8Array): Map<string, number> {
  const counts = countCodes(cells, isKept);
  const levels = new Map<string, number>();
  for (const [code, kind] of cells.kinds.entries()) {
    if (kind === "missing" || counts[code] === 0) continue;
    const level = cells.spelling(code);
    if (!levels.has(level)) levels.set(level, levels.size);
  }
  return levels;
}

function countKinds(cells: SpelledCells, isKept: Uint8Array): Record<Kind, number> {
  const misspelt = { comma: 0, point: 0, thousands: 0, unit: 0, hex: 0 };
  const counts = { missing: 0, number: 0, tooLarge: 0, ...misspelt, date: 0, word: 0 };
  const ofCode = countCodes(cells, isKept);
  for (const [code, kind] of cells.kinds.entries()) counts[kind] += ofCode[code]!;
  return counts;
}

/** Kept rows of each code. */
function countCodes({ codes, kinds }: SpelledCells, isKept: Uint8Array): Uint32Array {
  const counts = new Uint32Array(kinds.length);
  for (let row = 0; row < codes.length; row++) if (isKept[row] === 1) counts[codes[row]!]!++;
  return counts;
}

/** The first kept cell of these kinds. */
function first(
  { codes, kinds, spelling }: SpelledCells,
  isKept: Uint8Array,
  ...wanted: readonly Kind[]
): { cell: string; row: number } {
  const row = codes.findIndex((code, i) => isKept[i] === 1 && wanted.includes(kinds[code]!));
  return { cell: spelling(codes[row]!), row };
}

/** What to say of amounts that some words make words of; null where the numbers are few. */
function wordsNote(cells: SpelledCells, share: number, isKept: Uint8Array): string | null {
  const { name } = cells.source;
  const { kinds } = cells;
  const counts = countCodes(cells, isKept);
  const codes = [...kinds.keys()].filter((code) => counts[code]! > 0);
  if (codes.filter((code) => kinds[code] === "number").length <= AMOUNTS) return null;
  const spellings = codes
    .filter((code) => kinds[code] !== "number" && kinds[code] !== "missing")
    .sort((a, b) => counts[b]! - counts[a]! || a - b)
    .map((code) => cells.spelling(code));
  return (
    `column ${show(name)} is taken as words: ${Math.round(100 * share)} % of its cells are numbers, but not ` +
    `${showList(spellings, 3)} (if they mean that the number is missing, add them to data.missing; if words are ` +
    `meant, set ${setting(name)} to "categorical")`
  );
}

function mostlyNumbers(cells: SpelledCells, numbers: number, present: number, isKept: Uint8Array): DataError {
  const { name, decimal } = cells.source;
  const { cell, row } = first(cells, isKept, "word", "date");
  return new DataError(
    "COLUMN_MOSTLY_NUMBERS",
    `${place(cells.places.place(row), name)}: got ${show(cell)}, but ${grouped(numbers)} of ` +
      `${plural(present, "cell")} are numbers (correct it, ${numberHint(cell, decimal, setting(name))})`,
  );
}

function mostlyDates(cells: SpelledCells, isKept: Uint8Array): DataError {
  const { name } = cells.source;
  const { cell, row } = first(cells, isKept, "date");
  return new DataError(
    "COLUMN_DATES",
    `${place(cells.places.place(row), name)}: got ${show(cell)}: nnt does not learn from dates (add the column to data.ignore, ` +
      `make numbers of it, such as year and month, or set ${setting(name)} to "categorical")`,
  );
}

function checkLevels(cells: SpelledCells, present: number, isKept: Uint8Array): void {
  const { file, name } = cells.source;
  const levels = levelsOf(cells, isKept).size;
  if (levels <= Math.max(FREE_LEVELS, present / 2)) return;
  throw new DataError(
    "COLUMN_TOO_MANY_LEVELS",
    `${file}, column ${show(name)}: ${grouped(levels)} different values in ${plural(present, "row")}: looks like an ` +
      `identifier or free text (add it to data.ignore, or set ${setting(name)} to "categorical")`,
  );
}

function setting(name: string): string {
  return /^\w+$/.test(name) ? `data.columns.${name}` : `data.columns[${show(name)}]`;
}
