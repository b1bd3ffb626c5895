/**
 * @file What a file obviously is, by its first bytes: the one place that knows magic numbers. Checks nothing; what
 * to say or do about a kind of file is the asker's.
 */

export type FileKind =
  | "gzip"
  | "zip"
  | "png"
  | "npy"
  | "hdf5"
  | "gguf"
  | "pickle"
  | "idx"
  | "safetensors"
  | "json"
  | "text";

const MAGIC: readonly { readonly kind: FileKind; readonly bytes: readonly number[] }[] = [
  { kind: "gzip", bytes: [0x1f, 0x8b] },
  { kind: "zip", bytes: [0x50, 0x4b, 0x03, 0x04] },
  { kind: "png", bytes: [0x89, 0x50, 0x4e, 0x47] },
  { kind: "npy", bytes: [0x93, 0x4e, 0x55, 0x4d] },
  { kind: "hdf5", bytes: [0x89, 0x48, 0x44, 0x46] },
  { kind: "gguf", bytes: [0x47, 0x47, 0x55, 0x46] },
];

/** Type codes of IDX values; 0x0a is none. */
const IDX_TYPES: readonly number[] = [0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e];
const MAX_SAFETENSORS_HEADER = 100_000_000; // the limit of the format's own reader
const HEAD = 512; // bytes that are looked at to tell a text

/**
 * The kind of a file that starts with `bytes`, at least 16 of them if it has so many; null when they say nothing.
 * "json" is a text that starts with an object, a list or a comment; "text" is any other without control characters.
 */
export function fileKind(bytes: Uint8Array): FileKind | null {
  const magic = MAGIC.find((of) => of.bytes.every((byte, i) => bytes[i] === byte));
  if (magic) return magic.kind;
  if (isSafetensors(bytes)) return "safetensors";
  if (bytes[0] === 0 && bytes[1] === 0 && IDX_TYPES.includes(bytes[2] ?? 0)) return "idx";
  if (bytes[0] === 0x80 && (bytes[1] ?? 0xff) <= 5) return "pickle"; // PROTO and its version
  const head = bytes.subarray(0, HEAD);
  // A byte of a UTF-8 sequence is 0x80 or above; a text has no control characters but tab, line feed and return.
  const isText = head.length > 0 && head.every((b) => b >= 0x20 || b === 0x09 || b === 0x0a || b === 0x0d);
  if (!isText) return null;
  return /^\s*(?:\{|\[\s*[[{"\d\]-]|\/\/|\/\*)/.test(new TextDecoder().decode(head)) ? "json" : "text";
}

/** Eight bytes of a plausible header length, then a JSON object. */
function isSafetensors(bytes: Uint8Array): boolean {
  if (bytes.length < 9 || bytes[8] !== 0x7b) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getBigUint64(0, true) <= MAX_SAFETENSORS_HEADER;
}
