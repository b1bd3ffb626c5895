/**
 * @file Predictions as CSV, TSV or JSON lines. Only the form: what is predicted comes in.
 */
import { quotedIfNeeded } from "../../data/quoting.ts";
import { UsageError } from "../../errors.ts";
import { show } from "../../words.ts";

export interface PredictionRow {
  /** of an image, from 0 in the order of the file; null for a row of a table */
  readonly index: number | null;
  /** cells of the kept columns, as they are in the input */
  readonly kept: readonly string[];
  /** null for a row that could not be read */
  readonly prediction: string | null;
  /** of each class, float32 or null; empty if they are not asked for */
  readonly probabilities: readonly (number | null)[];
}

export interface RowWriter {
  /** what comes before the first row */
  readonly header: string;
  row(row: PredictionRow): string;
}

interface OutputColumns {
  /** whether rows have an index */
  readonly indexed: boolean;
  readonly kept: readonly string[];
  /** empty if probabilities are not asked for */
  readonly classes: readonly string[];
}

const INDEX = "index";
const PREDICTION = "prediction";
/** What stands for no prediction: a line with nothing else is no blank line, which readers leave out. */
const NONE = '""';
const PROBABILITY = "proba_";

/**
 * CSV and TSV: "index" of an image, kept columns, "prediction", then "proba_" + class; a header always. JSONL: "index" as
 * a number, the kept columns and "prediction" as strings, "proba" as an object from class to number. Without a prediction
 * that is empty, or null.
 * Throws UsageError when a kept column has the name of one of ours.
 */
export function rowWriter(
  format: "csv" | "tsv" | "jsonl",
  { indexed, kept, classes }: OutputColumns,
): RowWriter {
  const ours =
    format === "jsonl"
      ? [PREDICTION, ...(classes.length > 0 ? ["proba"] : [])]
      : [PREDICTION, ...classes.map((name) => PROBABILITY + name)];
  const clash = kept.find((name) => ours.includes(name));
  if (clash !== undefined) {
    throw new UsageError(
      "KEEP_CLASH",
      `--keep: the output has a column ${show(clash)} of its own; rename yours`,
    );
  }
  if (format === "jsonl") return { header: "", row: (row) => jsonRow(row, kept, classes) };
  const delimiter = format === "csv" ? "," : "\t";
  const cell = (text: string) => quotedIfNeeded(text, delimiter);
  const line = (cells: readonly string[]) => `${cells.map(cell).join(delimiter)}\n`;
  return {
    header: line([...(indexed ? [INDEX] : []), ...kept, ...ours]),
    row: (row) => {
      const index = row.index === null ? [] : [String(row.index)];
      if (row.prediction === null)
        return `${[...index, ...row.kept.map(cell), NONE, ...row.probabilities.map(() => "")].join(delimiter)}\n`;
      return line([...index, ...row.kept, row.prediction, ...row.probabilities.map((p) => float32Text(p!))]);
    },
  };
}

function jsonRow(row: PredictionRow, kept: readonly string[], classes: readonly string[]): string {
  const entries: [string, unknown][] = row.index === null ? [] : [[INDEX, row.index]];
  entries.push(...kept.map((name, column): [string, unknown] => [name, row.kept[column]]));
  entries.push([PREDICTION, row.prediction]);
  if (classes.length > 0 && row.prediction !== null) {
    const probabilities = classes.map((name, c): [string, number] => [
      name,
      Number(float32Text(row.probabilities[c]!)),
    ]);
    entries.push(["proba", Object.fromEntries(probabilities)]);
  }
  return `${JSON.stringify(Object.fromEntries(entries))}\n`;
}

/** The shortest decimal that reads back as the same float32, at most 9 digits. */
export function float32Text(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}
