/**
 * @file Rows that are left out because they are bad: how many, the first few, and how both are told.
 */
import type { DataError } from "../errors.ts";
import { grouped, plural } from "../words.ts";

/** A row that is left out: its file, the line it starts on, and what is wrong with it. */
export interface Reject {
  readonly file: string;
  readonly line: number;
  readonly error: DataError;
}

/** So many are told. */
const TOLD = 10;

/** Bad rows of one file, of which only the first few are kept. */
export class Rejects {
  count = 0;
  readonly first: Reject[] = [];

  add(reject: Reject): void {
    this.count++;
    if (this.first.length < TOLD) this.first.push(reject);
  }
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

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
