/**
 * @file Rows for a trained model: a table as a stream of encoded chunks in constant memory, an image set whole (as a
 * stream it is imageStream.ts's). Used by eval (labels required), by predict (labels ignored), and for validation or
 * test files in training.
 */
import type { Readable } from "node:stream";
import { DataError, ModelError, type UserError } from "../errors.ts";
import { shownPath } from "../paths.ts";
import { showList } from "../words.ts";
import { type BadRow, BatchEncoder, type EncodedBatch, type LabelUse } from "./batchEncoder.ts";
import { type CellBatch, CellReader } from "./cellReader.ts";
import type { CsvTable } from "./csv.ts";
import { type Dataset, datasetRows } from "./dataset.ts";
import { asDataset, type CellCounts, type Chunk, totalOf } from "./encode.ts";
import { Growing } from "./growing.ts";
import { type ImagePaths, loadIdxDataset } from "./images.ts";
import type { ImagePreprocessing, TablePreprocessing } from "./preprocessing.ts";
import type { ReadIo } from "./reading.ts";
import { endingError, type Reject, Rejects, rejectNotes, SKIP_SETTING, TOLD } from "./rejects.ts";
import { readBytes } from "./source.ts";
import { openTables, shownFiles } from "./tables.ts";
import { TableThreads } from "./threads.ts";
import { newlyMissingNotes, unlabelledNotes, unseenNotes } from "./words.ts";

export interface EvaluationOptions extends ReadIo {
  readonly labels: LabelUse;
  /** whether a bad row ends reading, or is left out */
  readonly onBadRow: "fail" | "skip";
  /** what leaves bad rows out, for the error of one that ends reading */
  readonly howToSkip: string;
  /** rows per chunk, at least 1 */
  readonly chunkRows: number;
  /** that may read a large table; 1 where it is not said */
  readonly threads?: number | undefined;
}

/** Some rows of a file, valid until the next are asked for. */
export interface EvaluationChunk {
  /** those that can be used, in order; no labels where they are ignored */
  readonly data: Dataset;
  /** for each row of the file: its place in `data`, or -1 where it cannot be used */
  readonly places: Int32Array;
  /** that the rows are of */
  readonly file: string;
  /** for each row of the file: the line it starts on */
  readonly lines: Uint32Array;
  /** a cell of a kept column, as it is in the file but for quotes and space around it; "" where the row cannot be read */
  text(column: number, row: number): string;
}

export interface EvaluationCounts {
  /** rows left out because their label is missing */
  readonly unlabelled: number;
  /** by column: cells whose level training never saw */
  readonly unseen: CellCounts;
  /** by column: missing numbers where training missed none; the median stands for them */
  readonly newlyMissing: CellCounts;
  /** bad rows left out */
  readonly rejects: Rejects;
}

/** What a file has that a model cannot use, or training never met, as `--json` tells it. */
export interface EvaluationTotals {
  /** rows left out because their label is missing */
  readonly unlabelled: number;
  /** cells with a word that training never saw */
  readonly unseen: number;
  /** missing numbers of columns in which training missed none: the median stands for them */
  readonly newlyMissing: number;
  /** bad rows left out */
  readonly rejected: number;
}

/** The counts of all columns together. */
export function totalsOf({ unlabelled, unseen, newlyMissing, rejects }: EvaluationCounts): EvaluationTotals {
  return {
    unlabelled,
    unseen: totalOf(unseen),
    newlyMissing: totalOf(newlyMissing),
    rejected: rejects.count,
  };
}

export interface EvaluationData {
  /** columns of the file, "0", "1", … without a header */
  readonly names: readonly string[];
  /** From here on chunks have the text of this column. */
  keep(column: number): void;
  /** read once; the end of the loop, also an early one, closes the file */
  readonly chunks: AsyncIterable<EvaluationChunk>;
  /** of the chunks given so far */
  readonly counts: EvaluationCounts;
  /** Closes the file at once; for data whose chunks may not be read. */
  close(): void;
}

/**
 * Opens the files of a table ("-": stdin) for a trained model. Throws `DataError` for what is wrong with the file, `ModelError`
 * for what does not fit the model: NOT_A_TABLE, COLUMN_MISSING, COLUMN_COUNT at once, UNKNOWN_CLASS from `chunks`.
 */
export async function openEvaluationData(
  paths: readonly string[],
  preprocessing: TablePreprocessing,
  options: EvaluationOptions,
): Promise<EvaluationData> {
  const { delimiter, hasHeader: header, decimal = ".", missing } = preprocessing;
  const dialect = { delimiter, header, decimal, missing } as const;
  const table = await openTables(paths, dialect, options).catch((error: unknown) => {
    throw isImages(error) ? notTable(shownFiles(paths), preprocessing) : error;
  });
  try {
    return evaluationData(table, preprocessing, options);
  } catch (error) {
    table.close();
    throw error;
  }
}

function evaluationData(
  table: CsvTable,
  preprocessing: TablePreprocessing,
  options: EvaluationOptions,
): EvaluationData {
  const rejects = new Rejects();
  const unread: Reject[] = [];
  const threads = new TableThreads(options.threads ?? 1);
  const onBadRow = (reject: Reject): void => {
    if (options.onBadRow === "fail") throw endingError(reject.error, options.howToSkip);
    // Many may come in a row: what is wrong is told of the first few alone.
    const isTold = rejects.count + unread.length < TOLD;
    unread.push(isTold ? reject : { ...reject, error: UNTOLD });
  };
  const reader = new CellReader(table, new Set(preprocessing.missing), onBadRow, threads);
  const encoder = new BatchEncoder(preprocessing, table, reader, options.labels);
  const counts = {
    get unlabelled() {
      return encoder.unlabelled;
    },
    unseen: encoder.unseen,
    newlyMissing: encoder.newlyMissing,
    rejects,
  };
  return {
    names: table.names,
    keep: (column) => reader.keep(column),
    chunks: evaluationChunks({ reader, threads, encoder, rejects, unread }, options),
    counts,
    close: () => {
      threads.close();
      table.close();
    },
  };
}

