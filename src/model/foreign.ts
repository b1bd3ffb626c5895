/**
 * @file Names the files that people give for a model by mistake, so that the error can say what to do.
 * Not a check of anything: it is asked only after a file has turned out not to be safetensors.
 */

export interface ForeignFile {
  readonly kind: string;
  /** completes "model.bin: this is …" */
  readonly text: string;
}

const FROM_PYTORCH =
  'save the weights with safetensors.torch.save_file(model.state_dict(), "model.safetensors")';
const ORDER = "the model comes before the data on the command line";

const SIGNATURES: readonly (ForeignFile & { readonly magic: readonly number[] })[] = [
  {
    magic: [0x50, 0x4b, 0x03, 0x04],
    kind: "MODEL_IS_ZIP",
    text: `a zip archive, as PyTorch's .pt files are; ${FROM_PYTORCH}`,
  },
  {
    magic: [0x80],
    kind: "MODEL_IS_PICKLE",
    text: `a Python pickle, as old PyTorch files are; ${FROM_PYTORCH}`,
  },
  {
    magic: [0x1f, 0x8b],
    kind: "MODEL_IS_GZIP",
    text: "gzip-compressed; models are not compressed: gunzip it",
  },
  {
    magic: [0x89, 0x48, 0x44, 0x46],
    kind: "MODEL_IS_HDF5",
    text: "an HDF5 file, as Keras writes; not supported",
  },
  { magic: [0x93, 0x4e, 0x55, 0x4d], kind: "MODEL_IS_NPY", text: "a NumPy array; not supported" },
  { magic: [0x47, 0x47, 0x55, 0x46], kind: "MODEL_IS_GGUF", text: "a GGUF file; not supported" },
];

/** What the file obviously is, by its first bytes; null when they say nothing. */
export function recognise(bytes: Uint8Array): ForeignFile | null {
  const signature = SIGNATURES.find(({ magic }) => magic.every((byte, i) => bytes[i] === byte));
  if (signature) return signature;
  if (isIdx(bytes)) return { kind: "MODEL_IS_IDX", text: `an IDX data file, not a model: ${ORDER}` };
  const head = bytes.subarray(0, 512);
  // A byte of a UTF-8 sequence is 0x80 or above; a text has no control characters but tab, line feed and return.
  const isText = head.length > 0 && head.every((b) => b >= 0x20 || b === 0x09 || b === 0x0a || b === 0x0d);
  if (!isText) return null;
  const first = new TextDecoder().decode(head).trimStart()[0];
  return first === "{" || first === "["
    ? { kind: "MODEL_IS_JSON", text: "a JSON file, not a model; the model file of a run is model.bin" }
    : { kind: "MODEL_IS_TEXT", text: `a text file, not a model: ${ORDER}` };
}

/** IDX starts with two zero bytes, a type code and the number of dimensions. */
function isIdx(bytes: Uint8Array): boolean {
  const [a, b, type = 0, dimensions = 0] = bytes;
  return a === 0 && b === 0 && type >= 0x08 && type <= 0x0e && dimensions >= 1 && dimensions <= 4;
}
