/**
 * @file Images for a trained model, in chunks as they come: constant memory, and nothing is waited for that is not
 * needed yet. Labels, 1 byte an image, are read whole. Training reads images whole instead: images.ts.
 */
import { Buffer } from "node:buffer";
import type { Readable } from "node:stream";
import { ModelError } from "../errors.ts";
import { shownPath } from "../paths.ts";
import { fileKind } from "../signatures.ts";
import type { Dataset } from "./dataset.ts";
import {
  decodeIdx,
  decodeIdxHeader,
  decodeIdxValues,
  type IdxHeader,
  MAX_IDX_HEADER,
  tooLong,
  truncated,
} from "./idx.ts";
import { checkFits, checkImages, checkKnown, imageRows, labelsOf } from "./images.ts";
import type { ImagePreprocessing } from "./preprocessing.ts";
import { type ReadIo, type ReadProgress, sizeOfFiles } from "./reading.ts";
import { openSource, readBytes } from "./source.ts";

export interface ImageChunk {
  /** its arrays are used again for the next chunk */
  readonly data: Dataset;
  /** index in the file of its first image */
  readonly first: number;
}

export interface ImageStream {
  /** read once; the end of the loop, also an early one, closes the file */
  readonly chunks: AsyncIterable<ImageChunk>;
  /** Closes the file at once; for images that may not be read. */
  close(): void;
}

export interface ImageStreamOptions extends ReadIo {
  /** images per chunk, at least 1 */
  readonly chunkRows: number;
}

/** What a stream needs beside its bytes. */
interface Plan {
  readonly header: IdxHeader;
  readonly preprocessing: ImagePreprocessing;
  /** of every image; empty for images without labels */
  readonly labels: Uint32Array;
  /** for messages */
  readonly path: string;
  readonly chunkRows: number;
  readonly progress: ReadProgress | undefined;
}

/**
 * Opens IDX images ("-": stdin), and reads their labels if there are any. Throws at once what the headers and the labels
 * show: `DataError` as `decodeIdx` and `labelsOf`, `ModelError` for what does not fit the model (NOT_IMAGES,
 * IMAGE_SHAPE, IMAGE_TYPE, UNKNOWN_CLASS). From `chunks`, after the images before it: IDX_TRUNCATED,
 * IDX_TRAILING_BYTES, IDX_NOT_FINITE.
 */
export async function openImages(
  files: { readonly images: string; readonly labels: string | null },
  preprocessing: ImagePreprocessing,
  { chunkRows, stdin, progress }: ImageStreamOptions,
): Promise<ImageStream> {
  progress?.begin([files.images], await sizeOfFiles([files.images]));
  const source = await openSource(files.images, stdin, (count) => progress?.bytes(count));
  try {
    const path = shownPath(files.images);
    const bytes = source[Symbol.asyncIterator]();
    const head = await readHead(bytes);
    checkKind(head, preprocessing, path);
    const header = decodeIdxHeader(head, path);
    const labels = await readLabels(header, files, preprocessing, stdin);
    checkImages(header, path);
    checkFits(header, preprocessing, path);
    const plan: Plan = { header, preprocessing, labels, path, chunkRows, progress };
    return { chunks: chunksOf(prepend(head, bytes), plan), close: () => source.close() };
  } catch (error) {
    source.close();
    throw error;
  }
}

/** Bytes that hold the whole header, if there are so many. */
async function readHead(bytes: AsyncIterator<Buffer>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 4 || head.length < Math.min(4 + 4 * head[3]!, MAX_IDX_HEADER)) {
    const next = await bytes.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  return head;
}

async function* prepend(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield head;
    yield* { [Symbol.asyncIterator]: () => rest };
  } finally {
    await rest.return?.(); // where the reader left at the head, the rest has not been begun
  }
}

/** A table is no damaged image file: what is wrong is the model or the data, not the bytes. */
function checkKind(head: Uint8Array, { shape }: ImagePreprocessing, path: string): void {
  const kind = fileKind(head);
  if (kind !== "text" && kind !== "json") return;
  throw new ModelError(
    "NOT_IMAGES",
    `${path}: is text, but this model was trained on images of ${shape.join(" x ")}: give an IDX file of such images`,
  );
}

async function readLabels(
  header: IdxHeader,
  { images, labels }: { readonly images: string; readonly labels: string | null },
  { classes }: ImagePreprocessing,
  stdin: Readable | undefined,
): Promise<Uint32Array> {
  if (labels === null) return new Uint32Array(0);
  const paths = { images: shownPath(images), labels: shownPath(labels) };
  const values = labelsOf(header, decodeIdx(await readBytes(labels, stdin), paths.labels), paths);
  checkKnown(values, classes, paths.labels);
  return values;
}

async function* chunksOf(source: AsyncIterable<Buffer>, plan: Plan): AsyncGenerator<ImageChunk> {
  const { header, preprocessing, labels, path, chunkRows, progress } = plan;
  const imageBytes = preprocessing.inputs * header.valueBytes;
  // checkFits bounds the size of an image by the model's own, whatever the header says of their number
  const block = Buffer.alloc(Math.min(chunkRows, header.shape[0]!) * imageBytes);
  let first = 0;
  const take = (filled: number): ImageChunk => {
    const rows = Math.floor(filled / imageBytes);
    const values = decodeIdxValues(block.subarray(0, rows * imageBytes), header.type);
    const chunk = {
      first,
      data: imageRows(values, preprocessing, labels.subarray(first, first + rows), { path, first }),
    };
    first += rows;
    progress?.rows(rows);
    return chunk;
  };
  let [position, filled] = [0, 0];
  for await (const bytes of source) {
    const end = Math.min(bytes.length, header.end - position);
    let at = Math.max(0, Math.min(header.start - position, bytes.length));
    while (at < end) {
      const copied = bytes.copy(block, filled, at, end);
      at += copied;
      filled += copied;
      if (filled === block.length) {
        yield take(filled);
        filled = 0;
      }
    }
    position += bytes.length;
    if (position > header.end) break;
  }
  if (filled >= imageBytes) yield take(filled);
  if (position < header.end) throw truncated(header, position, path);
  if (position > header.end) throw tooLong(header, path);
}
