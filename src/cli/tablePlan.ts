/**
 * @file A table on the command line, from its path to what nnt would do with it: shared by init and inspect.
 */
import { stat } from "node:fs/promises";
import { namedFiles } from "../data/files.ts";
import { planTable, type TablePlan } from "../data/profile/decide.ts";
import { firstRowIsHeader } from "../data/profile/header.ts";
import { guessLabel, likelyLabel, namedLabel } from "../data/profile/label.ts";
import { profileTable, type TableProfile } from "../data/profile/table.ts";
import type { ReadIo, ReadProgress } from "../data/reading.ts";
import { openTables } from "../data/tables.ts";
import { DEFAULT_MISSING } from "../missing.ts";
import { shownPath } from "../paths.ts";
import type { Io } from "./io.ts";

/** Which column is the label: this one, the likeliest one, or the likeliest one if there is any. */
export type LabelChoice = { readonly name: string } | "likely" | "if any";

/** What names the label, for messages. */
const LABEL_FLAG = "--label";

/** A table and what is done with it. */
export interface ReadPlan {
  readonly plan: TablePlan;
  /** what the config has to say of the header: "auto" where the reader finds out by itself */
  readonly header: "auto" | boolean;
}

/**
 * Reads a table, "-" from standard input, and decides what to do with it. `path` is absolute, a pattern of files that are
 * one table, or "-". Throws what the reader and the choice of the label throw, and NO_MATCH.
 */
export async function planOf(
  path: string,
  label: LabelChoice,
  io: Io,
  progress?: ReadProgress,
): Promise<ReadPlan> {
  const name = typeof label === "object" ? label.name : undefined;
  let header: ReadPlan["header"] = "auto";
  const paths = await namedFiles(path, shownPath(path, io.cwd));
  const readIo = { stdin: io.stdin, progress };
  let table = await readProfile(paths, header, name, readIo);
  if (firstRowIsHeader(table) && (await areFiles(paths))) {
    header = true;
    table = await readProfile(paths, header, name, readIo);
  }
  const found =
    label === "likely"
      ? likelyLabel(table, LABEL_FLAG)
      : label === "if any"
        ? guessLabel(table)
        : namedLabel(table, label.name, LABEL_FLAG);
  return { plan: planTable(table, found), header: table.hasHeader ? header : false };
}

async function readProfile(
  paths: readonly string[],
  header: "auto" | true,
  label: string | undefined,
  io: ReadIo,
): Promise<TableProfile> {
  const dialect = { delimiter: "auto", header, decimal: "auto", missing: DEFAULT_MISSING } as const;
  const table = await openTables(paths, dialect, io);
  return profileTable(table, new Set(DEFAULT_MISSING), { label, progress: io.progress });
}

/** Only a file can be read twice. */
async function areFiles(paths: readonly string[]): Promise<boolean> {
  const found = await Promise.all(paths.map((path) => (path === "-" ? null : stat(path).catch(() => null))));
  return found.every((each) => each?.isFile() === true);
}
