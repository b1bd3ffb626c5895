/**
 * @file Two training steps on the machine at hand, against the plain loops in float64 and against the same steps on one
 * thread: what `nnt doctor` runs. The tests in test/backend go much further.
 */
import type { Dataset } from "../data/dataset.ts";
import { createRng } from "../tensor/rng.ts";
import type { Backend, BackendNetwork, Batch, LayerParameters } from "./backend.ts";

const SIZES = [784, 256, 64, 10];
const UPDATE = { learningRate: 0.1, momentum: 0.9, weightDecay: 0.001, nesterov: false };

/** Largest difference of a weight after two steps: float32 against float64; test/backend/reference.test.ts. */
export const MAX_DIFFERENCE = 1e-5;

/** All weights and biases of a network of SIZES after two steps on `data`; `ready` is awaited before the first. */
async function trained(
  backend: Backend,
  data: Dataset,
  ready: (network: BackendNetwork) => Promise<void>,
): Promise<LayerParameters[]> {
  const network = backend.createNetwork({
    sizes: SIZES,
    capacity: data.rows,
    training: true,
    momentum: true,
  });
  const layers = SIZES.slice(1).map((outputs, l) => randomLayer(SIZES[l]!, outputs, l));
  for (const [l, layer] of layers.entries()) network.setParameters(l, layer);
  const order = backend.createOrder(Uint32Array.from({ length: data.rows }, (_, i) => i));
  const batch: Batch = { data: backend.createData(data), order, first: 0, count: data.rows };
  await ready(network);
  for (let step = 0; step < 2; step++) network.step(batch, UPDATE);
  return layers.map((_, l) => network.parameters(l));
}

function randomLayer(inputs: number, outputs: number, l: number): LayerParameters {
  const rng = createRng(l, "self-test");
  const range = Math.sqrt(6 / inputs);
  const weight = Float32Array.from({ length: inputs * outputs }, () => (2 * rng.float() - 1) * range);
  return { weight, bias: new Float32Array(outputs) };
}

export interface SelfTest {
  /** of any weight or bias, between `backend` and `reference` */
  readonly difference: number;
  /** whether `backend` and `alone` agree in every bit */
  readonly sameBits: boolean;
}

/**
 * `backend` on all its threads against `reference` and against `alone`, the same kernels on one thread. `data`: 64 rows of
 * 784 inputs or so. `ready` waits until the backend's threads are up.
 */
export async function selfTest(
  backends: { readonly backend: Backend; readonly alone: Backend; readonly reference: Backend },
  rows: Dataset,
  ready: (network: BackendNetwork) => Promise<void>,
): Promise<SelfTest> {
  const data = { ...rows, labels: Uint32Array.from({ length: rows.rows }, (_, i) => i % 10) };
  const atOnce = async () => {};
  const all = await trained(backends.backend, data, ready);
  const one = await trained(backends.alone, data, atOnce);
  const expected = await trained(backends.reference, data, atOnce);
  const pairs = all.flatMap(({ weight, bias }, l) => [
    { got: weight, alone: one[l]!.weight, reference: expected[l]!.weight },
    { got: bias, alone: one[l]!.bias, reference: expected[l]!.bias },
  ]);
  let difference = 0;
  for (const { got, reference } of pairs) {
    for (const [i, value] of got.entries()) {
      const distance = Math.abs(value - reference[i]!);
      if (!(distance <= difference)) difference = distance; // NaN too
    }
  }
  const sameBits = pairs.every(({ got, alone }) => got.every((value, i) => Object.is(value, alone[i])));
  return { difference, sameBits };
}
