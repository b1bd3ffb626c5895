/**
 * @file What a cell that is no number may be instead: a date, a number in a form nnt does not read, a word for
 * "no value". Judges one cell by its spelling alone; what follows for a column is types.ts's.
 */
import { plainName } from "../../nearest.ts";
import { hasDecimalComma, isNumberText } from "../cells.ts";

const TIME = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[ap]m)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?`;
const MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*";
const DAYS = [
  String.raw`\d{4}[-/.]\d{1,2}[-/.]\d{1,2}`, // 2024-03-31
  String.raw`\d{1,2}([-/.])\d{1,2}\1\d{2,4}`, // 31.3.24
  String.raw`\d{1,2}[- ]${MONTH}[-, ]+\d{2,4}`, // 31 March 2024
  String.raw`${MONTH}[- ]\d{1,2},? +\d{4}`, // March 31, 2024
].join("|");
const DATE = new RegExp(`^(?:(?:${DAYS})(?:[T ,]+${TIME})?|${TIME})$`, "i");

/** True for a day, a time or both in the usual spellings. */
export function isDate(cell: string): boolean {
  return cell.length < 40 && DATE.test(cell);
}

const GROUPED = String.raw`\d{1,3}(?:[,' ]\d{3})+(?:\.\d+)?`;
const PLAIN = String.raw`\d+(?:[.,]\d+)?`;
const FIGURE = new RegExp(String.raw`^[+-]?\p{Sc}? ?[+-]?(?:${GROUPED}|${PLAIN}) ?(?:%|\p{Sc})?$`, "u");

/** True for "1,234", "$5", "12 %", "1,5" and "1e999": numbers to people, but none that nnt reads. */
export function isFigure(cell: string): boolean {
  return hasDecimalComma(cell) || isNumberText(cell) || (cell.length < 40 && FIGURE.test(cell));
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
