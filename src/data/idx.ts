/**
 * @file The IDX format of MNIST: two zero bytes, a type code, the number of dimensions, each dimension as 32 bits,
 * then the values, all big-endian. Bytes in, typed array out; knows nothing of images, labels or files.
 * The bytes are hostile: everything is checked before anything is allocated.
 */
import { DataError } from "../errors.ts";
import { type FileKind, fileKind } from "../signatures.ts";
import { plural, shapeText } from "../words.ts";

export type IdxType = "u8" | "i8" | "i16" | "i32" | "f32" | "f64";

/** What a file holds. */
export interface IdxForm {
  /** length of each axis, row-major; at least one axis, no axis of length 0 */
  readonly shape: readonly number[];
  readonly type: IdxType;
}

export interface IdxHeader extends IdxForm {
  /** bytes of the header: the values begin there */
  readonly start: number;
  /** bytes of one value */
  readonly valueBytes: number;
  /** bytes of header and values */
  readonly end: number;
}

export type IdxValues = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

export interface IdxArray extends IdxForm {
  /** u8: a view of the file's bytes */
  readonly data: IdxValues;
}

/** Bytes of the longest header: 255 dimensions. */
export const MAX_IDX_HEADER = 4 + 4 * 255;

const TYPES: ReadonlyMap<number, { type: IdxType; size: number }> = new Map([
  [0x08, { type: "u8", size: 1 }],
  [0x09, { type: "i8", size: 1 }],
  [0x0b, { type: "i16", size: 2 }],
  [0x0c, { type: "i32", size: 4 }],
  [0x0d, { type: "f32", size: 4 }],
  [0x0e, { type: "f64", size: 8 }],
]);

/**
 * Decodes a whole IDX file. Throws `DataError`, each way to be wrong with its own kind: those of `decodeIdxHeader`,
 * IDX_TRUNCATED, IDX_TRAILING_BYTES.
 */
export function decodeIdx(bytes: Uint8Array, path: string): IdxArray {
  const header = decodeIdxHeader(bytes, path);
  const { shape, type, start, end } = header;
  if (bytes.length < end) throw truncated(header, bytes.length, path);
  if (bytes.length > end) {
    throw new DataError(
      "IDX_TRAILING_BYTES",
      `${path}: ${plural(bytes.length - end, "byte")} too many from byte ${end} on: ${need(header)}, has ${bytes.length}`,
    );
  }
  return { shape, type, data: decodeIdxValues(bytes.subarray(start), type) };
}

/**
 * Decodes the header of an IDX file from its first bytes: MAX_IDX_HEADER of them, or all there are. Throws `DataError`
 * IDX_TOO_SHORT, IDX_MAGIC, IDX_TYPE, IDX_NO_DIMENSIONS, IDX_ZERO_DIMENSION or IDX_TOO_LARGE.
 */
