/**
 * Batches whose rows weigh differently: PyTorch's values (test/golden/make_weighted.py), numeric gradients, both backends
 * against each other, and what follows from the loss being a weighted mean. That the number of threads changes no bit is in
 * threads.test.ts.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Backend, Batch, LayerParameters, SgdUpdate } from "../../src/backend/backend.ts";
import { createReferenceBackend, ReferenceNetwork } from "../../src/backend/reference.ts";
import { createWasmBackend } from "../../src/backend/wasm/network.ts";
import type { Dataset } from "../../src/data/dataset.ts";
import {
  excess,
  forwardBackward,
  randomDataset,
  randomParameters,
  setUp,
  testRandom,
  updateAll,
} from "../support/networks.ts";

type Tensors = Record<string, number[][] | number[]>;
interface Golden {
  inputs: number[][];
  labels: number[];
  batchSizes: number[];
  sizes: number[];
  initial: Tensors;
  config: SgdUpdate;
  runs: Record<
    string,
    {
      weights: number[];
      first: { loss: number; gradients: Tensors };
      losses: (number | null)[];
      final: Tensors;
    }
  >;
}

const golden = JSON.parse(
  readFileSync(new URL("../golden/weighted.golden.json", import.meta.url), "utf8"),
) as Golden;

function layers(tensors: Tensors): LayerParameters[] {
  return [0, 2].map((l) => ({
    weight: Float32Array.from((tensors[`${l}.weight`] as number[][]).flat()),
    bias: Float32Array.from(tensors[`${l}.bias`] as number[]),
  }));
}

/** setUp with weights. */
function weighted(
  backend: Backend,
  dataset: Dataset,
  sizes: readonly number[],
  parameters: readonly LayerParameters[],
  weights: ArrayLike<number>,
) {
  const { network, batch } = setUp(backend, dataset, sizes, parameters);
  return { network, batch: { ...batch, weights: backend.createWeights(Float32Array.from(weights)) } };
}

function expectGradients(
  network: { gradients(l: number): LayerParameters },
  want: LayerParameters[],
  bound: number,
) {
  for (const [l, { weight, bias }] of want.entries()) {
    const got = network.gradients(l);
    expect(excess(got.weight, weight, bound, bound)).toBeLessThan(1);
    expect(excess(got.bias, bias, bound, bound)).toBeLessThan(1);
  }
}

// Bounds as in golden.test.ts.
const BACKENDS: { name: string; create: () => Backend; rtol: number; lossRtol: number }[] = [
  { name: "reference", create: createReferenceBackend, rtol: 1e-7, lossRtol: 1e-9 },
  { name: "wasm", create: () => createWasmBackend(), rtol: 3e-6, lossRtol: 1e-6 },
  { name: "wasm, math fast", create: () => createWasmBackend({ math: "fast" }), rtol: 3e-6, lossRtol: 1e-6 },
];

