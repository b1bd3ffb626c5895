/**
 * The backend suite: every operation, forward and backward, of every backend against the reference, on sizes that
 * are not multiples of a vector or of a slice, one row, one output, NaN, infinity and huge logits.
 * Bound: a sum of n float32 products with relative rounding 6e-8 each; inputs here are below 2, n is at most 784.
 */
import { describe, expect, test } from "vitest";
import type { Backend, SgdUpdate } from "../../src/backend/backend.ts";
import { createReferenceBackend } from "../../src/backend/reference.ts";
import { createWasmBackend } from "../../src/backend/wasm/network.ts";
import type { Dataset } from "../../src/data/dataset.ts";
import {
  excess,
  forwardBackward,
  randomDataset,
  randomParameters,
  setUp,
  step,
  testRandom,
} from "../support/networks.ts";

const BACKENDS = [
  { name: "reference", create: createReferenceBackend },
  { name: "wasm", create: () => createWasmBackend() },
  { name: "wasm, math fast", create: () => createWasmBackend({ math: "fast" }) },
];
const UPDATE = { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true };

function expectEqual(got: ArrayLike<number>, want: ArrayLike<number>, bound: number): void {
  expect(excess(got, want, bound, bound)).toBeLessThan(1);
}

/** All values that a step makes, compared between the backend and the reference; then two updates. */
function compare(
  dataset: Dataset,
  sizes: number[],
  create: (typeof BACKENDS)[0]["create"],
  seed: number,
): void {
  const parameters = randomParameters(testRandom(seed), sizes);
  const capacity = dataset.rows + (seed % 3);
  const ours = setUp(create(), dataset, sizes, parameters, capacity);
  const reference = setUp(createReferenceBackend(), dataset, sizes, parameters, capacity);
  for (let step = 0; step < 2; step++) {
    for (const { network, batch } of [ours, reference]) forwardBackward(network, batch);
    const n = dataset.rows;
    expectEqual(ours.network.logits(n), reference.network.logits(n), 2e-5);
    expectEqual(ours.network.probabilities(n), reference.network.probabilities(n), 1e-5);
    expectEqual([ours.network.lossSum(n) / n], [reference.network.lossSum(n) / n], 1e-5);
    expect(ours.network.hitSum(n)).toBe(reference.network.hitSum(n));
    for (let l = 0; l < sizes.length - 1; l++) {
      const [got, want] = [ours.network.gradients(l), reference.network.gradients(l)];
      expectEqual(got.weight, want.weight, 1e-5);
      expectEqual(got.bias, want.bias, 1e-5);
      for (const { network, batch } of [ours, reference]) {
        network.linearUpdate(l, batch, UPDATE, 0, sizes[l]!, 0, sizes[l + 1]!);
      }
      const [after, wanted] = [ours.network.parameters(l), reference.network.parameters(l)];
      expectEqual(after.weight, wanted.weight, 1e-5);
      expectEqual(after.bias, wanted.bias, 1e-5);
    }
  }
}

