/**
 * @file What `eval` and `predict` share: rows for a model, in chunks, from a CSV table or IDX images. Reads no
 * model and prints nothing but notes.
 */

import { basename } from "node:path";
import { NO_CLASS } from "../backend/backend.ts";
import type { Dataset } from "../data/dataset.ts";
import {
  type EvaluationChunk,
  type EvaluationTotals,
  evaluationNotes,
  openEvaluationData,
  totalsOf,
} from "../data/evaluate.ts";
import { namedFiles } from "../data/files.ts";
import { findImageFolder, labelsBeside, testFiles } from "../data/imageFolder.ts";
import { type ImageChunk, openImages } from "../data/imageStream.ts";
import type { ImagePreprocessing, Preprocessing } from "../data/preprocessing.ts";
import type { ReadProgress } from "../data/reading.ts";
import { noRowLeft } from "../data/rejects.ts";
import { type DataError, ModelError, UsageError } from "../errors.ts";
import type { Predictions } from "../model/predictor.ts";
import { shownPath } from "../paths.ts";
import { show } from "../words.ts";
import { type Io, inputPath } from "./io.ts";

/** Enough for the kernels and the parser to run at full speed; a few hundred kilobytes for most tables. */
export const CHUNK_ROWS = 1024;

export interface InputChunk {
  /** the rows that can be used */
  readonly data: Dataset;
  /** for each row of the file: its place in `data`, or -1 where it cannot be used */
  readonly places: Int32Array;
  /** a cell of a kept column, by row of the file */
  text(column: number, row: number): string;
  /** of images: index in the file of the chunk's first one, from 0; null for a table */
  readonly first: number | null;
  /** where a row of the file is, for messages: "data.csv:12" */
  place(row: number): string;
}

export interface ModelInput {
  /** columns of the file; null for images */
  readonly names: readonly string[] | null;
  /** Before chunks are read: they shall have the text of this column. */
  keep(column: number): void;
  readonly chunks: AsyncIterable<InputChunk>;
  /** Closes the data at once; for input whose chunks may not be read. Twice is fine. */
  close(): void;
  /** one line each, complete once all chunks are read: what was left out or never seen in training */
  notes(): string[];
  /** Why no row could be used; for input of which none could. */
  noRowLeft(): DataError;
  /** of the chunks so far */
  counts(): EvaluationTotals;
}

/** What DATA of the command line stands for. */
export interface NamedData {
  /** absolute, or "-" */
  readonly path: string;
  /** the same, or the files that match it where it is a pattern, which are one table */
  readonly paths: readonly string[];
  /** where DATA is a folder of images: the labels that belong to it, absolute */
  readonly labels: string | null;
  /** one line each: what was decided */
  readonly notes: readonly string[];
}

/**
 * Finds the file of DATA: a folder of images stands for its t10k files, a pattern for the files that match. Throws DataError
 * for any other folder, and a pattern without files.
 */
export async function namedData(data: string, io: Io): Promise<NamedData> {
  const path = inputPath(data, io);
  if (path === "-") return { path, paths: [path], labels: null, notes: [] };
  const paths = await namedFiles(path, data);
  const folder = await findImageFolder(path);
  if (folder === null) return { path, paths, labels: null, notes: [] };
  const { images, labels } = testFiles(folder, path);
  const note = `of the folder ${shownPath(path, io.cwd)} the test images are taken: ${basename(images)}`;
  return { path: images, paths: [images], labels, notes: [note] };
}

/** Whether labels are read; `file`: --labels, for images; what a bad row of a table does, and who reads. */
export interface InputOptions {
  readonly required: boolean;
  readonly file: string | undefined;
  readonly onBadRow: "fail" | "skip";
  /** that may read a large table */
  readonly threads: number;
}

/**
 * Opens DATA for a model. `labels`: whether the label column (CSV) is read; for IDX, the labels file or null.
 * Throws DataError, ModelError, and UsageError when --labels does not go with the model.
 */
