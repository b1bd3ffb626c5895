/**
 * @file How values and lists of names are shown in messages, and the nearest known name to a misspelt one. Only
 * text: decides nothing.
 */
import { distance } from "fastest-levenshtein";

const MAX_SHOWN = 40; // characters of a cell in a message: a line of a terminal, with room for the facts

/** `text` quoted on one line, cut after 40 characters. */
export function show(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}

/** `"a", "b", "c" and 7 more`; at most `limit` names. */
export function showList(names: readonly string[], limit = 30): string {
  const shown = names.slice(0, limit).map(show).join(", ");
  return names.length > limit ? `${shown} and ${names.length - limit} more` : shown;
}

/** `1 row`, `2 rows`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** "(60000, 28, 28)" */
export function showShape(shape: readonly number[]): string {
  return `(${shape.join(", ")})`;
}

/** ` (did you mean "x"?)` when a known name is near, else nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const d = distance(name.toLowerCase(), candidate.toLowerCase());
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best === undefined ? "" : ` (did you mean ${show(best)}?)`;
}

/** `penguins.csv:7, column "sex"` */
export function place(file: string, line: number, column: string): string {
  return `${file}:${line}, column ${show(column)}`;
}