function isImages(error: unknown): boolean {
  return error instanceof DataError && error.kind === "TEXT_IDX";
}

function notTable(file: string, { columns }: TablePreprocessing): ModelError {
  const names = showList(
    columns.map(({ name }) => name),
    3,
  );
  return new ModelError(
    "NOT_A_TABLE",
    `${file}: is an IDX file, but this model was trained on a table: give one with its columns, ${names}`,
  );
}

/** Stands for an error that nobody will see: to keep thousands takes memory. */
const UNTOLD = new DataError("CSV_RAGGED_ROW", "a bad row");

interface Reading {
  readonly reader: CellReader;
  readonly threads: TableThreads;
  readonly encoder: BatchEncoder;
  readonly rejects: Rejects;
  /** rows that could not be read, since the last batch */
  readonly unread: Reject[];
}

async function* evaluationChunks(
  { reader, threads, encoder, rejects, unread }: Reading,
  options: EvaluationOptions,
): AsyncGenerator<EvaluationChunk> {
  const { chunkRows, progress } = options;
  const empty = encoder.empty();
  const skipUnread = function* (): Generator<EvaluationChunk> {
    for (const reject of unread.splice(0)) {
      rejects.add(reject);
      const { file } = reject;
      const [places, lines] = [Int32Array.of(-1), Uint32Array.of(reject.line)];
      yield { data: empty, places, file, lines, text: () => "" };
    }
  };
  try {
    for await (const batch of reader.batches()) {
      yield* skipUnread();
      progress?.rows(batch.rows);
      const encoded = encoder.encode(batch);
      const stop = stopOf(encoded, options);
      const end = stop?.row ?? batch.rows;
      for (let begin = 0; begin < end; begin += chunkRows) {
        yield chunkOf(batch, encoded, begin, Math.min(begin + chunkRows, end));
      }
      if (stop !== null) throw stop.error;
      const { file, lines } = batch;
      for (const { row, error } of encoded.bad) rejects.add({ file, line: lines[row]!, error });
    }
    yield* skipUnread();
  } finally {
    threads.close();
  }
}

/** The row of a batch that ends reading, the first of those that do. */
function stopOf(
  { bad, misfit }: EncodedBatch,
  { onBadRow, howToSkip }: EvaluationOptions,
): BadRow<UserError> | null {
  const first = onBadRow === "fail" ? bad[0] : undefined;
  if (first === undefined || (misfit !== null && misfit.row < first.row)) return misfit;
  return { row: first.row, error: endingError(first.error, howToSkip) };
}

/** One line each: rows of `file` that were left out, cells that training had no such of. */
export function evaluationNotes(counts: EvaluationCounts, file: string): string[] {
  return [
    ...rejectNotes(counts.rejects, ""),
    ...unlabelledNotes(counts.unlabelled, file),
    ...unseenNotes(counts.unseen, file),
    ...newlyMissingNotes(counts.newlyMissing, file),
  ];
}

/** Rows [begin, end) of a batch. */
function chunkOf(batch: CellBatch, encoded: EncodedBatch, begin: number, end: number): EvaluationChunk {
  const places = encoded.places.subarray(begin, end);
  const used = places.filter((at) => at >= 0);
  const first = used[0] ?? 0;
  return {
    data: datasetRows(encoded.data, first, first + used.length),
    places: places.map((at) => (at < 0 ? -1 : at - first)),
    file: batch.file,
    lines: batch.lines.subarray(begin, end),
    text: (column, row) => batch.text(column, begin + row),
  };
}

/** A whole table with labels as one data set: a validation or test file. Throws as `openEvaluationData`. */
export async function readEvaluationTable(
  paths: readonly string[],
  preprocessing: TablePreprocessing,
  options: Pick<EvaluationOptions, "onBadRow" | "stdin" | "progress" | "threads">,
): Promise<{ data: Dataset; counts: EvaluationCounts }> {
  const opened = await openEvaluationData(paths, preprocessing, {
    ...options,
    labels: "required",
    chunkRows: 1024,
    howToSkip: SKIP_SETTING,
  });
  const dense = new Growing((length) => new Float32Array(length));
  const codes = new Growing((length) => new Uint32Array(length));
  const labels = new Growing((length) => new Uint32Array(length));
  for await (const { data } of opened.chunks) {
    if (data.dense instanceof Float32Array) dense.append(data.dense);
    codes.append(data.codes);
    labels.append(data.labels);
  }
  const whole: Chunk = { dense: dense.finish(), codes: codes.finish(), labels: labels.finish() };
  return { data: asDataset(whole, labels.length, preprocessing, true), counts: opened.counts };
}

/** A whole image set for a trained model. Throws as `openSource`, `decodeIdx` and `loadIdxDataset`. */
export async function readEvaluationImages(
  { images, labels }: ImagePaths,
  preprocessing: ImagePreprocessing,
  stdin?: Readable,
): Promise<Dataset> {
  const paths: ImagePaths = { images: shownPath(images), labels: shownPath(labels) };
  const imageBytes = await readBytes(images, stdin);
  return loadIdxDataset(imageBytes, await readBytes(labels, stdin), paths, preprocessing).data;
}