describe.each(BACKENDS)("$name", ({ create, rtol, lossRtol }) => {
  const rows = golden.inputs.length;
  const dataset: Dataset = {
    rows,
    inputs: 7,
    dense: Float32Array.from(golden.inputs.flat()),
    denseWidth: 7,
    scale: 1,
    codes: new Uint32Array(0),
    codeWidth: 0,
    labels: Uint32Array.from(golden.labels),
  };

  test.each(Object.entries(golden.runs))(
    `equals PyTorch float64, weights by %s: losses within rtol ${lossRtol}, gradients and weights within ${rtol}`,
    (_, { weights, first, losses, final }) => {
      const { network, batch } = weighted(create(), dataset, golden.sizes, layers(golden.initial), weights);
      const got: (number | null)[] = [];
      for (const count of golden.batchSizes) {
        batch.count = count;
        const sum = network.weightSum(batch);
        if (sum > 0) {
          forwardBackward(network, batch);
          got.push(network.lossSum(count) / sum);
          if (batch.first === 0) expectGradients(network, layers(first.gradients), rtol);
          updateAll(network, batch, golden.config);
        } else {
          got.push(null);
        }
        batch.first += count;
      }
      const finite = (values: (number | null)[]) => values.filter((value) => value !== null);
      expect(got.map((loss) => loss === null)).toEqual(losses.map((loss) => loss === null));
      expect(excess(finite(got), finite(losses), 0, lossRtol)).toBeLessThan(1);
      for (const [l, { weight, bias }] of layers(final).entries()) {
        const { weight: w, bias: b } = network.parameters(l);
        expect(excess(w, weight, rtol, rtol)).toBeLessThan(1);
        expect(excess(b, bias, rtol, rtol)).toBeLessThan(1);
      }
    },
  );

  const sizes = [9, 33, 5];
  const random = testRandom(21);
  const data = randomDataset(random, { rows: 19, denseWidth: 9, classes: 5 });
  const parameters = randomParameters(random, sizes);
  const weights = Float32Array.from({ length: 19 }, (_, i) => (i % 4 === 2 ? 0 : random() * 10));
  /** Loss sum, weight sum and gradients of some rows of the data set. */
  const results = (
    values: ArrayLike<number> | null,
    change: (batch: Batch) => Partial<Batch> = () => ({}),
  ) => {
    const backend = create();
    const { network, batch } =
      values === null
        ? setUp(backend, data, sizes, parameters)
        : weighted(backend, data, sizes, parameters, values);
    const changed = { ...batch, ...change(batch) };
    forwardBackward(network, changed);
    const sums = { loss: network.lossSum(changed.count), hits: network.hitSum(changed.count) };
    return { ...sums, weight: network.weightSum(changed), layers: [0, 1].map((l) => network.gradients(l)) };
  };

  test("weights of 1 are the same bits as no weights", () => {
    expect(results(new Float32Array(19).fill(1))).toEqual(results(null));
  });

  test("only ratios matter: weights times 8 give 8 times the sums, and the same bits in gradients", () => {
    const [once, times8] = [results(weights), results(weights.map((weight) => weight * 8))];
    expect(times8).toEqual({ ...once, loss: once.loss * 8, weight: once.weight * 8 });
  });

  test("they are those of data rows, not of places in the batch", () => {
    const order = Uint32Array.of(0, 0, 17, 4, 2, 9);
    const backend = create();
    const { network, batch } = weighted(backend, data, sizes, parameters, weights);
    const some = { ...batch, order: backend.createOrder(order), first: 2, count: 3 };
    const expected = weights[17]! + weights[4]! + weights[2]!;
    expect(network.weightSum(some)).toBe(expected);
    forwardBackward(network, some);
    const loss = (row: number) => {
      const one = {
        ...some,
        weights: null,
        order: backend.createOrder(Uint32Array.of(row)),
        first: 0,
        count: 1,
      };
      forwardBackward(network, one);
      return network.lossSum(1);
    };
    const sum = network.lossSum(3);
    expect(weights[2]).toBe(0);
    expect(sum).toBe(weights[17]! * loss(17) + weights[4]! * loss(4));
  });

  test("a row of weight 0 changes no gradient, as if it were not there", () => {
    const kept = Uint32Array.from({ length: 19 }, (_, i) => i).filter((row) => weights[row]! > 0);
    const backend = create();
    const { network, batch } = weighted(backend, data, sizes, parameters, weights);
    forwardBackward(network, { ...batch, order: backend.createOrder(kept), count: kept.length });
    const { layers: all, hits } = results(weights);
    expectGradients(network, all, 1e-6);
    expect(hits).toBe(results(null).hits); // but hits count every row
  });

  test("weights that are all 0: no loss, gradients of 0, and sums that say so", () => {
    const { loss, weight, layers: gradients } = results(new Float32Array(19));
    expect([loss, weight]).toEqual([0, 0]);
    for (const { weight: w, bias } of gradients)
      expect([...w, ...bias].every((g) => Math.abs(g) === 0)).toBe(true);
  });

  test("equals reference within 1e-5 on 1 to 64 rows, dense, one-hot and bytes", () => {
    for (const [rowCount, options] of [
      [1, { denseWidth: 3 }],
      [17, { denseWidth: 5, oneHot: [4, 3] }],
      [64, { denseWidth: 40, bytes: true }],
    ] as const) {
      const rng = testRandom(rowCount);
      const set = randomDataset(rng, { rows: rowCount, classes: 7, ...options });
      const widths = [set.inputs, 21, 7];
      const start = randomParameters(rng, widths);
      const values = Float32Array.from({ length: rowCount }, () => rng() * 3 + 0.01);
      const [ours, reference] = [create(), createReferenceBackend()].map((backend) => {
        const { network, batch } = weighted(backend, set, widths, start, values);
        forwardBackward(network, batch);
        return { network, batch };
      }) as [ReturnType<typeof weighted>, ReturnType<typeof weighted>];
      const n = set.rows;
      expect(excess([ours.network.lossSum(n)], [reference.network.lossSum(n)], 1e-5, 1e-5)).toBeLessThan(1);
      expect(ours.network.weightSum(ours.batch)).toBe(reference.network.weightSum(reference.batch));
      expectGradients(
        ours.network,
        [0, 1].map((l) => reference.network.gradients(l)),
        1e-5,
      );
    }
  });
});

test("reference: every gradient of the weighted mean within 1e-7 + 1e-7 |g| of central differences", () => {
  const H = 1e-5; // as in gradcheck.test.ts
  const random = testRandom(1);
  const sizes = [4, 3]; // softmax regression has no kink
  const set = randomDataset(random, { rows: 6, denseWidth: 4, classes: 3 });
  const values = [0.5, 3, 0, 1, 7.25, 0.125];
  const { network, batch } = weighted(
    createReferenceBackend(),
    set,
    sizes,
    randomParameters(random, sizes),
    values,
  );
  if (!(network instanceof ReferenceNetwork))
    throw new Error("the reference backend makes ReferenceNetworks");
  const loss = () => {
    forwardBackward(network, batch);
    return network.lossSum(batch.count) / network.weightSum(batch);
  };
  loss();
  const { w, dw, b, db } = network.layers[0]!;
  for (const [parameters, analytic] of [
    [w, dw.slice()],
    [b, db.slice()],
  ] as const) {
    for (let e = 0; e < parameters.length; e++) {
      const kept = parameters[e]!;
      parameters[e] = kept + H;
      const above = loss();
      parameters[e] = kept - H;
      const below = loss();
      parameters[e] = kept;
      const numeric = (above - below) / (2 * H);
      expect(Math.abs(numeric - analytic[e]!)).toBeLessThan(1e-7 + 1e-7 * Math.abs(analytic[e]!));
    }
  }
});
