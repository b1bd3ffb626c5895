/** @file Random small tables for the compiled reader, and what csv-parse makes of the same bytes. */
import { parse } from "csv-parse/sync";
import { CellReader } from "../../src/data/cellReader.ts";
import { UserError } from "../../src/errors.ts";
import { openText } from "./data.ts";
import { testRandom } from "./networks.ts";

/** What was read of a table: its rows, cells trimmed, and the first thing that is wrong with it. */
export interface Reading {
  readonly rows: readonly (readonly string[])[];
  readonly problem: string | null;
}

/** Pieces of text that meet in ways nobody writes on purpose. */
const PIECES = [
  "a",
  "1",
  "-2.5",
  "é",
  "\u{1f600}",
  " ",
  "  ",
  "\t",
  ",",
  ",",
  ",",
  ";",
  '"',
  '"',
  '""',
  "\n",
  "\n",
  "\r\n",
  "\r",
  "\v",
  "\f",
  "\u00a0",
  "1e3",
  "0.1",
  "x y",
  '"q"',
  '","',
  '"\n"',
];

/** A number from 0 to below 1. */
type Random = () => number;

export function randomText(random: Random): string {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  if (random() < 0.5)
    return Array.from({ length: 1 + Math.floor(random() * 24) }, () => pick(PIECES)).join("");
  // Mostly well-formed: rows of one width, cells quoted where they must be, and now and then one piece too many.
  const width = 1 + Math.floor(random() * 4);
  const newline = pick(["\n", "\n", "\r\n"]);
  const cell = (): string => {
    const text = Array.from({ length: Math.floor(random() * 4) }, () => pick(PIECES)).join("");
    const isBare = !/["\r\n,]/.test(text) && random() < 0.9;
    return (
      pick(["", "", " "]) + (isBare ? text : `"${text.replaceAll('"', '""')}"`) + pick(["", "", " ", "\t"])
    );
  };
  const rows = Array.from({ length: 1 + Math.floor(random() * 5) }, () => {
    const cells = Array.from({ length: width }, cell).join(",");
    return random() < 0.03 ? cells + pick(PIECES) : cells;
  });
  return rows.join(newline) + pick(["", newline, newline + newline]);
}

/** `text` by csv-parse alone, with rows of another width than the first as the first problem. */
export function readByCsvParse(text: string, newline: "\n" | "\r"): Reading {
  const rows: string[][] = [];
  let problem: string | null = null;
  try {
    parse(text.replace(/^\ufeff/, ""), {
      delimiter: ",",
      record_delimiter: newline === "\r" ? ["\r"] : ["\r\n", "\n"],
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      on_record: (record: string[]) => {
        if (problem !== null) return null;
        if (rows.length > 0 && record.length !== rows[0]!.length) problem = "CSV_RAGGED_ROW";
        else rows.push(record.map((cell) => cell.trim()));
        return null;
      },
    });
  } catch (error) {
    const code = (error as { code?: string }).code ?? String(error);
    problem ??= code === "CSV_QUOTE_NOT_CLOSED" ? code : "CSV_QUOTE";
  }
  return { rows, problem };
}

/** `text` by the compiled reader, in chunks of `chunkSize` bytes; and the line ending it was taken to have. */
export async function readByCells(
  text: string,
  chunkSize: number,
): Promise<Reading & { newline: "\n" | "\r" }> {
  const rows: string[][] = [];
  const table = await openText(text, { header: false, delimiter: ",", decimal: "." }, chunkSize);
  const { newline } = table;
  try {
    const reader = new CellReader(table, new Set(), ({ error }) => {
      throw error;
    });
    const columns = [...table.names.keys()];
    for (const column of columns) reader.setUse(column, "words");
    for await (const batch of reader.batches()) {
      const codes = columns.map((column) => batch.codes(column));
      for (let row = 0; row < batch.rows; row++) {
        rows.push(columns.map((column) => reader.spellings.spelling(column, codes[column]![row]!).trim()));
      }
    }
    return { rows, problem: null, newline };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { rows, problem: error.kind, newline };
  }
}

/** One of the files that both read differently, as it was read and as it should be; null if there is none among `count`. */
export async function firstDifference(
  count: number,
  seed: number,
  onFile: (index: number) => void = () => {},
): Promise<{ got: unknown; expected: unknown } | null> {
  const random = testRandom(seed);
  for (let i = 0; i < count; i++) {
    onFile(i);
    const text = randomText(random);
    const chunkSize = 1 + Math.floor(random() * 20);
    const read = await readByCells(text, chunkSize).catch((error: unknown) => {
      if (error instanceof UserError) return null; // nothing but blank lines, or the first record is broken
      throw error;
    });
    if (read === null) continue;
    const { newline, ...reading } = read;
    const expected = { text, chunkSize, ...readByCsvParse(text, newline) };
    const got = { text, chunkSize, ...reading };
    if (JSON.stringify(got) !== JSON.stringify(expected)) return { got, expected };
  }
  return null;
}
