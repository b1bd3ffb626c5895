/**
 * @file Small models and hand-made safetensors bytes for the tests of model files.
 */
import type { TablePreprocessing } from "../../src/data/preprocessing.ts";
import { ModelError } from "../../src/errors.ts";
import type { Model, TrainingSummary } from "../../src/model/file.ts";

/** The `kind` of the ModelError that `run` throws; anything else it throws goes through, and so does success. */
export function kindOf(run: () => unknown): string {
  return errorOf(run).kind;
}

export function errorOf(run: () => unknown): ModelError {
  try {
    run();
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
  throw new Error("expected a ModelError, but nothing was thrown");
}

/** A safetensors file from its parts: nothing is checked, `header` is taken as it is when it is text or bytes. */
export function safetensorsBytes(header: unknown, data: readonly number[] = []): Uint8Array {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const body = header instanceof Uint8Array ? header : new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + body.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(body.length), true);
  bytes.set(body, 8);
  bytes.set(data, 8 + body.length);
  return bytes;
}

/** Little-endian float32 bytes. */
export function f32(...values: number[]): number[] {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (const [i, value] of values.entries()) view.setFloat32(4 * i, value, true);
  return [...new Uint8Array(view.buffer)];
}

export const TRAINING: TrainingSummary = {
  epochs: 3,
  bestEpoch: 2,
  step: 6,
  batchSize: 4,
  seed: 1,
  optimizer: { name: "sgd", learningRate: 0.01, nesterov: false },
  trainRows: 8,
  train: { loss: 0.5, accuracy: 0.75 },
  validation: null,
};

/** Five inputs: 0 is a number, 1 its missing indicator, 2 to 4 a category of three levels. */
export const TABLE: TablePreprocessing = {
  format: "csv",
  label: "species",
  classes: ["no", "yes"],
  columns: [
    { name: "mass", type: "numeric", input: 0, mean: 4.25, deviation: 0.5, median: 4, missingInput: 1 },
    { name: "island", type: "categorical", firstInput: 2, levels: ["Dream", null, "Île"] },
  ],
  inputs: 5,
  denseWidth: 1,
  delimiter: "auto",
  missing: ["", "NA"],
  hasHeader: true,
  tableWidth: 4,
};

/** A 5-2-2 network on a table; weights are eighths, so exact in float32. */
export function tableModel(): Model {
  return {
    sizes: [5, 2, 2],
    layers: [
      {
        weight: Float32Array.from({ length: 10 }, (_, i) => (i - 4) / 8),
        bias: Float32Array.of(0.125, -0.25),
      },
      { weight: Float32Array.of(1, -1, 0.5, -0), bias: Float32Array.of(0, 3.5) },
    ],
    preprocessing: TABLE,
    training: TRAINING,
  };
}

/** A 4-3 network without hidden layer, on 2 × 2 images. */
export function imageModel(): Model {
  return {
    sizes: [4, 3],
    layers: [{ weight: Float32Array.from({ length: 12 }, (_, i) => i / 4), bias: new Float32Array(3) }],
    preprocessing: { format: "idx", shape: [2, 2], scale: 1 / 255, classes: ["0", "1", "2"], inputs: 4 },
    training: { ...TRAINING, validation: { loss: 1e-9, accuracy: 1 } },
  };
}