export async function openModelInput(
  data: NamedData,
  preprocessing: Preprocessing,
  labels: InputOptions,
  io: Io,
  progress?: ReadProgress,
): Promise<ModelInput> {
  const { path } = data;
  const shown = shownPath(path, io.cwd);
  if (preprocessing.format === "idx") return openImageInput(data, preprocessing, labels, io, progress);
  if (labels.file !== undefined) {
    throw new UsageError(
      "LABELS_NOT_IDX",
      `--labels is for IDX images: this model reads labels from column ${show(preprocessing.label)}`,
    );
  }
  const table = await openEvaluationData(data.paths, preprocessing, {
    labels: labels.required ? "required" : "ignored",
    chunkRows: CHUNK_ROWS,
    onBadRow: labels.onBadRow,
    howToSkip: "--on-bad-row skip",
    threads: labels.threads,
    stdin: io.stdin,
    progress,
  });
  const { names, counts } = table;
  return {
    names,
    keep: (column) => table.keep(column),
    chunks: tableChunks(table.chunks),
    close: () => table.close(),
    notes: () => evaluationNotes(counts, shown),
    noRowLeft: () => noRowLeft(shown, counts.rejects, counts.unlabelled),
    counts: () => totalsOf(counts),
  };
}

async function openImageInput(
  data: NamedData,
  preprocessing: ImagePreprocessing,
  labels: InputOptions,
  io: Io,
  progress: ReadProgress | undefined,
): Promise<ModelInput> {
  const files = { images: data.path, labels: await labelFile(data, labels, io) };
  const images = await openImages(files, preprocessing, {
    chunkRows: CHUNK_ROWS,
    stdin: io.stdin,
    progress,
  });
  return {
    names: null,
    keep: () => {},
    chunks: imageChunks(images.chunks, shownPath(data.path, io.cwd)),
    close: () => images.close(),
    notes: () => [...data.notes],
    noRowLeft: () => noRowLeft(shownPath(data.path, io.cwd), { count: 0, first: [] }, 0),
    counts: () => ({ unlabelled: 0, unseen: 0, newlyMissing: 0, rejected: 0 }),
  };
}

/** The labels of images, from --labels or from their folder; null where none are needed. */
async function labelFile(data: NamedData, labels: InputOptions, io: Io): Promise<string | null> {
  if (!labels.required) return null;
  if (labels.file === undefined) {
    if (data.labels !== null) return data.labels;
    const beside = data.path === "-" ? null : await labelsBeside(data.path);
    const example = beside === null ? "FILE" : shownPath(beside, io.cwd);
    throw new UsageError(
      "LABELS_MISSING",
      `this model takes IDX images: give their labels with --labels ${example}`,
    );
  }
  const file = inputPath(labels.file, io);
  if (data.path === "-" && file === "-") {
    throw new UsageError(
      "STDIN_TWICE",
      'DATA and --labels are both "-": standard input can be only one of them',
    );
  }
  return file;
}

async function* imageChunks(chunks: AsyncIterable<ImageChunk>, file: string): AsyncGenerator<InputChunk> {
  for await (const { data, first } of chunks) {
    const places = Int32Array.from({ length: data.rows }, (_, row) => row);
    yield { data, places, text: () => "", first, place: (row) => `${file}, image ${first + row}` };
  }
}

async function* tableChunks(chunks: AsyncIterable<EvaluationChunk>): AsyncGenerator<InputChunk> {
  for await (const chunk of chunks) {
    yield { ...chunk, first: null, place: (row) => `${chunk.file}:${chunk.lines[row]}` };
  }
}

/** The predicted class of a usable row. Throws ModelError when the model gives no finite probabilities for it. */
export function classOf(predictions: Predictions, row: number, chunk: InputChunk): number {
  const best = predictions.classes[chunk.places[row]!]!;
  if (best !== NO_CLASS) return best;
  throw new ModelError(
    "NOT_FINITE",
    `${chunk.place(row)}: the model's result is not a number: this row's values are too far from the training data's, or its weights are too large`,
  );
}