describe.each(BACKENDS)("$name equals reference within 1e-5 (logits 2e-5)", ({ name, create }) => {
  const SIZES = [
    [1, 1, 2],
    [1, 2],
    [3, 5],
    [5, 3, 2],
    [17, 4, 3],
    [4, 16, 3],
    [7, 31, 33, 5],
    [64, 17, 64, 1],
    [9, 100, 41, 26],
    [33, 8, 24, 40],
  ];
  for (const sizes of SIZES) {
    for (const rows of [1, 3, 17, 64]) {
      test(`sizes ${sizes.join("-")}, ${rows} rows`, () => {
        const seed = sizes.length * 100 + rows + sizes[0]!;
        const classes = sizes[sizes.length - 1]!;
        compare(
          randomDataset(testRandom(seed), { rows, denseWidth: sizes[0]!, classes }),
          sizes,
          create,
          seed,
        );
      });
    }
  }

  test("bytes: an image of 784 pixels, scaled by 1/255, 5 rows", () => {
    const dataset = randomDataset(testRandom(5), { rows: 5, denseWidth: 784, classes: 10, bytes: true });
    compare(dataset, [784, 32, 10], create, 5);
  });
  test("bytes: 13 pixels, not a multiple of 8", () => {
    const dataset = randomDataset(testRandom(6), { rows: 7, denseWidth: 13, classes: 4, bytes: true });
    compare(dataset, [13, 9, 4], create, 6);
  });
  test("one-hot columns beside dense ones, some with no input set", () => {
    const dataset = randomDataset(testRandom(7), { rows: 11, denseWidth: 3, classes: 3, oneHot: [4, 1, 9] });
    compare(dataset, [17, 6, 3], create, 7);
  });
  test("one-hot columns alone", () => {
    const dataset = randomDataset(testRandom(8), { rows: 6, denseWidth: 0, classes: 3, oneHot: [5, 2] });
    compare(dataset, [7, 3], create, 8);
  });
  test("1000 classes", () => {
    const dataset = randomDataset(testRandom(9), { rows: 4, denseWidth: 6, classes: 1000 });
    compare(dataset, [6, 12, 1000], create, 9);
  });

  // From 2048 rows on images are packed (src/backend/wasm/data.ts): the lists that training on MNIST reads.
  test.each([
    [13, [10]],
    [130, [33, 10]],
    [300, [65, 95, 7]],
    [784, [96, 40]],
  ])(
    "packed images of %i bytes, layers %j: a batch in the middle of a shuffled order, and the same bits as float32 rows",
    (width, layers) => {
      const random = testRandom(width);
      const rows = 2100;
      const dense = Uint8Array.from({ length: rows * width }, () => (random() < 0.85 ? 0 : random() * 256));
      dense.fill(0, 7 * width, 8 * width); // an empty image
      const bytes = {
        ...randomDataset(random, { rows, denseWidth: width, classes: layers.at(-1)! }),
        dense,
        scale: 1 / 255,
      };
      const floats = {
        ...bytes,
        dense: Float32Array.from(dense, (byte) => byte * Math.fround(1 / 255)),
        scale: 1,
      };
      const sizes = [width, ...layers];
      const parameters = randomParameters(random, sizes);
      const order = Uint32Array.from({ length: rows }, (_, i) => (i * 1009 + 7) % rows);
      const plain = { learningRate: 0.1, momentum: 0, weightDecay: 0, nesterov: false };
      const trained = (backend: Backend, data: Dataset, update: SgdUpdate) => {
        const { network, batch } = setUp(backend, data, sizes, parameters, 70);
        const shuffled = { ...batch, order: backend.createOrder(order) };
        for (const [first, count] of [
          [0, 64],
          [64, 70],
          [2095, 5],
        ] as const) {
          step(network, Object.assign(shuffled, { first, count }), update);
        }
        return { loss: network.lossSum(5), layers: layers.map((_, l) => network.parameters(l)) };
      };
      for (const update of [UPDATE, plain]) {
        const packed = trained(create(), bytes, update);
        const reference = trained(createReferenceBackend(), bytes, update);
        expectEqual([packed.loss], [reference.loss], 1e-4);
        for (const [l, { weight, bias }] of packed.layers.entries()) {
          expectEqual(weight, reference.layers[l]!.weight, 1e-4);
          expectEqual(bias, reference.layers[l]!.bias, 1e-4);
        }
        // the reference scales in float64
        if (name !== "reference") expect(packed).toEqual(trained(create(), floats, update));
      }
    },
  );

  test("logits of plus and minus 1e5: loss is finite and right", () => {
    const dataset = randomDataset(testRandom(10), { rows: 4, denseWidth: 3, classes: 5 });
    const parameters = [{ weight: new Float32Array(15), bias: Float32Array.of(1e5, -1e5, 0, 1e5, -1e5) }];
    const { network, batch } = setUp(
      create(),
      { ...dataset, labels: Uint32Array.of(0, 1, 2, 3) },
      [3, 5],
      parameters,
    );
    forwardBackward(network, batch);
    const tie = Math.log(2); // two classes share the maximum
    expectEqual([network.lossSum(4)], [tie + (2e5 + tie) + (1e5 + tie) + tie], 1e-12);
    expect(network.hitSum(4)).toBe(1);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])("a weight of %s makes the loss not finite", (weight) => {
    const dataset = randomDataset(testRandom(11), { rows: 3, denseWidth: 5, classes: 3 });
    dataset.dense.fill(1);
    const sizes = [5, 4, 3];
    const parameters = randomParameters(testRandom(12), sizes);
    parameters[0]!.weight[7] = weight;
    parameters[1]!.weight.fill(0.5);
    const { network, batch } = setUp(create(), dataset, sizes, parameters);
    forwardBackward(network, batch);
    expect(Number.isFinite(network.lossSum(3))).toBe(false);
    expect(network.finite()).toBe(false);
  });

  test("the derivative of ReLU at 0 is 1", () => {
    // One input 1, one hidden unit with weight and bias 0: its pre-activation is exactly 0.
    const dataset = { ...randomDataset(testRandom(1), { rows: 1, denseWidth: 1, classes: 2 }) };
    dataset.dense[0] = 1;
    dataset.labels[0] = 0;
    const parameters = [
      { weight: Float32Array.of(0), bias: Float32Array.of(0) },
      { weight: Float32Array.of(2, 0), bias: Float32Array.of(0, 0) },
    ];
    const { network, batch } = setUp(create(), dataset, [1, 1, 2], parameters);
    forwardBackward(network, batch);
    expect(network.gradients(0).weight[0]).toBe(-1); // dlogits (-0.5, 0.5) times weights (2, 0)
  });

  test("a bias of -0 and inputs of -0 change no bit of the result", () => {
    const make = (zero: number) => {
      const dataset = randomDataset(testRandom(2), { rows: 2, denseWidth: 2, classes: 2 });
      dataset.dense.set([zero, 1, zero, zero]);
      const parameters = [{ weight: Float32Array.of(1, 2, 3, 4), bias: Float32Array.of(zero, zero) }];
      const { network, batch } = setUp(create(), dataset, [2, 2], parameters);
      forwardBackward(network, batch);
      return [...network.logits(2)];
    };
    expect(make(-0)).toEqual(make(0)); // toEqual tells -0 from 0
  });
});
