/**
 * @file How a cell is written in CSV, by RFC 4180: quotes around it, and quotes inside doubled. Reading is records.ts's.
 */

/** A cell in quotes, whatever it holds. */
export function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}

/** A cell in quotes if it needs them: it holds the delimiter, a quote or a line break, or would lose a space. */
export function quotedIfNeeded(cell: string, delimiter: string): string {
  const isPlain = !cell.includes(delimiter) && !/["\n\r]|^\s|\s$/.test(cell);
  return isPlain ? cell : quoted(cell);
}
