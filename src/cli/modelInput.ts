/**
 * @file What `eval` and `predict` share: rows for a model, in chunks, from a CSV table or IDX images. Reads no
 * model and prints nothing but notes.
 */

import { NO_CLASS } from "../backend/backend.ts";
import { type Dataset, datasetRows } from "../data/dataset.ts";
import { type EvaluationChunk, openEvaluationData, readEvaluationImages } from "../data/evaluate.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import { unlabelledNotes, unseenNotes } from "../data/words.ts";
import { ModelError, UsageError } from "../errors.ts";
import type { Predictions } from "../model/predictor.ts";
import { shownPath } from "../paths.ts";
import { show } from "../words.ts";
import { type Io, inputPath } from "./io.ts";

/** Enough for the kernels and the parser to run at full speed; a few hundred kilobytes for most tables. */
export const CHUNK_ROWS = 1024;

/** One row's cells as they are in the file. */
export type Cells = readonly string[];

export interface InputChunk {
  readonly data: Dataset;
  /** of each row; null for images */
  readonly cells: readonly Cells[] | null;
  /** where a row of the chunk is, for messages: "data.csv:12" */
  place(row: number): string;
}

export interface ModelInput {
  /** columns of the file; null for images */
  readonly names: readonly string[] | null;
  readonly chunks: AsyncIterable<InputChunk>;
  /** Closes the data at once; for input whose chunks may not be read. Twice is fine. */
  close(): void;
  /** one line each, complete once all chunks are read: what was left out or never seen in training */
  notes(): string[];
  /** of the chunks so far: rows left out for want of a label, cells with a value that training never saw */
  counts(): { readonly unlabelled: number; readonly unseen: number };
}

/**
 * Opens DATA for a model. `labels`: whether the label column (CSV) is read; for IDX, the labels file or null.
 * Throws DataError, ModelError, and UsageError when --labels does not go with the model.
 */
export async function openModelInput(
  path: string,
  preprocessing: Preprocessing,
  labels: { readonly required: boolean; readonly file: string | undefined },
  io: Io,
): Promise<ModelInput> {
  const shown = shownPath(inputPath(path, io), io.cwd);
  if (preprocessing.format === "idx") {
    if (labels.required && labels.file === undefined) {
      throw new UsageError(
        "LABELS_MISSING",
        "this model takes IDX images: give their labels with --labels FILE",
      );
    }
    const file = labels.file === undefined ? null : inputPath(labels.file, io);
    if (path === "-" && file === "-") {
      throw new UsageError(
        "STDIN_TWICE",
        'DATA and --labels are both "-": standard input can be only one of them',
      );
    }
    const data = await readEvaluationImages(inputPath(path, io), file, preprocessing, io.stdin);
    return {
      names: null,
      chunks: imageChunks(data, shown),
      close: () => {},
      notes: () => [],
      counts: () => ({ unlabelled: 0, unseen: 0 }),
    };
  }
  if (labels.file !== undefined) {
    throw new UsageError(
      "LABELS_NOT_IDX",
      `--labels is for IDX images: this model reads labels from column ${show(preprocessing.label)}`,
    );
  }
  const table = await openEvaluationData(inputPath(path, io), preprocessing, {
    labels: labels.required ? "required" : "ignored",
    chunkRows: CHUNK_ROWS,
    stdin: io.stdin,
  });
  const { names, counts } = table;
  return {
    names,
    chunks: tableChunks(table.chunks, shown),
    close: () => table.close(),
    notes: () => [...unlabelledNotes(counts.unlabelled, shown), ...unseenNotes(counts.unseen, shown)],
    counts: () => ({
      unlabelled: counts.unlabelled,
      unseen: [...counts.unseen.values()].reduce((sum, cells) => sum + cells, 0),
    }),
  };
}

async function* imageChunks(data: Dataset, file: string): AsyncGenerator<InputChunk> {
  for (let first = 0; first < data.rows; first += CHUNK_ROWS) {
    const chunk = datasetRows(data, first, Math.min(first + CHUNK_ROWS, data.rows));
    yield { data: chunk, cells: null, place: (row) => `${file}, image ${first + row}` };
  }
}

async function* tableChunks(
  chunks: AsyncIterable<EvaluationChunk>,
  file: string,
): AsyncGenerator<InputChunk> {
  for await (const { data, records } of chunks) {
    yield { data, cells: records.map(({ cells }) => cells), place: (row) => `${file}:${records[row]!.line}` };
  }
}

/** The predicted class of a row. Throws ModelError when the model gives no finite probabilities for it. */
export function classOf(predictions: Predictions, row: number, chunk: InputChunk): number {
  const best = predictions.classes[row]!;
  if (best !== NO_CLASS) return best;
  throw new ModelError(
    "NOT_FINITE",
    `${chunk.place(row)}: the model's result is not a number: this row's values are too far from the training data's, or its weights are too large`,
  );
}
