/**
 * @file A table on the command line, from its path to what nnt would do with it: shared by init and inspect.
 */
import { openCsv } from "../data/csv.ts";
import { planTable, type TablePlan } from "../data/profile/decide.ts";
import { guessLabel, likelyLabel, namedLabel } from "../data/profile/label.ts";
import { profileTable } from "../data/profile/table.ts";
import { openSource } from "../data/source.ts";
import { DEFAULT_MISSING } from "../missing.ts";
import { shownPath } from "../paths.ts";
import type { Io } from "./io.ts";

/** Which column is the label: this one, the likeliest one, or the likeliest one if there is any. */
export type LabelChoice = { readonly name: string } | "likely" | "if any";

/**
 * Reads a table, "-" from standard input, and decides what to do with it. `path` is absolute or "-".
 * Throws what the reader and the choice of the label throw.
 */
export async function planOf(path: string, label: LabelChoice, io: Io): Promise<TablePlan> {
  const file = shownPath(path, io.cwd);
  const source = await openSource(path, io.stdin);
  const csv = await openCsv(source, { file, delimiter: "auto", header: "auto", missing: DEFAULT_MISSING });
  const name = typeof label === "object" ? label.name : undefined;
  const table = await profileTable(csv, new Set(DEFAULT_MISSING), name);
  if (name !== undefined) return planTable(table, namedLabel(table, name));
  return planTable(table, label === "likely" ? likelyLabel(table) : guessLabel(table));
}
