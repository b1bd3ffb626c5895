/**
 * @file Reads a training table into typed columns and class labels. Types are decided from whole columns; nothing is
 * scaled or encoded here (fit.ts, encode.ts). No object per row is kept.
 */
import { DataError, UsageError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { grouped, plural, show, showList } from "../words.ts";
import { parseNumber } from "./cells.ts";
import { ColumnBuilder, type ColumnData } from "./columnBuilder.ts";
import type { CsvTable } from "./csv.ts";
import { Growing } from "./growing.ts";
import type { TableOptions } from "./options.ts";
import type { CsvRecord } from "./records.ts";

const MAX_CLASSES = 1000; // more are no classes but numbers or words of a text
const MANY_CLASSES = 50; // from here on, classes that hardly repeat are suspect

/** Where the option with this key path was written, e.g. "config.json:3:14", for problems that only the table shows. */
export type PlaceOfOption = (keyPath: readonly (string | number)[]) => string;

export interface Table {
  readonly file: string;
  readonly hasHeader: boolean;
  /** cells per row of the file, label and ignored columns included */
  readonly tableWidth: number;
  /** rows that have a label; all arrays below have this length */
  readonly rows: number;
  /** the line of the file on which each row starts */
  readonly lines: Uint32Array;
  /** but for the weight column */
  readonly columns: readonly ColumnData[];
  /** the rows' weights, not checked (weights.ts); null where the options name no column */
  readonly weights: ColumnData | null;
  readonly label: string;
  /** sorted as numbers if all are numbers, else by code unit */
  readonly classes: readonly string[];
  readonly labels: Uint32Array;
  /** rows left out because their label is missing */
  readonly unlabelled: number;
  readonly missing: readonly string[];
  /** as the options say: one character, or "auto" */
  readonly delimiter: string;
}

/**
 * Reads a whole training table. Throws `UsageError` for names that are not in the table, `DataError` for cells,
 * columns and labels that cannot be meant so; see the kinds in this file and in columnBuilder.ts.
 */
export async function readTable(
  source: CsvTable,
  options: TableOptions,
  problemsAt?: PlaceOfOption,
): Promise<Table> {
  try {
    const labelIndex = checkNames(source, options, problemsAt);
    const builders = createBuilders(source, options, labelIndex);
    const labels = new ColumnBuilder(source.file, source.names[labelIndex]!, "categorical");
    const lines = new Growing((length) => new Uint32Array(length));
    const missing = new Set(options.missing);
    let unlabelled = 0;
    for await (const batch of source.batches) {
      for (const record of batch) {
        const label = record.cells[labelIndex]!.trim();
        if (missing.has(label)) {
          unlabelled++;
          continue;
        }
        labels.add(label, record.line);
        lines.push(record.line);
        addRow(builders, record, missing);
      }
    }
    const columns = builders.map(({ builder }) => builder.finish());
    return {
      file: source.file,
      hasHeader: source.hasHeader,
      tableWidth: source.names.length,
      rows: lines.length,
      lines: lines.finish(),
      columns: columns.filter(({ name }) => name !== options.weight),
      weights: columns.find(({ name }) => name === options.weight) ?? null,
      ...finishLabels(labels, source.file, unlabelled),
      unlabelled,
      missing: options.missing,
      delimiter: options.delimiter,
    };
  } finally {
    source.close();
  }
}

/** A column in the making, and the index of its cells. */
interface Builder {
  readonly index: number;
  readonly builder: ColumnBuilder;
}

function addRow(
  builders: readonly Builder[],
  { cells, line }: CsvRecord,
  missing: ReadonlySet<string>,
): void {
  for (const { index, builder } of builders) {
    const cell = cells[index]!.trim();
    if (missing.has(cell)) builder.addMissing();
    else builder.add(cell, line);
  }
}

function createBuilders(source: CsvTable, options: TableOptions, labelIndex: number): Builder[] {
  const builders: Builder[] = [];
  const ignored = new Set(options.ignore);
  for (const [index, name] of source.names.entries()) {
    const override = Object.hasOwn(options.columns, name) ? options.columns[name]! : null;
    if (index === labelIndex || ignored.has(name) || override === "ignore") continue;
    const builder =
      name === options.weight
        ? new ColumnBuilder(source.file, name, "numeric", "or name another column in data.weight")
        : new ColumnBuilder(source.file, name, override);
    builders.push({ index, builder });
  }
  return builders;
}

/** Checks every name of the options against the table, all at once; gives the index of the label column. */
function checkNames(source: CsvTable, options: TableOptions, problemsAt: PlaceOfOption | undefined): number {
  const { names, file } = source;
  const problems: string[] = [];
  const refuse = (keyPath: readonly (string | number)[], text: string): void => {
    const place = problemsAt === undefined ? "" : `${problemsAt(keyPath)}: `;
    problems.push(`${place}${keyPath.slice(0, 2).join(".")}: ${text}`);
  };
  const checkName = (keyPath: readonly (string | number)[], name: string): void => {
    if (names.includes(name)) return;
    refuse(keyPath, `${file} has no column ${show(name)}${didYouMean(name, names)}`);
  };
  const { label } = options;
  const labelIndex = typeof label === "number" ? label : names.indexOf(label);
  if (typeof label === "string") checkName(["data", "label"], label);
  else if (!(Number.isInteger(label) && label >= 0 && label < names.length)) {
    refuse(["data", "label"], `got column ${label}, but ${file} has columns 0 to ${names.length - 1}`);
  }
  if (options.weight !== null) {
    checkName(["data", "weight"], options.weight);
    if (options.weight === names[labelIndex])
      refuse(["data", "weight"], "this column is the label, it cannot hold the weights");
  }
  for (const [i, name] of options.ignore.entries()) {
    checkName(["data", "ignore", i], name);
    if (name === names[labelIndex]) refuse(["data", "ignore", i], LABEL_IGNORED);
  }
  for (const [name, type] of Object.entries(options.columns)) {
    checkName(["data", "columns", name], name);
    if (name === names[labelIndex] && type === "ignore") refuse(["data", "columns", name], LABEL_IGNORED);
  }
  if (problems.length === 0) return labelIndex;
  problems.push(`the columns of ${file} are ${showList(names)}${source.hasHeader ? "" : NO_HEADER_HINT}`);
  throw new UsageError("COLUMN_UNKNOWN", problems.join("\n"));
}

const LABEL_IGNORED = "this column is the label, it cannot be ignored";
const NO_HEADER_HINT = " (its first row was taken as data; set data.header to true if it names the columns)";

function finishLabels(
  builder: ColumnBuilder,
  file: string,
  unlabelled: number,
): { label: string; classes: string[]; labels: Uint32Array } {
  const column = builder.finish();
  if (column.type !== "categorical") throw new Error("internal: a label column was settled as numeric");
  const at = `${file}, label column ${show(column.name)}`;
  const rows = column.codes.length;
  if (rows === 0) {
    throw new DataError("NO_LABELS", `${at}: no row has a label, ${plural(unlabelled, "row")} miss it`);
  }
  const { levels } = column;
  if (levels.length < 2) {
    throw new DataError(
      "TOO_FEW_CLASSES",
      `${at}: every row is ${show(levels[0]!)}, expected at least 2 classes`,
    );
  }
  if (levels.length > MAX_CLASSES || (levels.length > MANY_CLASSES && levels.length > rows / 2)) {
    throw new DataError(
      "TOO_MANY_CLASSES",
      `${at}: ${grouped(levels.length)} different values in ${plural(rows, "row")}: looks like a number to predict ` +
        "(regression) or an identifier; nnt trains classifiers (set data.label to the column of the classes)",
    );
  }
  const classes = sortClasses(levels, at);
  const classOf = new Map(classes.map((name, i) => [name, i]));
  const classOfCode = levels.map((level) => classOf.get(level)!);
  return {
    label: column.name,
    classes,
    labels: Uint32Array.from(column.codes, (code) => classOfCode[code]!),
  };
}

function sortClasses(levels: readonly string[], at: string): string[] {
  const numbers = new Map(levels.map((level) => [level, parseNumber(level)]));
  if (!levels.every((level) => Number.isFinite(numbers.get(level)))) return [...levels].sort(byCodeUnit);
  const classes = [...levels].sort((a, b) => numbers.get(a)! - numbers.get(b)!);
  for (let i = 1; i < classes.length; i++) {
    const [a, b] = [classes[i - 1]!, classes[i]!];
    if (numbers.get(a) !== numbers.get(b)) continue;
    throw new DataError(
      "LABEL_AMBIGUOUS",
      `${at}: classes ${show(a)} and ${show(b)} are the same number (write it one way in every row)`,
    );
  }
  return classes;
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
