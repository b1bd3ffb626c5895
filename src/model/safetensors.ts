/**
 * @file The safetensors container: named float32 tensors and a string map, to bytes and back.
 * It knows nothing of networks (that is file.ts) and touches no file. Layout: 8 bytes little-endian header length,
 * a JSON header {name: {dtype, shape, data_offsets}, "__metadata__": {…}}, then the tensors without gaps.
 */
import { ModelError } from "../errors.ts";
import { shapeText, show } from "../words.ts";
import { recognise } from "./foreign.ts";
import { canonicalJson, isObject, parseUntrustedJson } from "./json.ts";

export interface NamedTensor {
  readonly name: string;
  /** lengths per axis, row-major; [] is one number */
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface Safetensors {
  /** by name, in the order of their data */
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  /** empty when the file has none */
  readonly metadata: ReadonlyMap<string, string>;
}

const LENGTH_BYTES = 8;
const MAX_HEADER_BYTES = 100_000_000; // the limit of the format's own reader
const DATA_ALIGNMENT = 64; // a cache line; the format promises 8
const METADATA = "__metadata__";
const BIG_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;

/** A header entry after its own checks: [begin, end) are bytes from the start of the data. */
interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * The bytes of a safetensors file: header keys sorted, data from a multiple of 64, tensors packed in the order
 * given. Equal arguments give equal bytes, whatever the key order of `metadata`.
 *
 * @throws Error (a bug of the caller) for a name given twice or a shape that does not fit its data
 */
export function encodeSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const entries = new Map<string, unknown>();
  let size = 0;
  for (const { name, shape, data } of tensors) {
    if (entries.has(name) || name === METADATA) throw new Error(`internal: two tensors named ${show(name)}`);
    if (elements(shape) !== data.length) {
      throw new Error(`internal: ${name} has shape ${shapeText(shape)} but ${data.length} values`);
    }
    entries.set(name, { dtype: "F32", shape, data_offsets: [size, size + data.byteLength] });
    size += data.byteLength;
  }
  if (Object.keys(metadata).length > 0) entries.set(METADATA, metadata);
  const header = new TextEncoder().encode(canonicalJson(Object.fromEntries(entries)));
  const start = Math.ceil((LENGTH_BYTES + header.length) / DATA_ALIGNMENT) * DATA_ALIGNMENT;
  const bytes = new Uint8Array(start + size).fill(0x20, 0, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - LENGTH_BYTES), true);
  bytes.set(header, LENGTH_BYTES);
  let offset = start;
  for (const { data } of tensors) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  if (BIG_ENDIAN) Buffer.from(bytes.buffer, start).swap32();
  return bytes;
}

/**
 * Reads a safetensors file that may be broken or hostile. Data is not copied where it is aligned, so `bytes` must
 * not change afterwards.
 *
 * @param path named in messages only
 * @throws ModelError whose `kind` names the way in which the file is wrong
 */
export function decodeSafetensors(bytes: Uint8Array, path: string): Safetensors {
  const { header, start } = readHeader(bytes, path);
  const metadata = readMetadata(header[METADATA], path);
  const dataSize = bytes.length - start;
  const entries = Object.keys(header)
    .filter((name) => name !== METADATA)
    .map((name) => readEntry(name, header[name], dataSize, path));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkLayout(entries, dataSize, start, path);
  const tensors = new Map<string, NamedTensor>();
  for (const { name, shape, begin, end } of entries) {
    const data = float32s(bytes, start + begin, start + end);
    const bad = firstNotFinite(data);
    if (bad >= 0) {
      fail(path, "NOT_FINITE", `tensor ${show(name)}: value ${bad} is ${data[bad]}, expected finite numbers`);
    }
    tensors.set(name, { name, shape, data });
  }
  return { tensors, metadata };
}

/** Offset of the first NaN or infinity, or -1. */
export function firstNotFinite(data: Float32Array): number {
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) return i;
  }
  return -1;
}

function fail(path: string, kind: string, message: string): never {
  throw new ModelError(`SAFETENSORS_${kind}`, `${path}: ${message}`);
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** The header as an object of unchecked entries, and the byte at which the data starts. */
function readHeader(
  bytes: Uint8Array,
  path: string,
): { header: Readonly<Record<string, unknown>>; start: number } {
  const start = LENGTH_BYTES + headerLength(bytes, path);
  const where = `the header (bytes ${LENGTH_BYTES} to ${start})`;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(LENGTH_BYTES, start),
    );
  } catch {
    return fail(path, "HEADER_NOT_UTF8", `${where} is not UTF-8 text: the file is damaged or not a model`);
  }
  const json = parseUntrustedJson(text);
  if ("problem" in json) {
    if (json.problem === "duplicate") fail(path, "DUPLICATE_KEY", `${where} has the key ${json.key} twice`);
    if (json.problem === "depth") fail(path, "HEADER_TOO_DEEP", `${where} is nested too deep`);
    return fail(path, "HEADER_NOT_JSON", `${where} is not JSON: the file is damaged or not a model`);
  }
  if (!isObject(json.value) || !text.startsWith("{")) {
    return fail(path, "HEADER_NOT_OBJECT", `${where} starts with ${show(text.slice(0, 10))}, expected "{"`);
  }
  return { header: json.value, start };
}

