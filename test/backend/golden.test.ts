/** Both backends against PyTorch's float64 values (test/golden/make_training.py, make_loss.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Backend, LayerParameters, SgdUpdate } from "../../src/backend/backend.ts";
import { createReferenceBackend } from "../../src/backend/reference.ts";
import { createWasmBackend } from "../../src/backend/wasm/network.ts";
import type { Dataset } from "../../src/data/dataset.ts";
import { excess, forwardBackward, setUp, updateAll } from "../support/networks.ts";

type Tensors = Record<string, number[][] | number[]>;
interface TrainingGolden {
  inputs: number[][];
  labels: number[];
  batchSizes: number[];
  networks: {
    hidden: number[];
    sizes: number[];
    initial: Tensors;
    first: { logits: number[][]; loss: number; gradients: Tensors };
    optimizers: Record<string, { config: SgdUpdate; losses: number[]; final: Tensors }>;
  }[];
}
interface LossGolden {
  cases: {
    name: string;
    logits: number[][];
    labels: number[];
    rowLosses: number[];
    loss: number;
    gradient: number[][];
  }[];
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../golden/${name}.golden.json`, import.meta.url), "utf8"));
const golden = read("training") as TrainingGolden;
const losses = read("loss") as LossGolden;

function layers(tensors: Tensors, count: number): LayerParameters[] {
  return Array.from({ length: count }, (_, l) => ({
    weight: Float32Array.from((tensors[`${2 * l}.weight`] as number[][]).flat()),
    bias: Float32Array.from(tensors[`${2 * l}.bias`] as number[]),
  }));
}

function denseDataset(rows: number[][], labels: number[]): Dataset {
  const width = rows[0]!.length;
  return {
    rows: rows.length,
    inputs: width,
    dense: Float32Array.from(rows.flat()),
    denseWidth: width,
    scale: 1,
    codes: new Uint32Array(0),
    codeWidth: 0,
    labels: Uint32Array.from(labels),
  };
}

// Bounds. reference: gradients are read back as float32 (rounding 6e-8 relative), losses are float64.
// wasm: sums of at most 32 float32 products and ten steps; each step adds a few rounding errors of 6e-8.
const BACKENDS: { name: string; create: () => Backend; rtol: number; lossRtol: number }[] = [
  { name: "reference", create: createReferenceBackend, rtol: 1e-7, lossRtol: 1e-9 },
  { name: "wasm", create: createWasmBackend, rtol: 3e-6, lossRtol: 1e-6 },
  {
    name: "wasm, math fast",
    create: () => createWasmBackend({ math: "fast" }),
    rtol: 3e-6,
    lossRtol: 1e-6,
  },
];

describe.each(BACKENDS)("$name equals PyTorch float64", ({ create, rtol, lossRtol }) => {
  const dataset = denseDataset(golden.inputs, golden.labels);

  test.each(golden.networks)(`hidden $hidden: logits, loss and gradients within rtol ${rtol}`, (net) => {
    const { network, batch } = setUp(create(), dataset, net.sizes, layers(net.initial, net.sizes.length - 1));
    batch.count = golden.batchSizes[0]!;
    forwardBackward(network, batch);
    expect(excess(network.logits(batch.count), net.first.logits.flat(), 1e-6 * rtol, rtol * 10)).toBeLessThan(
      1,
    );
    expect(excess([network.lossSum(batch.count) / batch.count], [net.first.loss], 0, lossRtol)).toBeLessThan(
      1,
    );
    for (const [l, want] of layers(net.first.gradients, net.sizes.length - 1).entries()) {
      const got = network.gradients(l);
      expect(excess(got.weight, want.weight, rtol, rtol)).toBeLessThan(1);
      expect(excess(got.bias, want.bias, rtol, rtol)).toBeLessThan(1);
    }
  });

  const runs = golden.networks.flatMap((net) =>
    Object.entries(net.optimizers).map(([optimizer, run]) => ({ hidden: net.hidden, optimizer, net, run })),
  );
  test.each(runs)(
    `hidden $hidden, $optimizer: ten losses within rtol ${lossRtol}, final weights within rtol ${rtol}`,
    ({ net, run }) => {
      const count = net.sizes.length - 1;
      const { network, batch } = setUp(create(), dataset, net.sizes, layers(net.initial, count));
      const got: number[] = [];
      for (const rows of golden.batchSizes) {
        batch.count = rows;
        forwardBackward(network, batch);
        got.push(network.lossSum(rows) / rows);
        updateAll(network, batch, run.config);
        batch.first += rows;
      }
      expect(excess(got, run.losses, 0, lossRtol)).toBeLessThan(1);
      for (const [l, want] of layers(run.final, count).entries()) {
        const final = network.parameters(l);
        expect(excess(final.weight, want.weight, rtol, rtol)).toBeLessThan(1);
        expect(excess(final.bias, want.bias, rtol, rtol)).toBeLessThan(1);
      }
    },
  );

  // Logits reach the loss through a layer whose weight is the identity: they are exact.
  test.each(losses.cases)(`softmax-cross-entropy, $name: within rtol ${lossRtol} + 1e-30`, (golden) => {
    const classes = golden.logits[0]!.length;
    const weight = new Float32Array(classes * classes);
    for (let j = 0; j < classes; j++) weight[j * classes + j] = 1;
    const data = denseDataset(golden.logits, golden.labels);
    const parameters = [{ weight, bias: new Float32Array(classes) }];
    const { network, batch } = setUp(create(), data, [classes, classes], parameters);
    forwardBackward(network, batch);
    const rows = data.rows;
    expect(excess([network.lossSum(rows) / rows], [golden.loss], 1e-15, lossRtol)).toBeLessThan(1);
    // db = sum over rows of dlogits; with one row at a time it is the gradient itself
    for (const [i, want] of golden.gradient.entries()) {
      batch.first = i;
      batch.count = 1;
      forwardBackward(network, batch);
      expect(excess([network.lossSum(1)], [golden.rowLosses[i]!], 1e-15, lossRtol)).toBeLessThan(1);
      const scaled = want.map((g) => g * rows);
      expect(excess(network.gradients(0).bias, scaled, 1e-12, 1e-6)).toBeLessThan(1);
    }
  });
});
