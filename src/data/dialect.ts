/**
 * @file What the first lines of a table say about its dialect: which delimiter, which line ending, and whether the
 * first record names the columns. Guesses from a sample; does not parse.
 */
import type { Buffer } from "node:buffer";
import { type Decimal, hasDecimalComma, hasThousands, isMissing, isNumberText } from "./cells.ts";

/** Comma last: it also occurs inside cells (1,5) in files that are separated by something else. */
const DELIMITERS = ["\t", ";", "|", ","] as const;
const SNIFF_LINES = 20; // a table shows its delimiter in the first few lines or not at all
/** So many rows show the decimal mark. */
export const DECIMAL_ROWS = 100;

/**
 * The delimiter of a table. If the first line has only one, it is that; else the one that occurs equally often,
 * outside quotes, in each of the first lines; if none does, the one that occurs in all of them; else a comma (a table
 * of one column).
 * `sample`: the start of the file; `isWhole`: nothing follows.
 */
export function sniffDelimiter(sample: Buffer, isWhole: boolean): string {
  const { complete, rest } = countPerLine(sample);
  // A line cut off by the end of the sample says nothing, unless it is all there is.
  const lines = rest !== null && (isWhole || complete.length === 0) ? [...complete, rest] : complete;
  const [only, ...others] = inLine(lines[0]);
  if (only !== undefined && others.length === 0) return only;
  let fallback = ",";
  let fallbackCount = 0;
  for (const [d, delimiter] of DELIMITERS.entries()) {
    const counts = lines.slice(0, SNIFF_LINES).map((line) => line[d]!);
    const least = Math.min(...counts);
    if (least > 0 && counts.every((count) => count === least)) return delimiter;
    if (counts.length > 0 && least > fallbackCount) {
      fallback = delimiter;
      fallbackCount = least;
    }
  }
  return fallback;
}

/**
 * Whether `sniffDelimiter` and `hasMacLines` say the same of this start of a file whatever follows: then nobody has to
 * wait for more of it.
 */
export function isDecisive(sample: Buffer): boolean {
  const { complete, hasLineFeed } = countPerLine(sample);
  if (!hasLineFeed || complete.length === 0) return false;
  return complete.length >= SNIFF_LINES || inLine(complete[0]).length <= 1;
}

/** The delimiters that a line has. */
function inLine(counts: readonly number[] | undefined): string[] {
  return DELIMITERS.filter((_, d) => (counts?.[d] ?? 0) > 0);
}

interface LineCounts {
  /** of each delimiter in each of the first lines that are not blank, outside quotes */
  readonly complete: readonly number[][];
  /** of the line that the sample cuts off; null where that is blank, or enough lines come before */
  readonly rest: number[] | null;
  /** outside quotes, in or before these lines */
  readonly hasLineFeed: boolean;
}

function countPerLine(sample: Buffer): LineCounts {
  const codes = DELIMITERS.map((delimiter) => delimiter.charCodeAt(0));
  const complete: number[][] = [];
  let line = codes.map(() => 0);
  let quoted = false;
  let isBlank = true;
  let hasLineFeed = false;
  for (let i = 0; i < sample.length && complete.length < SNIFF_LINES; i++) {
    const byte = sample[i]!;
    if (byte === 0x22) quoted = !quoted;
    if (!quoted && (byte === 0x0a || byte === 0x0d)) {
      if (byte === 0x0a) hasLineFeed = true;
      if (!isBlank) complete.push(line);
      line = codes.map(() => 0);
      isBlank = true;
      continue;
    }
    if (byte !== 0x20) isBlank = false;
    const d = quoted ? -1 : codes.indexOf(byte);
    if (d >= 0) line[d]!++;
  }
  return { complete, rest: isBlank || complete.length === SNIFF_LINES ? null : line, hasLineFeed };
}

/**
 * The decimal mark of numbers in these first rows: a comma where some column has numbers with one, no cell is a number
 * with a point, and cells are separated by something else.
 */
export function sniffDecimal(
  rows: readonly { readonly cells: readonly string[] }[],
  delimiter: string,
): Decimal {
  if (delimiter === ",") return ".";
  const first = rows.slice(0, DECIMAL_ROWS).map(({ cells }) => cells.map((cell) => cell.trim()));
  if (first.some((cells) => cells.some((cell) => cell.includes(".") && isNumberText(cell, ".")))) return ".";
  const columns = (first[0] ?? []).map((_, column) => first.map((cells) => cells[column] ?? ""));
  return columns.some(hasDecimalCommas) ? "," : ".";
}

/** Whether commas in a column are decimal marks: not where all may separate thousands (1,234) and others have none (950). */
function hasDecimalCommas(cells: readonly string[]): boolean {
  const withComma = cells.filter(hasDecimalComma);
  if (withComma.some((cell) => !hasThousands(cell, "."))) return true;
  return withComma.length > 0 && !cells.some((cell) => isNumberText(cell, "."));
}

/** True where lines end with a lone carriage return (classic Mac): one occurs outside quotes, and no line feed. */
export function hasMacLines(sample: Buffer): boolean {
  let quoted = false;
  let hasReturn = false;
  for (const byte of sample) {
    if (byte === 0x22) quoted = !quoted;
    if (quoted) continue;
    if (byte === 0x0a) return false;
    if (byte === 0x0d) hasReturn = true;
  }
  return hasReturn;
}

/**
 * Whether the first record names the columns: none of its cells is a number or a missing value. Where some are
 * missing (the nameless index column of a data frame), a column that goes from text to number decides.
 */
export function looksLikeHeader(
  first: readonly string[],
  second: readonly string[] | undefined,
  missing: ReadonlySet<string>,
): boolean {
  if (first.some((cell) => isAnyNumber(cell.trim()))) return false;
  if (!first.some((cell) => isMissing(cell.trim(), missing))) return true;
  return first.some((cell, i) => !isMissing(cell.trim(), missing) && isAnyNumber((second?.[i] ?? "").trim()));
}

function isAnyNumber(cell: string): boolean {
  return isNumberText(cell, ".") || hasDecimalComma(cell);
}
