/**
 * @file Reads a training table into typed columns and class labels. Types are decided from whole columns; nothing is
 * scaled or encoded here (fit.ts, encode.ts). No object per row is kept.
 */
import { DataError, UsageError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { grouped, plural, show, showList } from "../words.ts";
import { CellReader } from "./cellReader.ts";
import { type Decimal, parseNumber } from "./cells.ts";
import { ColumnBuilder, type ColumnData } from "./columnBuilder.ts";
import type { ColumnSource } from "./columnType.ts";
import type { CsvTable } from "./csv.ts";
import { MANY_CLASSES, MAX_CLASSES } from "./limits.ts";
import { NumberColumns } from "./numberColumns.ts";
import type { TableOptions } from "./options.ts";
import type { ReadProgress } from "./reading.ts";
import { endingError, noRowLeft, type Reject, rejectNotes, SKIP_SETTING } from "./rejects.ts";
import { RowPlaces } from "./rowPlaces.ts";
import type { TableThreads } from "./threads.ts";

const MARGIN = 1.02; // rows differ in length

/** Where the option with this key path was written, e.g. "config.json:3:14", for problems that only the table shows. */
export type PlaceOfOption = (keyPath: readonly (string | number)[]) => string;

export interface Table {
  readonly file: string;
  readonly hasHeader: boolean;
  /** cells per row of the file, label and ignored columns included */
  readonly tableWidth: number;
  /** rows that have a label; all arrays below have this length */
  readonly rows: number;
  /** where each row is */
  readonly places: RowPlaces;
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
  /** rows left out because of a bad cell or a wrong number of cells, by file and line */
  readonly rejects: readonly Reject[];
  /** one line each: columns whose type may not be meant */
  readonly notes: readonly string[];
  readonly missing: readonly string[];
  /** as the options say: one character, or "auto" */
  readonly delimiter: string;
  readonly decimal: Decimal;
}

/** What reading takes beside the table and its options. */
export interface TableIo {
  readonly problemsAt?: PlaceOfOption;
  readonly threads?: TableThreads | undefined;
  readonly progress?: ReadProgress | undefined;
}

/**
 * Reads a whole training table. Throws `UsageError` for names that are not in the table, `DataError` for cells,
 * columns and labels that cannot be meant so; see the kinds in this file and in columnBuilder.ts.
 */
export async function readTable(source: CsvTable, options: TableOptions, io: TableIo = {}): Promise<Table> {
  try {
    const labelIndex = checkNames(source, options, io.problemsAt);
    const read = await readColumns(source, options, labelIndex, io);
    io.progress?.end();
    const { label, columns, places } = read;
    const isKept = label.labelled();
    const unlabelled = places.length - count(isKept);
    const isSkipped = options.onBadRow === "skip";
    for (const column of columns) column.decide(isKept, isSkipped);
    const rejects = inOrder([...read.rejects, ...badRows(columns, isKept, isSkipped)], read.files);
    const rows = count(isKept);
    const finished = columns.map((column) => column.finish(isKept, rows));
    return {
      file: source.file,
      hasHeader: source.hasHeader,
      tableWidth: source.names.length,
      rows,
      places: rows === places.length ? places : places.keep(isKept),
      columns: finished.filter(({ name }) => name !== options.weight),
      weights: finished.find(({ name }) => name === options.weight) ?? null,
      ...finishLabels(label.finish(isKept, rows), source.file, unlabelled, rejects),
      unlabelled,
      rejects,
      notes: columns.flatMap(({ note }) => note ?? []),
      missing: options.missing,
      delimiter: options.delimiter,
      decimal: source.decimal,
    };
  } finally {
    source.close();
  }
}

interface ReadColumns {
  readonly label: ColumnBuilder;
  /** those that may become inputs */
  readonly columns: readonly ColumnBuilder[];
  readonly places: RowPlaces;
  readonly rejects: Reject[];
  /** as they were read */
  readonly files: ReadonlySet<string>;
}

/** Reads all rows. A bad one ends it, unless bad rows are skipped. */
async function readColumns(
  source: CsvTable,
  options: TableOptions,
  labelIndex: number,
  { threads, progress }: TableIo,
): Promise<ReadColumns> {
  const isSkipped = options.onBadRow === "skip";
  const rejects: Reject[] = [];
  const files = new Set<string>();
  const missing = new Set(options.missing);
  const onBadRow = (reject: Reject): void => {
    if (!isSkipped) throw endingError(reject.error, SKIP_SETTING);
    rejects.push(reject);
    files.add(reject.file);
  };
  const reader = new CellReader(source, missing, onBadRow, threads);
  const places = new RowPlaces();
  const numbers = new NumberColumns();
  const { file, names, decimal } = source;
  const create = (index: number, forced: ColumnSource["forced"]) => {
    const isWeight = names[index] === options.weight;
    const hint = isWeight ? "or name another column in data.weight" : null;
    const type = isWeight ? "numeric" : forced;
    return new ColumnBuilder(
      { file, name: names[index]!, index, decimal, missing, forced: type, hint },
      reader,
      places,
      numbers,
    );
  };
  const label = create(labelIndex, "categorical");
  const columns = inputColumns(source, options, labelIndex).map(({ index, forced }) => create(index, forced));
  let seen = 0; // bad cells, all of them in rows without a label
  for await (const batch of reader.batches()) {
    if (places.length === 0) makeRoom([places, numbers], reader.expectedRows(batch.rows));
    files.add(batch.file);
    progress?.rows(batch.rows);
    places.append(batch.file, batch.lines);
    numbers.take(batch);
    label.take(batch);
    for (const column of columns) column.take(batch);
    const badCells = columns.reduce((sum, column) => sum + column.bad.length, 0);
    if (!isSkipped && badCells > seen) badRows(columns, label.labelled(), false);
    seen = badCells;
  }
  return { label, columns, places, rejects, files };
}

/** Makes room for all rows as far as they are foreseen: growing takes time. */
function makeRoom(parts: readonly { reserve(rows: number): void }[], expected: number | null): void {
  try {
    for (const part of parts) part.reserve(Math.ceil((expected ?? 0) * MARGIN));
  } catch (error) {
    // The first rows may be much shorter than others: what is really needed grows as it comes.
    if (!(error instanceof RangeError)) throw error;
  }
}

/** By file, and by line. */
function inOrder(rejects: readonly Reject[], files: ReadonlySet<string>): Reject[] {
  const position = new Map(Array.from(files, (file, i) => [file, i]));
  return rejects.toSorted((a, b) => position.get(a.file)! - position.get(b.file)! || a.line - b.line);
}

/**
 * The rows that have a bad cell, each with the first of them; a row without a label is left out anyway. If they are not
 * skipped, throws what is wrong with the first; else they are no longer kept.
 */
function badRows(columns: readonly ColumnBuilder[], isKept: Uint8Array, isSkipped: boolean): Reject[] {
  const bad = columns.flatMap((column) => column.bad).filter(({ row }) => isKept[row] === 1);
  bad.sort((a, b) => a.row - b.row);
  if (!isSkipped && bad.length > 0) throw endingError(bad[0]!.reject.error, SKIP_SETTING);
  return bad.flatMap(({ row, reject }) => {
    const isFirst = isKept[row] === 1;
    isKept[row] = 0;
    return isFirst ? [reject] : [];
  });
}

function count(isKept: Uint8Array): number {
  let rows = 0;
  for (const kept of isKept) rows += kept;
  return rows;
}

/** The columns that are neither the label nor ignored, with the types that the options give them. */
function inputColumns(
  { names }: CsvTable,
  options: TableOptions,
  labelIndex: number,
): { index: number; forced: ColumnSource["forced"] }[] {
  const ignored = new Set(options.ignore);
  return [...names.entries()].flatMap(([index, name]) => {
    const forced = Object.hasOwn(options.columns, name) ? options.columns[name]! : null;
    return index === labelIndex || ignored.has(name) || forced === "ignore" ? [] : [{ index, forced }];
  });
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
  column: ColumnData,
  file: string,
  unlabelled: number,
  rejects: readonly Reject[],
): { label: string; classes: string[]; labels: Uint32Array } {
  if (column.type !== "categorical") throw new Error("internal: a label column was settled as numeric");
  const at = `${file}, label column ${show(column.name)}`;
  const rows = column.codes.length;
  const leftOut = { count: rejects.length, first: rejects };
  if (rows === 0) throw noRowLeft(rejects.length === 0 ? at : file, leftOut, unlabelled);
  const { levels } = column;
  if (levels.length < 2) {
    throw new DataError(
      "TOO_FEW_CLASSES",
      [
        `${at}: every row is ${show(levels[0]!)}, expected at least 2 classes`,
        ...rejectNotes(leftOut, ""),
      ].join("\n"),
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
    labels: new Uint32Array(column.codes).map((code) => classOfCode[code]!),
  };
}

function sortClasses(levels: readonly string[], at: string): string[] {
  const numbers = new Map(levels.map((level) => [level, parseNumber(level, ".")]));
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