export function decodeIdxHeader(bytes: Uint8Array, path: string): IdxHeader {
  const fail = (kind: string, text: string): never => {
    throw new DataError(kind, `${path}: ${text}`);
  };
  if (bytes.length < 4) {
    fail(
      "IDX_TOO_SHORT",
      `an IDX file starts with a header of at least 4 bytes, got ${plural(bytes.length, "byte")}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== 0) {
    fail(
      "IDX_MAGIC",
      `not an IDX file: bytes 0 and 1 are ${hex(bytes, 0, 2)}, expected 00 00${looksLike(bytes)}`,
    );
  }
  const known = TYPES.get(bytes[2]!);
  if (known === undefined) {
    const codes = [...TYPES].map(([code, { type }]) => `${hex([code], 0, 1)} ${type}`).join(", ");
    return fail("IDX_TYPE", `byte 2 is the type code ${hex(bytes, 2, 3)}, expected one of ${codes}`);
  }
  const rank = bytes[3]!;
  if (rank === 0) fail("IDX_NO_DIMENSIONS", "byte 3 says 0 dimensions, expected at least 1");
  const start = 4 + 4 * rank;
  if (bytes.length < start) {
    fail(
      "IDX_TOO_SHORT",
      `byte 3 says ${plural(rank, "dimension")}, a header of ${start} bytes, got ${plural(bytes.length, "byte")}`,
    );
  }
  const { type, size } = known;
  const { shape, length } = readShape(view, rank, size, fail);
  return { shape, type, start, valueBytes: size, end: start + length * size };
}

/** The error of a file that ends after `has` bytes, before its values do. */
export function truncated(header: IdxHeader, has: number, path: string): DataError {
  return new DataError(
    "IDX_TRUNCATED",
    `${path}: truncated: ${need(header)}, has ${has} (copy or download it again)`,
  );
}

/** The error of a file that goes on after its values, found before its end. */
export function tooLong(header: IdxHeader, path: string): DataError {
  return new DataError(
    "IDX_TRAILING_BYTES",
    `${path}: bytes too many from byte ${header.end} on: ${need(header)}, has more`,
  );
}

function need({ shape, type, end }: IdxHeader): string {
  return `${shapeText(shape)} of ${type} needs ${end} bytes with the header`;
}

function readShape(
  view: DataView,
  rank: number,
  size: number,
  fail: (kind: string, text: string) => never,
): { shape: number[]; length: number } {
  const shape: number[] = [];
  let length = 1;
  for (let axis = 0; axis < rank; axis++) {
    const dimension = view.getUint32(4 + 4 * axis);
    shape.push(dimension);
    if (dimension === 0)
      fail("IDX_ZERO_DIMENSION", `dimension ${axis} (byte ${4 + 4 * axis}) is 0, expected at least 1`);
    if (length > Number.MAX_SAFE_INTEGER / (dimension * size)) {
      fail(
        "IDX_TOO_LARGE",
        `dimensions ${shapeText(shape)} (up to byte ${8 + 4 * axis}) are more values than can exist`,
      );
    }
    length *= dimension;
  }
  return { shape, length };
}

/** The values that `bytes` are, all of them. u8: a view. */
export function decodeIdxValues(bytes: Uint8Array, type: IdxType): IdxValues {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case "u8":
      return bytes;
    case "i8":
      return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    case "i16":
      return fill(new Int16Array(bytes.length / 2), (i) => view.getInt16(2 * i));
    case "i32":
      return fill(new Int32Array(bytes.length / 4), (i) => view.getInt32(4 * i));
    case "f32":
      return fill(new Float32Array(bytes.length / 4), (i) => view.getFloat32(4 * i));
    case "f64":
      return fill(new Float64Array(bytes.length / 8), (i) => view.getFloat64(8 * i));
  }
}

function fill<T extends Int16Array | Int32Array | Float32Array | Float64Array>(
  values: T,
  read: (i: number) => number,
): T {
  for (let i = 0; i < values.length; i++) values[i] = read(i);
  return values;
}

function hex(bytes: ArrayLike<number>, begin: number, end: number): string {
  const parts: string[] = [];
  for (let i = begin; i < end; i++) parts.push(bytes[i]!.toString(16).padStart(2, "0"));
  return parts.join(" ");
}

/** What a file that is not IDX may be, as a hint. */
const HINTS: Readonly<Partial<Record<FileKind, string>>> = {
  gzip: "this is gzip data inside gzip: decompress it once",
  png: "this looks like a PNG image; nnt reads whole sets as IDX",
  zip: "this looks like a zip archive: unpack it first",
  npy: "this looks like a NumPy .npy file",
  safetensors: "this looks like a model file",
  json: "this looks like a JSON file",
  text: "this looks like text: images and labels are read as IDX, a table with its path as data.train",
};

function looksLike(bytes: Uint8Array): string {
  const kind = fileKind(bytes);
  const hint = kind && HINTS[kind];
  return hint ? ` (${hint})` : "";
}
