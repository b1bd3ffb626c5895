/**
 * @file Rows for a trained model: a table as a stream of encoded chunks in constant memory, an image set whole (as a
 * stream it is imageStream.ts's). Used by eval (labels required), by predict (labels ignored), and for validation or
 * test files in training.
 */
import type { Readable } from "node:stream";
import { DataError, ModelError } from "../errors.ts";
import { shownPath } from "../paths.ts";
import { showList } from "../words.ts";
import { openCsv } from "./csv.ts";
import type { Dataset } from "./dataset.ts";
import {
  asDataset,
  type Chunk,
  createChunk,
  type LabelUse,
  RowEncoder,
  type UnseenCounts,
} from "./encode.ts";
import { Growing } from "./growing.ts";
import { type ImagePaths, loadIdxDataset } from "./images.ts";
import type { ImagePreprocessing, TablePreprocessing } from "./preprocessing.ts";
import type { CsvRecord } from "./records.ts";
import { openSource, readBytes } from "./source.ts";

export interface EvaluationOptions {
  readonly labels: LabelUse;
  /** rows per chunk, at least 1 */
  readonly chunkRows: number;
  /** what "-" reads */
  readonly stdin?: Readable;
}

export interface EvaluationChunk {
  /** its arrays are used again for the next chunk; no labels where they are ignored */
  readonly data: Dataset;
  /** the records of these rows, in the same order: cells as they are in the file */
  readonly records: readonly CsvRecord[];
}

export interface EvaluationCounts {
  /** rows given in chunks */
  rows: number;
  /** rows left out because their label is missing */
  unlabelled: number;
  /** by column: cells whose level training never saw */
  readonly unseen: UnseenCounts;
}

export interface EvaluationData {
  /** columns of the file, "0", "1", … without a header */
  readonly names: readonly string[];
  /** as the model says, or as "auto" found it */
  readonly delimiter: string;
  /** read once; the end of the loop, also an early one, closes the file */
  readonly chunks: AsyncIterable<EvaluationChunk>;
  /** of the chunks given so far */
  readonly counts: EvaluationCounts;
  /** Closes the file at once; for data whose chunks may not be read. */
  close(): void;
}

/**
 * Opens a table ("-": stdin) for a trained model. Throws `DataError` for what is wrong with the file, `ModelError`
 * for what does not fit the model: NOT_A_TABLE, COLUMN_MISSING, COLUMN_COUNT at once, UNKNOWN_CLASS from `chunks`.
 */
export async function openEvaluationData(
  path: string,
  preprocessing: TablePreprocessing,
  options: EvaluationOptions,
): Promise<EvaluationData> {
  const file = shownPath(path);
  const source = await openSource(path, options.stdin);
  const { delimiter, hasHeader: header, missing } = preprocessing;
  const table = await openCsv(source, { file, delimiter, header, missing }).catch((error: unknown) => {
    throw isImages(error) ? notTable(file, preprocessing) : error;
  });
  try {
    const encoder = new RowEncoder(preprocessing, table.names, file, options.labels);
    const counts: EvaluationCounts = { rows: 0, unlabelled: 0, unseen: encoder.unseen };
    const chunks = encodeChunks(table.batches, encoder, preprocessing, options, counts);
    return { names: table.names, delimiter: table.delimiter, chunks, counts, close: () => table.close() };
  } catch (error) {
    table.close();
    throw error;
  }
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

async function* encodeChunks(
  batches: AsyncIterable<readonly CsvRecord[]>,
  encoder: RowEncoder,
  preprocessing: TablePreprocessing,
  options: EvaluationOptions,
  counts: EvaluationCounts,
): AsyncGenerator<EvaluationChunk> {
  const chunk = createChunk(preprocessing, options.chunkRows);
  const hasLabels = options.labels === "required";
  let records: CsvRecord[] = [];
  const flush = (): EvaluationChunk => {
    const full = { data: asDataset(chunk, records.length, preprocessing, hasLabels), records };
    counts.rows += records.length;
    records = [];
    return full;
  };
  for await (const batch of batches) {
    for (const record of batch) {
      if (encoder.encode(record, records.length, chunk)) records.push(record);
      else counts.unlabelled++;
      if (records.length === options.chunkRows) yield flush();
    }
  }
  if (records.length > 0) yield flush();
}

/** A whole table with labels as one data set: a validation or test file. Throws as `openEvaluationData`. */
export async function readEvaluationTable(
  path: string,
  preprocessing: TablePreprocessing,
  stdin?: Readable,
): Promise<{ data: Dataset; counts: EvaluationCounts }> {
  const opened = await openEvaluationData(path, preprocessing, {
    labels: "required",
    chunkRows: 1024,
    ...(stdin === undefined ? {} : { stdin }),
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
