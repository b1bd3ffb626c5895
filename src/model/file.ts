/**
 * @file The model file: a trained network with all that turns raw rows into its inputs, as one safetensors file
 * that `torch.nn.Sequential.load_state_dict` also takes. Bytes and checks only: writing is src/files.ts's, and
 * what is computed with the weights is network.ts's.
 */

import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { LayerParameters } from "../backend/backend.ts";
import { isErrnoException, ModelError } from "../errors.ts";
import { fileError } from "../files.ts";
import { shownPath } from "../paths.ts";
import { shapeText, show } from "../words.ts";
import { type Description, encodeDescription, parseDescription } from "./metadata.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  firstNotFinite,
  type NamedTensor,
  type Safetensors,
} from "./safetensors.ts";

export type { Description, TrainingScore, TrainingSummary } from "./metadata.ts";

export interface Model extends Description {
  /** sizes.length - 1 of them; layer i maps sizes[i] inputs to sizes[i + 1] outputs */
  readonly layers: readonly LayerParameters[];
}

const METADATA_KEY = "nnt";
const MAX_LISTED = 20; // a language model's file has hundreds of tensors, none of which fits

/**
 * Names of weight and bias of each layer in `torch.nn.Sequential(Linear, ReLU, Linear, …)`: ReLU takes the odd
 * numbers, so layer 1 is "2.weight" and "2.bias".
 */
export function tensorNames(layerCount: number): { readonly weight: string; readonly bias: string }[] {
  return Array.from({ length: layerCount }, (_, i) => ({ weight: `${2 * i}.weight`, bias: `${2 * i}.bias` }));
}

/**
 * The bytes of `model.bin`. Equal models give equal bytes.
 *
 * @throws Error (a bug of the caller) for weights that are not finite, and
 *   for sizes, weights and preprocessing that contradict each other
 */
export function encodeModel(model: Model): Uint8Array {
  const text = encodeDescription(model);
  const shapes = expectedShapes(model.sizes);
  const data = model.layers.flatMap(({ weight, bias }) => [weight, bias]);
  if (data.length !== shapes.length) {
    throw new Error(`internal: ${model.layers.length} layers for sizes ${shapeText(model.sizes)}`);
  }
  const tensors = shapes.map(({ name, shape }, i): NamedTensor => ({ name, shape, data: data[i]! }));
  for (const { name, data } of tensors) {
    if (firstNotFinite(data) >= 0) throw new Error(`internal: ${name} is not finite`);
  }
  return encodeSafetensors(tensors, { [METADATA_KEY]: text });
}

/**
 * Reads the bytes of a model file that may be broken or hostile. Weights are views of `bytes` where it is aligned,
 * so it must not change afterwards.
 *
 * @param path named in messages only
 * @throws ModelError whose `kind` names the way in which the file is wrong
 */
export function decodeModel(bytes: Uint8Array, path: string): Model {
  const file = decodeSafetensors(bytes, path);
  const text = file.metadata.get(METADATA_KEY);
  if (text === undefined) {
    const what =
      "a plain safetensors file, without the classes and preprocessing that nnt stores in its models";
    throw new ModelError(
      "MODEL_PLAIN_SAFETENSORS",
      `${path}: ${what}; it can only be used with train.initFrom`,
    );
  }
  const description = parseDescription(text, path);
  return { ...description, layers: pickLayers(file, path, description.sizes) };
}

/**
 * The weights alone, from any safetensors file with the right names and shapes, ours or one that PyTorch wrote
 * (`initFrom`).
 *
 * @param sizes layer widths that are expected, input first
 * @throws ModelError that lists every tensor that is missing, has another shape or is not expected
 */
export function decodeWeights(bytes: Uint8Array, path: string, sizes: readonly number[]): LayerParameters[] {
  return pickLayers(decodeSafetensors(bytes, path), path, sizes);
}

/**
 * Reads a model file.
 *
 * @throws ModelError when there is no such file, it is a folder, or its content is wrong
 * @throws SystemError when it cannot be read
 */
export async function readModel(path: string): Promise<Model> {
  return decodeModel(await readModelBytes(path), shownPath(path));
}

/** As `readModel`, but the bytes as they are: for `decodeWeights`. */
export async function readModelBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw await readError(error, path);
  }
}

async function readError(error: unknown, path: string): Promise<unknown> {
  // A RangeError of Node's own, without a system call
  if (error instanceof Error && "code" in error && error.code === "ERR_FS_FILE_TOO_LARGE") {
    return new ModelError(
      "MODEL_TOO_LARGE",
      `${shownPath(path)}: the file is larger than 2 GiB, which nnt does not read`,
    );
  }
  if (!isErrnoException(error)) return error;
  if (error.code === "ENOENT" || error.code === "ENOTDIR") {
    return new ModelError(
      "MODEL_NOT_FOUND",
      `${shownPath(path)}: no such model file; \`nnt train\` writes one to its run folder`,
    );
  }
  if (error.code !== "EISDIR") return fileError(error, "read", path);
  const inside = join(path, "model.bin");
  const hint = (await stat(inside).catch(() => null)) ? `; did you mean ${shownPath(inside)}?` : "";
  return new ModelError(
    "MODEL_IS_FOLDER",
    `${shownPath(path)}: this is a folder, expected a model file${hint}`,
  );
}

/** Names and shapes of the tensors of a network, in file order. */
function expectedShapes(sizes: readonly number[]): { name: string; shape: number[] }[] {
  return tensorNames(sizes.length - 1).flatMap(({ weight, bias }, i) => {
    const [inputs, outputs] = [sizes[i]!, sizes[i + 1]!];
    return [
      { name: weight, shape: [outputs, inputs] },
      { name: bias, shape: [outputs] },
    ];
  });
}

function pickLayers({ tensors }: Safetensors, path: string, sizes: readonly number[]): LayerParameters[] {
  const expected = expectedShapes(sizes);
  const names = new Set(expected.map(({ name }) => name));
  const problems: string[] = [];
  for (const { name, shape } of expected) {
    const got = tensors.get(name);
    if (!got) problems.push(`${name}: missing, expected ${shapeText(shape)}`);
    else if (got.shape.join() !== shape.join()) {
      problems.push(`${name}: got ${shapeText(got.shape)}, expected ${shapeText(shape)}`);
    }
  }
  for (const { name, shape } of tensors.values()) {
    if (!names.has(name)) problems.push(`${show(name)}: got ${shapeText(shape)}, expected no such tensor`);
  }
  if (problems.length > 0) throw new ModelError("MODEL_TENSORS", listing(problems, path, sizes));
  return tensorNames(sizes.length - 1).map(({ weight, bias }) => ({
    weight: tensors.get(weight)!.data,
    bias: tensors.get(bias)!.data,
  }));
}

function listing(problems: readonly string[], path: string, sizes: readonly number[]): string {
  const listed = problems.slice(0, MAX_LISTED).map((problem) => `  ${problem}`);
  if (problems.length > MAX_LISTED) listed.push(`  and ${problems.length - MAX_LISTED} more`);
  const network = `a ${sizes.join("-")} network, named as torch.nn.Sequential names them`;
  return [`${path}: the tensors are not those of ${network}:`, ...listed].join("\n");
}
