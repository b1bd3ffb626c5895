/**
 * @file From the data part of a config to training, validation and test rows: the training table (trainingTable.ts), as it was
 * kept or read anew, or images, and the held-out files. Knows neither the config file nor the network.
 */
import { DataError, ModelError } from "../errors.ts";
import { shownPath } from "../paths.ts";
import { show } from "../words.ts";
import type { TableCache } from "./cache/tableCache.ts";
import type { PlaceOfOption } from "./columns.ts";
import { type Dataset, indices, type Subset, type Weighting } from "./dataset.ts";
import {
  type EvaluationCounts,
  type EvaluationTotals,
  evaluationNotes,
  readEvaluationImages,
  readEvaluationTable,
  totalsOf,
} from "./evaluate.ts";
import { setByName } from "./imageFolder.ts";
import { loadIdxDataset } from "./images.ts";
import type {
  CsvDataOptions,
  CsvFiles,
  DataOptions,
  IdxDataOptions,
  IdxFiles,
  SplitOptions,
} from "./options.ts";
import type { ImagePreprocessing, Preprocessing, TablePreprocessing } from "./preprocessing.ts";
import type { ReadIo } from "./reading.ts";
import { noRowLeft, type Reject } from "./rejects.ts";
import { readBytes } from "./source.ts";
import { type SplitPart, type SplitRows, split } from "./split.ts";
import { shownFiles } from "./tables.ts";
import { readTrainingTable, tableSettings } from "./trainingTable.ts";
import { type ClassWeights, weighByClass, weighRows } from "./weights.ts";

export interface DataIo extends ReadIo {
  /** where an option was written, e.g. "config.json:3:14": put before problems with names of columns */
  readonly problemsAt?: PlaceOfOption;
  /** that may work at a time; 1 where it is not said */
  readonly threads?: number;
  /** where training tables are kept between runs; its `finished` is the caller's to await */
  readonly cache?: TableCache | null;
}

export interface LoadedData {
  readonly train: Subset;
  /** shares its data set with `train` where it is a fraction of the same file */
  readonly validation: Subset | null;
  readonly test: Subset | null;
  readonly preprocessing: Preprocessing;
  /** what training and validation rows weigh by; null where all weigh the same */
  readonly weighting: Weighting | null;
  /** one line each: what was dropped, left out or never seen */
  readonly notes: readonly string[];
  readonly counts: DataCounts;
  /** bad rows of the training file that are left out */
  readonly rejects: readonly Reject[];
  /** whether the training table came from the cache, not from its file */
  readonly cached: boolean;
}

/** Of the training file; what cannot be used is of all files together. */
export interface DataCounts extends EvaluationTotals {
  /** rows of the training file that have a label, before the split */
  readonly rows: number;
  /** columns of the table, label and ignored ones included; for images, pixels */
  readonly columns: number;
  /** inputs per row */
  readonly inputs: number;
  readonly classes: number;
}

/**
 * Loads everything that training needs. The same options, files and seed give the same rows and bits.
 * Throws `DataError` (files and cells), `UsageError` (names that are not in the table), `SystemError`.
 */
export function loadTrainingData(
  options: DataOptions,
  seed: number,
  io: DataIo,
  classWeights: ClassWeights = "none",
): Promise<LoadedData> {
  return options.format === "csv"
    ? loadTable(options, seed, io, classWeights)
    : loadImages(options, seed, io, classWeights);
}

async function loadTable(
  options: CsvDataOptions,
  seed: number,
  io: DataIo,
  classWeights: ClassWeights,
): Promise<LoadedData> {
  const settings = tableSettings(options, fractions(options), seed, classWeights);
  const place = await io.cache?.find(options.train, settings);
  const table = place?.table ?? (await readTrainingTable(options.train, settings, io));
  if (place?.table === null) place.keep(table);
  const { data, rows, preprocessing, weights, weighting, rejects } = table;
  const notes = [...table.notes];
  const { unlabelled, unseen, newlyMissing } = table;
  const totals = { unlabelled, unseen, newlyMissing, rejected: rejects.length };
  const readSet = async (part: SplitOptions<CsvFiles>): Promise<Subset | null> => {
    if (part.kind !== "file") return null;
    const read = await asDataErrors(() => readEvaluationSet(part.files, preprocessing, options.onBadRow, io));
    const more = totalsOf(read);
    for (const key of Object.keys(more) as (keyof EvaluationTotals)[]) totals[key] += more[key];
    notes.push(...evaluationNotes(read, shownFiles(part.files)));
    return read.set;
  };
  notes.push(...sharedNotes(options));
  const ownValidation = weighByClass(await readSet(options.validation), weighting);
  if (options.validation.kind === "file" && weighting?.column) {
    const own = shownFiles(options.validation.files);
    notes.push(
      `column ${show(weighting.column)} weighs the rows of ${shownFiles(options.train)}; those of ${own} have no such weight`,
    );
  }
  const validation = ownValidation ?? subset(data, rows.validation, weights);
  const test = (await readSet(options.test)) ?? subset(data, rows.test, null);
  const counts = { ...countsOf(data, preprocessing, preprocessing.tableWidth), ...totals };
  const train = { data, rows: rows.train, weights };
  const cached = place?.table != null;
  return { train, validation, test, preprocessing, weighting, notes, counts, rejects, cached };
}

