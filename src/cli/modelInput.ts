/**
 * @file What `eval` and `predict` share: rows for a model, in chunks, from a CSV table or IDX images. Reads no
 * model and prints nothing but notes.
 */
import { type Dataset, datasetRows } from "../data/dataset.ts";
import { type EvaluationChunk, openEvaluationData, readEvaluationImages } from "../data/evaluate.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import { ModelError, UsageError } from "../errors.ts";
import { mostProbable } from "../model/predictor.ts";
import { shownPath } from "../paths.ts";
import type { Io } from "./io.ts";
import { plural } from "./report/format.ts";

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
  /** one line each, complete once all chunks are read: what was left out or never seen in training */
  notes(): string[];
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
  if (preprocessing.format === "idx") {
    if (labels.required && labels.file === undefined) {
      throw new UsageError(
        "LABELS_MISSING",
        "this model takes IDX images: give their labels with --labels FILE",
      );
    }
    const data = await readEvaluationImages(path, labels.file ?? null, preprocessing, io.stdin);
    return { names: null, chunks: imageChunks(data, shownPath(path, io.cwd)), notes: () => [] };
  }
  if (labels.file !== undefined) {
    const column = JSON.stringify(preprocessing.label);
    throw new UsageError(
      "LABELS_NOT_IDX",
      `--labels is for IDX images: this model reads labels from column ${column}`,
    );
  }
  const options = { labels: labels.required ? "required" : "ignored", chunkRows: CHUNK_ROWS } as const;
  const table = await openEvaluationData(path, preprocessing, {
    ...options,
    delimiter: "auto",
    stdin: io.stdin,
  });
  return {
    names: table.names,
    chunks: tableChunks(table.chunks, shownPath(path, io.cwd)),
    notes: () => [
      ...(table.counts.unlabelled > 0
        ? [`${shownPath(path, io.cwd)}: ${plural(table.counts.unlabelled, "row")} without a label left out`]
        : []),
      ...[...table.counts.unseen].map(
        ([column, cells]) =>
          `column ${JSON.stringify(column)}: ${plural(cells, "cell")} with a value that training never saw`,
      ),
    ],
  };
}

async function* imageChunks(data: Dataset, file: string): AsyncGenerator<InputChunk> {
  for (let first = 0; first < data.rows; first += CHUNK_ROWS) {
    const chunk = datasetRows(data, first, Math.min(first + CHUNK_ROWS, data.rows));
    yield { data: chunk, cells: null, place: (row) => `${file}, image ${first + row}` };
  }
}

async function* tableChunks(
  chunks: AsyncGenerator<EvaluationChunk>,
  file: string,
): AsyncGenerator<InputChunk> {
  for await (const { data, records } of chunks) {
    yield { data, cells: records.map(({ cells }) => cells), place: (row) => `${file}:${records[row]!.line}` };
  }
}

/** The most probable class of a row. Throws ModelError when the model gives no finite probabilities for it. */
export function classOf(
  probabilities: ArrayLike<number>,
  row: number,
  classes: number,
  chunk: InputChunk,
): number {
  const best = mostProbable(probabilities, row, classes);
  if (best >= 0) return best;
  throw new ModelError(
    "NOT_FINITE",
    `${chunk.place(row)}: the model's result is not a number: this row's values are too far from the training data's, or its weights are too large`,
  );
}
