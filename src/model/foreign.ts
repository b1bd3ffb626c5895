/**
 * @file What to say of the files that people give for a model by mistake. Not a check of anything: it is asked only
 * after a file has turned out not to be safetensors.
 */
import { type FileKind, fileKind } from "../signatures.ts";

export interface ForeignFile {
  readonly kind: string;
  /** completes "model.bin: this is …" */
  readonly text: string;
}

const FROM_PYTORCH =
  'save the weights with safetensors.torch.save_file(model.state_dict(), "model.safetensors")';
const ORDER = "the model comes before the data on the command line";

const FOREIGN: Readonly<Record<Exclude<FileKind, "safetensors">, ForeignFile>> = {
  zip: { kind: "MODEL_IS_ZIP", text: `a zip archive, as PyTorch's .pt files are; ${FROM_PYTORCH}` },
  pickle: {
    kind: "MODEL_IS_PICKLE",
    text: `a Python pickle, as old PyTorch files are; ${FROM_PYTORCH}`,
  },
  gzip: { kind: "MODEL_IS_GZIP", text: "gzip-compressed; models are not compressed: gunzip it" },
  hdf5: { kind: "MODEL_IS_HDF5", text: "an HDF5 file, as Keras writes; not supported" },
  npy: { kind: "MODEL_IS_NPY", text: "a NumPy array; not supported" },
  gguf: { kind: "MODEL_IS_GGUF", text: "a GGUF file; not supported" },
  png: { kind: "MODEL_IS_PNG", text: "a PNG image, not a model" },
  idx: { kind: "MODEL_IS_IDX", text: `an IDX data file, not a model: ${ORDER}` },
  json: { kind: "MODEL_IS_JSON", text: "a JSON file, not a model; the model file of a run is model.bin" },
  text: { kind: "MODEL_IS_TEXT", text: `a text file, not a model: ${ORDER}` },
};

/** What the file obviously is, by its first bytes; null when they say nothing, or that it is a model. */
export function recognise(bytes: Uint8Array): ForeignFile | null {
  const kind = fileKind(bytes);
  return kind === null || kind === "safetensors" ? null : FOREIGN[kind];
}
