/**
 * @file Training steps on the machine at hand, against the plain loops in float64 and against the same steps on one
 * thread: what `nnt doctor` runs. The tests in test/backend go much further.
 */
import type { Dataset } from "../data/dataset.ts";
import { createRng } from "../tensor/rng.ts";
import type { Backend, Batch, LayerParameters, SgdRule } from "./backend.ts";
import type { WasmBackend } from "./wasm/network.ts";

const SIZES = [784, 96, 64, 10];
const ROWS = 64; // of a batch
/** with one kind of update */
const STEPS = 2;
const LEARNING_RATES = Float64Array.of(0.1, 0.05);
const PLAIN: SgdRule = { momentum: 0, weightDecay: 0, nesterov: false };
/** Two steps of each kind of update; the plain ones last, since they do not keep the velocity from which others start. */
const RULES: readonly SgdRule[] = [{ momentum: 0.9, weightDecay: 0.001, nesterov: true }, PLAIN];

/** Largest difference of a weight after the steps: float32 against float64; as in test/backend/reference.test.ts. */
export const MAX_DIFFERENCE = 1e-5;

export interface SelfTest {
  /** that worked on the steps of `backend` */
  readonly threads: number;
  /** of any weight or bias, between `backend` and `reference` */
  readonly difference: number;
  /** whether `backend` and `alone` agree in every bit */
  readonly sameBits: boolean;
}

/**
 * `backend` on all its threads against `reference` and against `alone`, the same kernels on one thread. `data`: rows of 784
 * inputs, at least four batches.
 */
export async function selfTest(
  backends: { readonly backend: WasmBackend; readonly alone: Backend; readonly reference: Backend },
  data: Dataset,
): Promise<SelfTest> {
  const labelled = { ...data, labels: Uint32Array.from({ length: data.rows }, (_, i) => i % 10) };
  const network = backends.backend.createNetwork(SPEC);
  await network.untilShared(ROWS);
  const all = trained(backends.backend, network, labelled);
  const { alone, reference } = backends;
  const one = trained(alone, alone.createNetwork(SPEC), labelled);
  const expected = trained(reference, reference.createNetwork(SPEC), labelled);
  let difference = 0;
  for (const [i, value] of all.entries()) {
    const distance = Math.abs(value - expected[i]!);
    if (!(distance <= difference)) difference = distance; // NaN too
  }
  const sameBits = all.every((value, i) => Object.is(value, one[i]));
  return { threads: network.threads, difference, sameBits };
}

const SPEC = { sizes: SIZES, capacity: ROWS, training: true, momentum: true };

/** All weights and biases after the steps. */
function trained(
  backend: Backend,
  network: ReturnType<Backend["createNetwork"]>,
  data: Dataset,
): readonly number[] {
  for (let l = 0; l < SIZES.length - 1; l++) {
    network.setParameters(l, randomLayer(SIZES[l]!, SIZES[l + 1]!, l));
  }
  const order = backend.createOrder(Uint32Array.from({ length: data.rows }, (_, i) => data.rows - 1 - i));
  const count = STEPS * ROWS;
  const batch: Batch = { data: backend.createData(data), order, weights: null, first: 0, count };
  for (const rule of RULES) {
    network.steps(batch, ROWS, rule, LEARNING_RATES);
    batch.first += count;
  }
  return SIZES.slice(1).flatMap((_, l) => {
    const { weight, bias } = network.parameters(l);
    return [...weight, ...bias];
  });
}

function randomLayer(inputs: number, outputs: number, l: number): LayerParameters {
  const rng = createRng(l, "self-test");
  const range = Math.sqrt(6 / inputs);
  const weight = Float32Array.from({ length: inputs * outputs }, () => (2 * rng.float() - 1) * range);
  return { weight, bias: new Float32Array(outputs) };
}
