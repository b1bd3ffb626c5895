/**
 * @file Lines and columns of a text. Both are 1-based; a column counts UTF-16 units, as editors do, and a tab is one.
 * A byte order mark must be removed before.
 */

/** Offsets at which the lines of `text` start; "\n", "\r\n" and "\r" end a line. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push(match.index + match[0].length);
  return starts;
}

/** Line and column of an offset, given the `lineStarts` of its text. */
export function positionOf(starts: readonly number[], offset: number): { line: number; column: number } {
  let low = 0;
  let high = starts.length;
  // the last line that starts at or before the offset
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}
