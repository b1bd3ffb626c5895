/**
 * @file Several files that are one table: the first says what the columns are, and all others must have the same.
 */
import { DataError } from "../errors.ts";
import { shownPath } from "../paths.ts";
import { plural, show } from "../words.ts";
import { type CsvOptions, type CsvTable, openCsv } from "./csv.ts";
import { type ReadIo, sizeOfFiles } from "./reading.ts";
import { openSource } from "./source.ts";

/**
 * Opens the first of some files ("-": stdin); its `next` opens the others, in the dialect of the first. Counts their bytes,
 * but not the rows, which it does not see. Throws as `openCsv`, and `DataError` CSV_HEADER_DIFFERS, CSV_WIDTH_DIFFERS for a
 * file with other columns.
 */
export async function openTables(
  paths: readonly string[],
  options: Omit<CsvOptions, "file">,
  io: ReadIo = {},
): Promise<CsvTable> {
  const tableSize = await sizeOfFiles(paths);
  io.progress?.begin(paths, tableSize);
  return openFrom({ paths, tableSize }, 0, options, io);
}

/** What a message about the whole table names. */
export function shownFiles(paths: readonly string[]): string {
  const first = shownPath(paths[0]!);
  return paths.length === 1 ? first : `${first} and ${plural(paths.length - 1, "more file")}`;
}

interface Files {
  readonly paths: readonly string[];
  readonly tableSize: number | null;
}

async function openFrom(
  files: Files,
  index: number,
  options: Omit<CsvOptions, "file">,
  io: ReadIo,
): Promise<CsvTable> {
  const { paths, tableSize } = files;
  const path = paths[index]!;
  const source = await openSource(path, io.stdin, (count) => io.progress?.bytes(count));
  const table = await openCsv(source, { ...options, file: shownPath(path) });
  return {
    ...table,
    tableSize,
    next: async () => {
      if (index + 1 === paths.length) return null;
      const { delimiter, hasHeader: header, decimal, names, file } = table;
      const next = await openFrom(files, index + 1, { ...options, delimiter, header, decimal }, io);
      const problem = difference(names, next, file);
      if (problem === null) return next;
      next.close();
      throw problem;
    },
  };
}

function difference(names: readonly string[], next: CsvTable, file: string): DataError | null {
  if (!next.hasHeader) {
    if (next.names.length === names.length) return null;
    return new DataError(
      "CSV_WIDTH_DIFFERS",
      `${next.file}:1: got ${plural(next.names.length, "cell")}, expected ${names.length} as in ${file}`,
    );
  }
  const column = Array.from(names).findIndex((name, i) => next.names[i] !== name);
  if (column < 0 && next.names.length === names.length) return null;
  const at = column < 0 ? names.length : column;
  const [got, expected] = [next.names[at], names[at]].map((name) =>
    name === undefined ? "none" : show(name),
  );
  return new DataError(
    "CSV_HEADER_DIFFERS",
    `${next.file}:1: column ${at + 1} is ${got}, expected ${expected} as in ${file} (files of one table have the same header)`,
  );
}
