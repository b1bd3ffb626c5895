/**
 * @file A training table ready for the network: read, split, weighed, fitted and encoded, in that order, so that nothing is
 * learnt from validation or test rows. All of it follows from the table's bytes and `TableSettings`, which is why it can
 * be kept (cache/). Held-out files are not its part.
 */
import { shownPath } from "../paths.ts";
import { show } from "../words.ts";
import { type PlaceOfOption, readTable, type Table } from "./columns.ts";
import { type FactsWork, firstPart, readFacts, roomForFacts } from "./columnWork.ts";
import type { Dataset, Weighting } from "./dataset.ts";
import { encodeTable, inputsWork, totalOf } from "./encode.ts";
import { fitPreprocessing } from "./fit.ts";
import type { NumericFacts } from "./numericFacts.ts";
import type { CsvDataOptions, Scaling } from "./options.ts";
import type { TablePreprocessing } from "./preprocessing.ts";
import type { ReadIo } from "./reading.ts";
import { type Reject, rejectNotes } from "./rejects.ts";
import { type SplitParts, type SplitRows, split } from "./split.ts";
import { openTables, shownFiles } from "./tables.ts";
import { TableThreads } from "./threads.ts";
import { type ClassWeights, weighRows } from "./weights.ts";
import { newlyMissingNotes, unlabelledNotes, unnamedNotes, unseenNotes } from "./words.ts";

export interface TrainingTable {
  /** all rows that have a label */
  readonly data: Dataset;
  readonly rows: Omit<SplitRows, "notes">;
  readonly preprocessing: TablePreprocessing;
  /** (rows) null where all weigh the same */
  readonly weights: Float32Array | null;
  readonly weighting: Weighting | null;
  /** one line each: what was dropped, left out or never seen */
  readonly notes: readonly string[];
  /** rows left out because their label is missing */
  readonly unlabelled: number;
  /** cells whose level no training row has */
  readonly unseen: number;
  /** missing numbers where no training row misses one; the median stands for them */
  readonly newlyMissing: number;
  readonly rejects: readonly Reject[];
}

/** Everything but the table's bytes that decides what comes of them; plain values, to be written as JSON. */
export interface TableSettings extends Omit<CsvDataOptions, "format" | "train" | "validation" | "test"> {
  /** how messages name the files of the table */
  readonly files: readonly string[];
  readonly parts: SplitParts;
  readonly seed: number;
  readonly classWeights: ClassWeights;
}

/** The settings of a config's data. */
export function tableSettings(
  options: CsvDataOptions,
  parts: SplitParts,
  seed: number,
  classWeights: ClassWeights,
): TableSettings {
  const { format: _format, train, validation: _validation, test: _test, ...table } = options;
  return { ...table, files: train.map((path) => shownPath(path)), parts, seed, classWeights };
}

/** The rows of a training table that nothing is learnt from, in notes. */
const HELD_OUT = "validation and test rows";

/** Reads the files of one table, "-" for `stdin`. Throws as `loadTrainingData`. */
export async function readTrainingTable(
  paths: readonly string[],
  settings: TableSettings,
  io: ReadIo & { readonly problemsAt?: PlaceOfOption; readonly threads?: number },
): Promise<TrainingTable> {
  const threads = new TableThreads(io.threads ?? 1);
  try {
    return await prepare(paths, settings, io, threads);
  } finally {
    threads.close();
  }
}

async function prepare(
  paths: readonly string[],
  settings: TableSettings,
  io: ReadIo & { readonly problemsAt?: PlaceOfOption },
  threads: TableThreads,
): Promise<TrainingTable> {
  const { parts, seed, classWeights } = settings;
  const file = shownFiles(paths);
  const source = await openTables(paths, settings, io);
  const table = await readTable(source, settings, { ...io, threads });
  const divided = split(table.labels, table.classes, parts, seed);
  const { notes: splitNotes, ...rows } = divided;
  const labelled = { labels: table.labels, classes: table.classes, rows: divided };
  const { weights, weighting } = weighRows(labelled, classWeights, table, io.problemsAt);
  const facts = await learnNumbers(table, rows.train, settings.scaling, threads);
  const { preprocessing, notes: fitNotes } = fitPreprocessing(table, rows.train, settings.scaling, facts);
  const inputs = inputsWork(table, preprocessing);
  await threads.share(inputs);
  const heldOut = [rows.validation, rows.test].filter((part) => part !== null);
  const { data, unseen, newlyMissing } = encodeTable(table, preprocessing, inputs, heldOut);
  const { unlabelled, rejects } = table;
  const notes = [...table.notes];
  if (!source.hasHeader && settings.header === "auto") {
    notes.push(
      `${file} has no header: its columns are named "0" to ${show(String(source.names.length - 1))}`,
    );
  }
  notes.push(...unnamedNotes(source.file, source.names, source.unnamed));
  if (source.decimal === "," && settings.decimal === "auto") {
    notes.push(`${file}: numbers are read with a decimal comma`);
  }
  notes.push(...rejectNotes({ count: rejects.length, first: rejects }, ": see rejects.csv"));
  notes.push(...unlabelledNotes(unlabelled, file), ...fitNotes, ...splitNotes);
  notes.push(...unseenNotes(unseen, HELD_OUT), ...newlyMissingNotes(newlyMissing, HELD_OUT));
  const counts = { unlabelled, unseen: totalOf(unseen), newlyMissing: totalOf(newlyMissing) };
  return { data, rows, preprocessing, weights, weighting, notes, ...counts, rejects };
}

async function learnNumbers(
  { columns }: Table,
  trainRows: Uint32Array,
  scaling: Scaling,
  threads: TableThreads,
): Promise<NumericFacts[]> {
  const numbers = columns.flatMap((column) => (column.type === "numeric" ? [column.values] : []));
  const rows = new Uint32Array(new SharedArrayBuffer(trainRows.byteLength));
  rows.set(trainRows);
  const facts = roomForFacts(numbers.length);
  const work: FactsWork = { type: "facts", columns: numbers, rows, scaling, facts, next: firstPart() };
  await threads.share(work);
  return readFacts(work);
}