/** The header's length in bytes, checked against the file before anything of that size is touched. */
function headerLength(bytes: Uint8Array, path: string): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < LENGTH_BYTES ? -1n : view.getBigUint64(0, true);
  const plausible = length <= MAX_HEADER_BYTES && bytes[LENGTH_BYTES] === 0x7b; // "{"
  const foreign = plausible ? null : recognise(bytes);
  if (foreign) throw new ModelError(foreign.kind, `${path}: this is ${foreign.text}`);
  if (length < 0n) {
    const got = bytes.length === 0 ? "the file is empty" : `the file has ${bytes.length} bytes`;
    fail(path, "TOO_SHORT", `${got}, expected at least ${LENGTH_BYTES} (the header's length)`);
  }
  if (length === 0n) fail(path, "HEADER_EMPTY", "the header's length (bytes 0 to 8) is 0");
  if (length > MAX_HEADER_BYTES) {
    const text = `the header's length (bytes 0 to 8) is ${length}, expected at most ${MAX_HEADER_BYTES}`;
    fail(path, "HEADER_TOO_LONG", `${text}: the file is damaged or not a model`);
  }
  const room = bytes.length - LENGTH_BYTES;
  if (length > room) {
    fail(
      path,
      "HEADER_BEYOND_FILE",
      `the header has ${length} bytes but only ${room} follow: the file is cut short`,
    );
  }
  return Number(length);
}

function readMetadata(value: unknown, path: string): Map<string, string> {
  const metadata = new Map<string, string>();
  if (value === undefined) return metadata;
  if (!isObject(value))
    return fail(path, "METADATA", `${METADATA} is ${show(value)}, expected an object of strings`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") {
      return fail(path, "METADATA", `${METADATA}, key ${show(key)}: got ${show(text)}, expected a string`);
    }
    metadata.set(key, text);
  }
  return metadata;
}

/** One header entry, checked by itself; how entries lie beside each other is checkLayout's. */
function readEntry(name: string, value: unknown, dataSize: number, path: string): Entry {
  const where = `tensor ${show(name)}`;
  const keys = isObject(value) ? Object.keys(value).sort().join() : "";
  if (!isObject(value) || keys !== "data_offsets,dtype,shape") {
    return fail(path, "ENTRY", `${where}: got ${show(value)}, expected dtype, shape and data_offsets alone`);
  }
  const { dtype, shape, data_offsets: offsets } = value;
  if (dtype !== "F32") {
    const hint = "convert with tensor.float() before saving";
    return fail(path, "DTYPE", `${where}: dtype ${show(dtype)} is not supported, expected "F32"; ${hint}`);
  }
  if (!isCounts(shape) || !Number.isSafeInteger(elements(shape) * 4)) {
    return fail(
      path,
      "SHAPE",
      `${where}: got shape ${show(shape)}, expected lengths of 0 or more that fit a file`,
    );
  }
  const [begin, end] = isCounts(offsets) ? offsets : [];
  if (begin === undefined || end === undefined || begin > end || (offsets as unknown[]).length !== 2) {
    return fail(
      path,
      "OFFSETS",
      `${where}: got data_offsets ${show(offsets)}, expected [begin, end] in bytes`,
    );
  }
  if (end > dataSize) {
    const text = `data_offsets [${begin}, ${end}] reach past the ${dataSize} bytes of data`;
    return fail(path, "OUT_OF_FILE", `${where}: ${text}: the file is cut short`);
  }
  if (end - begin !== elements(shape) * 4) {
    const text = `shape ${shapeText(shape)} of F32 takes ${elements(shape) * 4} bytes, data_offsets give ${end - begin}`;
    return fail(path, "SIZE", `${where}: ${text}`);
  }
  return { name, shape, begin, end };
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

/** Entries, sorted by position, must cover the data once: no byte twice, none unused. */
function checkLayout(entries: readonly Entry[], dataSize: number, start: number, path: string): void {
  let end = 0;
  let last = "the header";
  for (const entry of entries) {
    const where = `tensor ${show(entry.name)} starts at byte ${start + entry.begin}`;
    if (entry.begin < end) fail(path, "OVERLAP", `${where}, inside ${last}, which ends at ${start + end}`);
    if (entry.begin > end) fail(path, "HOLE", `${where}, but ${last} ends at ${start + end}`);
    end = entry.end;
    last = `tensor ${show(entry.name)}`;
  }
  if (end < dataSize) {
    const text = `${dataSize - end} bytes after the end of ${last} at byte ${start + end}`;
    fail(path, "TRAILING_BYTES", `got ${text}, expected none`);
  }
}

/** Bytes [begin, end) as numbers: a view where the platform allows one, else a copy. */
function float32s(bytes: Uint8Array, begin: number, end: number): Float32Array {
  const offset = bytes.byteOffset + begin;
  if (offset % 4 === 0 && !BIG_ENDIAN) return new Float32Array(bytes.buffer, offset, (end - begin) / 4);
  const copy = new Uint8Array(bytes.subarray(begin, end)); // not slice(), which copies nothing on a Buffer
  if (BIG_ENDIAN) Buffer.from(copy.buffer).swap32();
  return new Float32Array(copy.buffer);
}
