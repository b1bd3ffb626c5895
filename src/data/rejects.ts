/**
 * @file Rows that are left out because they are bad: how many, the first few, and how both are told.
 */
import { DataError } from "../errors.ts";
import { grouped, plural } from "../words.ts";
import { quoted } from "./quoting.ts";
import { unlabelledNotes } from "./words.ts";

/** A row that is left out: its file, the line it starts on, and what is wrong with it. */
export interface Reject {
  readonly file: string;
  readonly line: number;
  readonly error: DataError;
}

/** What leaves bad rows out in training. */
export const SKIP_SETTING = 'set data.onBadRow to "skip"';
/** So many are told. */
export const TOLD = 10;

/** Bad rows of a table, of which only the first few are kept. */
export class Rejects {
  count = 0;
  readonly first: Reject[] = [];

  add(reject: Reject): void {
    this.count++;
    if (this.first.length < TOLD) this.first.push(reject);
  }
}

/** What is wrong with a row, where that ends reading. `howToSkip`: what leaves bad rows out instead. */
export function endingError(error: DataError, howToSkip: string): DataError {
  return new DataError(error.kind, `${error.message}; to leave bad rows out: ${howToSkip}`);
}

/** The error where a file's rows are all bad or without a label. */
export function noRowLeft(
  file: string,
  rejects: { readonly count: number; readonly first: readonly Reject[] },
  unlabelled: number,
): DataError {
  if (rejects.count === 0) {
    return new DataError("NO_LABELS", `${file}: no row has a label, ${plural(unlabelled, "row")} miss it`);
  }
  const notes = [...unlabelledNotes(unlabelled, file), ...rejectNotes(rejects, "")];
  return new DataError("NO_ROWS_LEFT", `${file}: no row can be used:\n${notes.join("\n")}`);
}

/** A note about bad rows, if there are any: how many, and what is wrong with the first. `where`: what to look at for all. */
export function rejectNotes(
  { count, first }: { readonly count: number; readonly first: readonly Reject[] },
  where: string,
): string[] {
  if (count === 0) return [];
  const shown = first.slice(0, TOLD).map(({ error }) => `  ${error.message}`);
  const rest = count > shown.length ? [`  and ${grouped(count - shown.length)} more${where}`] : [];
  return [[`${plural(count, "bad row")} left out:`, ...shown, ...rest].join("\n")];
}

/** All bad rows as CSV: file, line, kind, problem. */
export function rejectsCsv(rejects: readonly Reject[]): string {
  const rows = rejects.map(
    ({ file, line, error }) => `${quoted(file)},${line},${error.kind},${quoted(error.message)}\n`,
  );
  return `file,line,kind,problem\n${rows.join("")}`;
}
