/**
 * @file A training table as a file of the cache: a preamble, a JSON header, and the arrays as they lie in memory, so that a
 * file is read by one pass over it and arrays are views on it. Only bytes: which table it is, is tableCache.ts's.
 *
 * Preamble, little-endian: bytes 0-7 "nnttable"; 8-11 CRC-32 of all that follows; 12-15 length of the header;
 * 16-23 length of the file. Then the header, and the arrays, each from a multiple of 64. The machine's own order of
 * bytes is in the arrays, and therefore in the key.
 *
 * Read as possibly damaged, not as hostile: a file whose lengths, CRC-32 and key fit is what `tableBytes` wrote, since it lies
 * in a folder that only its owner may write to.
 */
import zlib from "node:zlib";
import { DataError } from "../../errors.ts";
import type { Dataset } from "../dataset.ts";
import type { Reject } from "../rejects.ts";
import type { TrainingTable } from "../trainingTable.ts";

/** To be raised when what follows the preamble changes. */
export const TABLE_FILE_VERSION = 2;

const MAGIC = "nnttable";
const [CRC_AT, HEADER_LENGTH_AT, FILE_LENGTH_AT, PREAMBLE_BYTES] = [8, 12, 16, 24];
const CRC_FROM = CRC_AT + 4;
const ALIGNMENT = 64; // a cache line
const WORD_BYTES = 4; // all arrays are of float32 or uint32

/** Node 20 has CRC-32 from 20.15 on; without it there is no cache. */
export const canCheck = typeof zlib.crc32 === "function";

/** Lengths in elements, in the order in which they lie; null for one that is not there. */
type Lengths = readonly (number | null)[];
type Words = Float32Array | Uint32Array;

interface Header extends Omit<TrainingTable, "data" | "rows" | "weights" | "rejects"> {
  readonly key: string;
  readonly data: Pick<Dataset, "rows" | "inputs" | "denseWidth" | "scale" | "codeWidth">;
  readonly rejects: readonly (Omit<Reject, "error"> & { readonly kind: string; readonly message: string })[];
  readonly lengths: Lengths;
}

/** In the order in which they lie; null for one that is not there. */
function wordsOf({ data, rows, weights }: TrainingTable): (Words | null)[] {
  const { dense, codes, labels } = data;
  if (!(dense instanceof Float32Array)) throw new Error("internal: a table's numbers are float32");
  return [dense, codes, labels, rows.train, rows.validation, rows.test, weights];
}

/** The least that the file of a table can be long: the bytes of its arrays. */
export function leastBytes(table: TrainingTable): number {
  return wordsOf(table).reduce((sum, array) => sum + (array?.byteLength ?? 0), 0);
}

/** The parts of the file of a table, to be written one after the other; its arrays are not copied. */
export function tableBytes(key: string, table: TrainingTable): Uint8Array[] {
  const { data, rows: _rows, weights: _weights, rejects, ...rest } = table;
  const { dense: _dense, codes: _codes, labels: _labels, ...shape } = data;
  const arrays = wordsOf(table);
  const header: Header = {
    ...rest,
    key,
    data: shape,
    rejects: rejects.map(({ error, ...place }) => ({ ...place, kind: error.kind, message: error.message })),
    lengths: arrays.map((array) => array?.length ?? null),
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const preamble = Buffer.alloc(PREAMBLE_BYTES);
  const parts: Uint8Array[] = [preamble, text];
  let length = PREAMBLE_BYTES + text.length;
  for (const array of arrays) {
    if (array === null) continue;
    const gap = aligned(length) - length;
    parts.push(new Uint8Array(gap), new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    length += gap + array.byteLength;
  }
  preamble.write(MAGIC, "latin1");
  preamble.writeUInt32LE(text.length, HEADER_LENGTH_AT);
  preamble.writeBigUInt64LE(BigInt(length), FILE_LENGTH_AT);
  const [, ...checked] = parts;
  const crc = checked.reduce((sum, part) => crcOf(part, sum), crcOf(preamble.subarray(CRC_FROM), 0));
  preamble.writeUInt32LE(crc, CRC_AT);
  return parts;
}

/** Reads `length` bytes of a file into `bytes` from `at` on; gives how many came. */
export type ReadInto = (bytes: Uint8Array, at: number, length: number) => number;

const CHUNK_BYTES = 1 << 18; // what is checked while it is still in the processor's cache: 38 ms for 62 ms in one piece

/**
 * The table in a file of `length` bytes, or null if it is not the whole, undamaged file of this key. The arrays are views
 * on one buffer.
 */
export function readTableFile(key: string, length: number, read: ReadInto): TrainingTable | null {
  if (length < PREAMBLE_BYTES) return null;
  const bytes = Buffer.allocUnsafeSlow(length); // a buffer of its own, so that offsets in the file are offsets in it
  let crc = 0;
  for (let at = 0; at < length; at += CHUNK_BYTES) {
    const wanted = Math.min(CHUNK_BYTES, length - at);
    if (read(bytes, at, wanted) !== wanted) return null;
    if (at === 0 && !isWhole(bytes, length)) return null;
    crc = crcOf(bytes.subarray(at === 0 ? CRC_FROM : at, at + wanted), crc);
  }
  if (bytes.readUInt32LE(CRC_AT) !== crc) return null;
  const headerEnd = PREAMBLE_BYTES + bytes.readUInt32LE(HEADER_LENGTH_AT);
  const header: Header = JSON.parse(bytes.toString("utf8", PREAMBLE_BYTES, headerEnd));
  return header.key === key ? tableOf(header, arraysOf(bytes.buffer, headerEnd, header.lengths)) : null;
}

/** Whether the start of a file says that it is one of ours, and of this length. */
function isWhole(bytes: Buffer, length: number): boolean {
  return (
    bytes.toString("latin1", 0, MAGIC.length) === MAGIC &&
    bytes.readBigUInt64LE(FILE_LENGTH_AT) === BigInt(length) &&
    PREAMBLE_BYTES + bytes.readUInt32LE(HEADER_LENGTH_AT) <= length
  );
}

/** Where each array of `lengths` lies behind the header; null for one that is not there. */
function arraysOf(buffer: ArrayBufferLike, headerEnd: number, lengths: Lengths): (Uint32Array | null)[] {
  let at = headerEnd;
  return lengths.map((length) => {
    if (length === null) return null;
    const begin = aligned(at);
    at = begin + length * WORD_BYTES;
    return new Uint32Array(buffer, begin, length);
  });
}

function tableOf(header: Header, arrays: readonly (Uint32Array | null)[]): TrainingTable {
  const { key: _key, lengths: _lengths, data, rejects, ...rest } = header;
  const [dense, codes, labels, train, validation, test, weights] = arrays;
  return {
    ...rest,
    data: { ...data, dense: floats(dense!), codes: codes!, labels: labels! },
    rows: { train: train!, validation: validation!, test: test! },
    weights: weights ? floats(weights) : null,
    rejects: rejects.map(({ kind, message, ...place }) => ({
      ...place,
      error: new DataError(kind, message),
    })),
  };
}

function floats({ buffer, byteOffset, length }: Words): Float32Array {
  return new Float32Array(buffer, byteOffset, length);
}

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

function crcOf(bytes: Uint8Array, before: number): number {
  return bytes.length === 0 ? before : zlib.crc32(bytes, before); // of no bytes zlib gives 0, whatever came before
}
