/** Several batches in one call give the bits of the same batches one by one, and the sums that the trainer needs. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Backend, Batch, StepSums } from "../../src/backend/backend.ts";
import { MAX_STEPS, stepsOfACall } from "../../src/backend/backend.ts";
import { createReferenceBackend } from "../../src/backend/reference.ts";
import { strokes } from "../../src/backend/wasm/measure.ts";
import { createWasmBackend, WasmNetwork } from "../../src/backend/wasm/network.ts";
import type { Dataset } from "../../src/data/dataset.ts";
import { randomDataset, randomParameters, setUp, testRandom } from "../support/networks.ts";

const RULES = {
  plain: { momentum: 0, weightDecay: 0, nesterov: false },
  nesterov: { momentum: 0.9, weightDecay: 0.01, nesterov: true },
} as const;
const BATCH_SIZE = 48;
const BATCHES = 9;
/** The last batch has 7 rows. */
const ROWS = BATCH_SIZE * (BATCHES - 1) + 7;
/** The batch whose rows weigh nothing, where rows have weights. */
const WEIGHTLESS = 3;
const RATES = Float64Array.from({ length: BATCHES }, (_, s) => 0.1 / (s + 1));

interface Case {
  readonly name: string;
  readonly data: Dataset;
  readonly sizes: readonly number[];
}
const random = testRandom(11);
const images = strokes(4096, 300, 0.19);
const CASES: readonly Case[] = [
  {
    name: "packed rows, wide first layer",
    data: { ...images, labels: images.labels.map((_, i) => i % 7) },
    sizes: [300, 256, 7],
  },
  {
    name: "packed rows, narrow first layer",
    data: { ...images, labels: images.labels.map((_, i) => i % 7) },
    sizes: [300, 40, 256, 7],
  },
  {
    name: "table with one-hot columns",
    data: randomDataset(random, { rows: ROWS, denseWidth: 150, classes: 5, oneHot: [9, 40] }),
    sizes: [199, 300, 33, 5],
  },
];

/** The sums of all batches, and a hash of the parameters after all batches, `atOnce` in a call. */
async function trained(
  backend: Backend,
  { data, sizes }: Case,
  rule: (typeof RULES)[keyof typeof RULES],
  { atOnce, isWeighted }: { atOnce: number; isWeighted: boolean },
) {
  const { network, batch } = setUp(backend, data, sizes, randomParameters(testRandom(12), sizes), BATCH_SIZE);
  if (network instanceof WasmNetwork) await network.untilShared(BATCH_SIZE);
  const rows = weights(data.rows);
  const each: Batch = { ...batch, weights: isWeighted ? backend.createWeights(rows) : null };
  const sums: number[][] = [];
  for (let s = 0; s < BATCHES; s += atOnce) {
    each.first = s * BATCH_SIZE;
    each.count = Math.min(atOnce * BATCH_SIZE, ROWS - each.first);
    const got = network.steps(each, BATCH_SIZE, rule, RATES.subarray(s, s + atOnce));
    sums.push(...sumsOf(got, Math.ceil(each.count / BATCH_SIZE)));
  }
  const hash = createHash("sha256");
  for (let l = 0; l < sizes.length - 1; l++) {
    for (const values of Object.values(network.parameters(l))) hash.update(values);
  }
  return { sums, parameters: hash.digest("hex") };
}

function sumsOf({ losses, weights, hits }: StepSums, count: number): number[][] {
  return Array.from({ length: count }, (_, s) => [losses[s]!, weights[s]!, hits[s]!]);
}

function weights(rows: number): Float32Array {
  const random = testRandom(13);
  return Float32Array.from({ length: rows }, (_, i) =>
    Math.floor(i / BATCH_SIZE) === WEIGHTLESS ? 0 : random() * 2,
  );
}

describe.each(CASES)("$name", (each) => {
  test.each([
    { rule: "plain", isWeighted: false },
    { rule: "plain", isWeighted: true },
    { rule: "nesterov", isWeighted: false },
    { rule: "nesterov", isWeighted: true },
  ] as const)(
    "$rule, weights $isWeighted: 1, 2, 3 and 8 threads, 1, 2, 4 or 9 batches a call",
    async ({ rule, isWeighted }) => {
      const single = await trained(createWasmBackend(), each, RULES[rule], { atOnce: 1, isWeighted });
      for (const threads of [1, 2, 3, 8]) {
        const backend = createWasmBackend({ threads });
        for (const atOnce of [2, 4, 9]) {
          expect(await trained(backend, each, RULES[rule], { atOnce, isWeighted })).toEqual(single);
        }
        backend.close();
      }
      const reference = await trained(createReferenceBackend(), each, RULES[rule], { atOnce: 4, isWeighted });
      for (const [s, [loss, weight, hits]] of single.sums.entries()) {
        const [wantLoss, wantWeight, wantHits] = reference.sums[s]!;
        expect(Math.abs(loss! - wantLoss!)).toBeLessThan(1e-5 * (1 + wantLoss!));
        expect([weight, hits]).toEqual([wantWeight, wantHits]);
      }
    },
  );
});

test("a batch that weighs nothing is scored, and changes nothing", () => {
  const { data, sizes } = CASES[2]!;
  for (const backend of [createReferenceBackend(), createWasmBackend()]) {
    const { network, batch } = setUp(
      backend,
      data,
      sizes,
      randomParameters(testRandom(12), sizes),
      BATCH_SIZE,
    );
    const before = network.parameters(0);
    const rows = backend.createWeights(weights(data.rows));
    const nothing = { ...batch, weights: rows, first: WEIGHTLESS * BATCH_SIZE, count: BATCH_SIZE };
    const { losses, weights: sums, hits } = network.steps(nothing, BATCH_SIZE, RULES.nesterov, RATES);
    expect([losses[0], sums[0]]).toEqual([0, 0]);
    expect(hits[0]).toBeGreaterThan(0);
    expect(network.parameters(0)).toEqual(before);
  }
});

test.each([16, 17, 2 ** 32, 1e10])("16 rows in batches of %i are one batch", async (batchSize) => {
  const { data, sizes } = CASES[2]!;
  const run = (size: number) => {
    const backend = createWasmBackend();
    const { network, batch } = setUp(
      backend,
      data,
      sizes,
      randomParameters(testRandom(12), sizes),
      BATCH_SIZE,
    );
    const { losses, weights: sums } = network.steps({ ...batch, count: 16 }, size, RULES.plain, RATES);
    return { loss: losses[0], weight: sums[0], after: [losses[1], sums[1]], layer: network.parameters(0) };
  };
  expect(run(batchSize)).toEqual(run(16));
  expect(run(batchSize)).toMatchObject({ weight: 16, after: [0, 0] });
});

test("a call takes some milliseconds, one step at least, and no more than there are sums for", () => {
  expect(stepsOfACall([784, 128, 10], 64)).toBe(10);
  expect(stepsOfACall([784, 1024, 1024, 10], 128)).toBe(1);
  expect(stepsOfACall([4, 3], 1)).toBe(MAX_STEPS);
});