/** Rows that are trained on measure nothing when they are measured on. */
function sharedNotes({ train, validation, test }: CsvDataOptions): string[] {
  const parts = Object.entries({ validation, test });
  return parts.flatMap(([name, part]) => {
    if (part.kind !== "file") return [];
    const shared = part.files.filter((file) => train.includes(file));
    if (shared.length === 0) return [];
    return `data.${name} and data.train both have ${shownFiles(shared)}: rows that are trained on say little about others`;
  });
}

async function readEvaluationSet(
  paths: readonly string[],
  preprocessing: TablePreprocessing,
  onBadRow: CsvDataOptions["onBadRow"],
  io: DataIo,
): Promise<EvaluationCounts & { readonly set: Subset }> {
  const { data, counts } = await readEvaluationTable(paths, preprocessing, {
    onBadRow,
    stdin: io.stdin,
    progress: io.progress,
    threads: io.threads,
  });
  if (data.rows === 0) throw noRowLeft(shownFiles(paths), counts.rejects, counts.unlabelled);
  return { ...counts, set: allRows(data) };
}

async function loadImages(
  options: IdxDataOptions,
  seed: number,
  io: DataIo,
  classWeights: ClassWeights,
): Promise<LoadedData> {
  const { images, labels } = options.train;
  const paths = { images: shownPath(images), labels: shownPath(labels) };
  const imageBytes = await readBytes(images, io.stdin);
  const { data, preprocessing } = loadIdxDataset(imageBytes, await readBytes(labels, io.stdin), paths);
  const { classes } = preprocessing;
  const rows: SplitRows = split(data.labels, classes, fractions(options), seed);
  const labelled = { labels: data.labels, classes, rows };
  const { weights, weighting } = weighRows(labelled, classWeights, null, io.problemsAt);
  const readSet = async (part: SplitOptions<IdxFiles>): Promise<Subset | null> => {
    if (part.kind !== "file") return null;
    return allRows(await asDataErrors(() => readEvaluationImages(part, preprocessing, io.stdin)));
  };
  const ownValidation = weighByClass(await readSet(options.validation), weighting);
  const validation = ownValidation ?? subset(data, rows.validation, weights);
  const test = (await readSet(options.test)) ?? subset(data, rows.test, null);
  const none = { unlabelled: 0, unseen: 0, newlyMissing: 0, rejected: 0 };
  const counts = { ...countsOf(data, preprocessing, data.inputs), ...none };
  const notes = [...swappedNotes(options), ...rows.notes];
  const train = { data, rows: rows.train, weights };
  return { train, validation, test, preprocessing, weighting, notes, counts, rejects: [], cached: false };
}

/** To train on MNIST's test images and test on its training images can be meant, but rarely is. */
function swappedNotes({ train, test }: IdxDataOptions): string[] {
  if (test.kind !== "file" || setByName(train.images) !== "test" || setByName(test.images) !== "train")
    return [];
  const [trained, tested] = [shownPath(train.images), shownPath(test.images)];
  return [`data.train is ${trained} and data.test is ${tested}: by their names they are swapped`];
}

function fractions(options: DataOptions): { validation: SplitPart | null; test: SplitPart | null } {
  const { validation, test } = options;
  return {
    validation: validation.kind === "fraction" ? validation : null,
    test: test.kind === "fraction" ? test : null,
  };
}

function countsOf(
  data: Dataset,
  preprocessing: TablePreprocessing | ImagePreprocessing,
  columns: number,
): { rows: number; columns: number; inputs: number; classes: number } {
  return { rows: data.rows, columns, inputs: data.inputs, classes: preprocessing.classes.length };
}

function subset(data: Dataset, rows: Uint32Array | null, weights: Float32Array | null): Subset | null {
  return rows === null ? null : { data, rows, weights };
}

function allRows(data: Dataset): Subset {
  return { data, rows: indices(data.rows), weights: null };
}

/** In training there is no model yet: a validation or test file that does not fit is bad data. */
async function asDataErrors<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ModelError) throw new DataError(error.kind, error.message);
    throw error;
  }
}
