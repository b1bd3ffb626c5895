/**
 * @file What `eval` and `predict` share: rows for a model, in chunks, from a CSV table or IDX images. Reads no
 * model and prints nothing but notes.
 */
import { type Dataset, datasetRows } from "../data/dataset.ts";
import { openEvaluationData, readEvaluationImages } from "../data/evaluate.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import { UsageError } from "../errors.ts";
import { shownPath } from "../paths.ts";
import type { Io } from "./io.ts";
import { plural } from "./report/format.ts";

/** Enough for the kernels and the parser to run at full speed; a few hundred kilobytes for most tables. */
export const CHUNK_ROWS = 1024;

/** One row's cells as they are in the file. */
export type Cells = readonly string[];

export interface ModelInput {
  /** columns of the file; null for images */
  readonly names: readonly string[] | null;
  readonly chunks: AsyncIterable<{ readonly data: Dataset; readonly cells: readonly Cells[] | null }>;
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
    return { names: null, chunks: imageChunks(data), notes: () => [] };
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
    chunks: tableChunks(table.chunks),
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

async function* imageChunks(data: Dataset) {
  for (let first = 0; first < data.rows; first += CHUNK_ROWS) {
    yield { data: datasetRows(data, first, Math.min(first + CHUNK_ROWS, data.rows)), cells: null };
  }
}

async function* tableChunks(chunks: Awaited<ReturnType<typeof openEvaluationData>>["chunks"]) {
  for await (const { data, records } of chunks) yield { data, cells: records.map(({ cells }) => cells) };
}
