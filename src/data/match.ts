/**
 * @file Finds the training columns in a later file: by name, or by position where the training file had no header.
 */
import { ModelError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { listed, plural, show, showList } from "../words.ts";
import type { TablePreprocessing } from "./preprocessing.ts";

export interface Matched {
  /** for each input column, the index of its cell in a record */
  readonly cells: readonly number[];
  /** index of the label's cell; -1 if the file has none */
  readonly label: number;
}

/** What is looked for in a file: the columns that were found, or will be, in the training table. */
export interface Wanted extends Pick<TablePreprocessing, "hasHeader" | "delimiter" | "label" | "tableWidth"> {
  readonly columns: readonly { readonly name: string }[];
}

/**
 * `names`: the columns of the file; more than needed and any order are fine where there is a header.
 * Throws `ModelError` COLUMN_MISSING, which names every column the file lacks, or COLUMN_COUNT without a header.
 */
export function matchColumns(
  preprocessing: Wanted,
  names: readonly string[],
  file: string,
  needsLabel: boolean,
): Matched {
  if (!preprocessing.hasHeader) return matchPositions(preprocessing, names.length, file, needsLabel);
  const indexOf = new Map(names.map((name, i) => [name, i]));
  const wanted = preprocessing.columns.map((column) => column.name);
  const missing = wanted.filter((name) => !indexOf.has(name));
  const label = indexOf.get(preprocessing.label) ?? -1;
  const lacksLabel = needsLabel && label < 0;
  if (missing.length > 0 || lacksLabel) {
    const lacking = lacksLabel ? [...missing, preprocessing.label] : missing;
    const others = names.filter((name) => !wanted.includes(name) && name !== preprocessing.label);
    const described = lacking.map((name) => show(name) + didYouMean(name, others));
    const hint = missing.length === wanted.length ? foreignHint(preprocessing, names) : "";
    const note = lacksLabel ? ` (${show(preprocessing.label)} is the label)` : "";
    throw new ModelError(
      "COLUMN_MISSING",
      `${file}: ${lacking.length === 1 ? "column" : "columns"} ${listed(described)} of the training data ` +
        `${lacking.length === 1 ? "is" : "are"} missing${note}; the file has ${showList(names)}${hint}`,
    );
  }
  return { cells: wanted.map((name) => indexOf.get(name)!), label };
}

/** Why a file may have none of the columns. */
function foreignHint({ delimiter }: Wanted, names: readonly string[]): string {
  if (delimiter === "auto" || names.length > 1) return " (does its first line hold the column names?)";
  return ` (one column: the model was trained with data.delimiter ${show(delimiter)}, is that the file's?)`;
}

/** Columns of a file without a header are named by their positions in the training file. */
function matchPositions(preprocessing: Wanted, width: number, file: string, needsLabel: boolean): Matched {
  const { tableWidth } = preprocessing;
  const label = Number(preprocessing.label);
  const wanted = preprocessing.columns.map((column) => Number(column.name));
  if (width === tableWidth) return { cells: wanted, label };
  if (width === tableWidth - 1 && !needsLabel) {
    return { cells: wanted.map((index) => (index > label ? index - 1 : index)), label: -1 };
  }
  const without = needsLabel ? "" : `, or ${tableWidth - 1} without the label`;
  throw new ModelError(
    "COLUMN_COUNT",
    `${file}: a row has ${plural(width, "cell")}, but the training data had ${tableWidth}${without} ` +
      "(it had no header, so columns are matched by position)",
  );
}
