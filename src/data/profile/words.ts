/**
 * @file What a cell that is no number may be instead: a date, a number in a form nnt does not read, a word for
 * "no value". Judges one cell by its spelling alone; what follows for a column is types.ts's.
 */
import { plainName } from "../../nearest.ts";
import { type Decimal, isDate, isNumberText, misspelling, parseNumber } from "../cells.ts";

/** What a cell is, by its spelling alone. */
export type Sort = "missing" | "number" | "date" | "figure" | "word";

export interface Cell {
  readonly sort: Sort;
  /** NaN for all but numbers */
  readonly value: number;
}

/** What a trimmed cell is. */
export function readCell(cell: string, missing: ReadonlySet<string>, decimal: Decimal): Cell {
  const value = missing.has(cell) ? Number.NaN : parseNumber(cell, decimal);
  if (Number.isFinite(value)) return { sort: "number", value };
  return { sort: missing.has(cell) ? "missing" : sortOfWord(cell, decimal), value: Number.NaN };
}

function sortOfWord(cell: string, decimal: Decimal): Sort {
  if (!/\d/.test(cell)) return "word"; // the usual one, told at once
  if (isMoment(cell)) return "date";
  return isFigure(cell, decimal) ? "figure" : "word";
}

const TIME = /^\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[ap]m)?$/i;
const MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*";
const NAMED_MONTH = new RegExp(
  `^(?:\\d{1,2}[- ]${MONTH}[-, ]+\\d{2,4}|${MONTH}[- ]\\d{1,2},? +\\d{4})(?:[ ,]+\\d{1,2}:.*)?$`,
  "i",
);

/** True for a day, a time or both: "2024-03-31", "31 March 2024", "10:30". */
export function isMoment(cell: string): boolean {
  return isDate(cell) || (cell.length < 40 && (TIME.test(cell) || NAMED_MONTH.test(cell)));
}

/** True for "1,234", "$5", "12 %", "1,5" and "1e999": numbers to people, but none that nnt reads. */
export function isFigure(cell: string, decimal: Decimal): boolean {
  return isNumberText(cell, decimal) || misspelling(cell, decimal) !== null;
}

/** Compared by `plainName`: without case, spaces, "_" and "-". */
const NO_VALUE = new Set(
  ["n.a.", "n/a", "na", "nan", "nil", "none", "null", "void", "unknown", "unk", "missing", "undefined"]
    .concat(
      ["not available", "not applicable", "no data", "nodata", "not known", "not recorded", "not specified"],
      ["#n/a", "#value!", "#div/0!", "#ref!", "#num!", "<na>", "inf", "+inf", "-inf", "infinity", "\\n"],
    )
    .map(plainName),
);

/** True for a word that means "no value" wherever it stands among numbers: "unknown", "--", ".". */
export function meansNoValue(cell: string): boolean {
  return /^[\p{P}\p{S}]{1,4}$/u.test(cell) || NO_VALUE.has(plainName(cell));
}

const CODES = new Set(["id", "uuid", "guid", "code", "zip", "zipcode", "postcode"]);

/** True for names of columns whose integers are identifiers or codes, not amounts: "customerId", "zip_code". */
export function namesCode(name: string): boolean {
  const words =
    name
      .replace(/([a-z\d])([A-Z])/g, "$1 $2")
      .toLowerCase()
      .match(/[a-z]+/g) ?? [];
  return CODES.has(words.at(-1) ?? "");
}
