/**
 * @file What the first lines of a table say about its dialect: which delimiter, which line ending, and whether the
 * first record names the columns. Guesses from a sample; does not parse.
 */
import type { Buffer } from "node:buffer";
import { isMissing, isNumberText } from "./cells.ts";

/** Comma last: it also occurs inside cells (1,5) in files that are separated by something else. */
const DELIMITERS = ["\t", ";", "|", ","] as const;
const SNIFF_LINES = 20; // a table shows its delimiter in the first few lines or not at all

/**
 * The delimiter that occurs equally often, outside quotes, in each of the first lines; if none does, the one that
 * occurs in all of them; else a comma (a table of one column).
 * `sample`: the start of the file; `isWhole`: nothing follows.
 */
export function sniffDelimiter(sample: Buffer, isWhole: boolean): string {
  const lines = countPerLine(sample, isWhole);
  let fallback = ",";
  let fallbackCount = 0;
  for (const [d, delimiter] of DELIMITERS.entries()) {
    const counts = lines.map((line) => line[d]!);
    const least = Math.min(...counts);
    if (least > 0 && counts.every((count) => count === least)) return delimiter;
    if (counts.length > 0 && least > fallbackCount) {
      fallback = delimiter;
      fallbackCount = least;
    }
  }
  return fallback;
}

/** Occurrences of each delimiter in each of the first non-blank lines, outside quotes. */
function countPerLine(sample: Buffer, isWhole: boolean): number[][] {
  const codes = DELIMITERS.map((delimiter) => delimiter.charCodeAt(0));
  const lines: number[][] = [];
  let line = codes.map(() => 0);
  let quoted = false;
  let isBlank = true;
  for (let i = 0; i < sample.length && lines.length < SNIFF_LINES; i++) {
    const byte = sample[i]!;
    if (byte === 0x22) quoted = !quoted;
    if (!quoted && (byte === 0x0a || byte === 0x0d)) {
      if (!isBlank) lines.push(line);
      line = codes.map(() => 0);
      isBlank = true;
      continue;
    }
    if (byte !== 0x20) isBlank = false;
    const d = quoted ? -1 : codes.indexOf(byte);
    if (d >= 0) line[d]!++;
  }
  // A line cut off by the end of the sample says nothing, unless it is all there is.
  if (!isBlank && (isWhole || lines.length === 0) && lines.length < SNIFF_LINES) lines.push(line);
  return lines;
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
  if (first.some((cell) => isNumberText(cell.trim()))) return false;
  if (!first.some((cell) => isMissing(cell.trim(), missing))) return true;
  return first.some(
    (cell, i) => !isMissing(cell.trim(), missing) && isNumberText((second?.[i] ?? "").trim()),
  );
}
