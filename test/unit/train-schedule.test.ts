/** The learning rate's schedule: against PyTorch's LinearLR (test/golden/make_schedule.py), and the trainer that follows it. */
import { readFileSync } from "node:fs";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { LayerParameters } from "../../src/backend/backend.ts";
import { createReferenceBackend } from "../../src/backend/reference.ts";
import { createWasmBackend } from "../../src/backend/wasm/network.ts";
import type { EpochEvent } from "../../src/log/events.ts";
import { Network } from "../../src/model/network.ts";
import { learningRateAt } from "../../src/train/schedule.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { excess } from "../support/networks.ts";

type Tensors = Record<string, number[][] | number[]>;
interface TrainingGolden {
  inputs: number[][];
  labels: number[];
  networks: { sizes: number[]; initial: Tensors }[];
}
interface ScheduleGolden {
  epochs: number;
  config: { learningRate: number; momentum: number; weightDecay: number };
  rates: number[];
  networks: { hidden: number[]; losses: number[]; final: Tensors }[];
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../golden/${name}.golden.json`, import.meta.url), "utf8"));
const { inputs, labels, networks } = read("training") as TrainingGolden;
const golden = read("schedule") as ScheduleGolden;
const linear = { name: "linear" } as const;

function layers(tensors: Tensors): LayerParameters[] {
  return Array.from({ length: Object.keys(tensors).length / 2 }, (_, l) => ({
    weight: Float32Array.from((tensors[`${2 * l}.weight`] as number[][]).flat()),
    bias: Float32Array.from(tensors[`${2 * l}.bias`] as number[]),
  }));
}

test("linear is PyTorch's LinearLR within 1e-13 (it multiplies step by step), constant the rate itself", () => {
  const { rates, config } = golden;
  const got = rates.map((_, step) => learningRateAt(linear, config.learningRate, step, rates.length));
  expect(excess(got, rates, 1e-13, 0)).toBeLessThan(1);
  expect(got[0]).toBe(config.learningRate);
  expect(learningRateAt({ name: "constant" }, 0.3, 7, 9)).toBe(0.3);
});

const ROWS = inputs.length;
const BATCH_SIZE = 6;
const dataset = {
  rows: ROWS,
  inputs: inputs[0]!.length,
  dense: Float32Array.from(inputs.flat()),
  denseWidth: inputs[0]!.length,
  scale: 1,
  codes: new Uint32Array(0),
  codeWidth: 0,
  labels: Uint32Array.from(labels),
};

/** The epochs of training in file order, and the weights at the end. `weights`: of the rows. */
async function trained(backend: "reference" | "wasm", network: number, weights: Float32Array | null) {
  const { sizes, initial } = networks[network]!;
  const { epochs, config } = golden;
  const train = { data: dataset, rows: Uint32Array.from(labels, (_, row) => row), weights };
  const trainer = new Trainer(
    backend === "wasm" ? createWasmBackend() : createReferenceBackend(),
    { train, validation: null, test: null },
    { ...config, nesterov: false, schedule: linear, epochs, batchSize: BATCH_SIZE, shuffle: false, seed: 1 },
    sizes,
    () => layers(initial),
  );
  const seen: EpochEvent[] = [];
  for await (const event of trainer.run()) if (event.type === "epoch") seen.push(event);
  return { seen, layers: trainer.best!.layers };
}

// Bounds as in test/backend/golden.test.ts, for three times as many steps.
describe.each([
  { backend: "reference", rtol: 3e-7, lossRtol: 3e-9 },
  { backend: "wasm", rtol: 1e-5, lossRtol: 3e-6 },
] as const)("three epochs, $backend against PyTorch float64", ({ backend, rtol, lossRtol }) => {
  test.each(golden.networks.map((want, network) => ({ hidden: want.hidden, want, network })))(
    `hidden $hidden: losses within rtol ${lossRtol}, final weights within ${rtol}`,
    async ({ want, network }) => {
      const { seen, layers: final } = await trained(backend, network, null);
      const losses = seen.map(({ train }) => train.loss);
      expect(excess(losses, want.losses, 0, lossRtol)).toBeLessThan(1);
      for (const [l, { weight, bias }] of layers(want.final).entries()) {
        expect(excess(final[l]!.weight, weight, rtol, rtol)).toBeLessThan(1);
        expect(excess(final[l]!.bias, bias, rtol, rtol)).toBeLessThan(1);
      }
    },
  );
});

test("learning rates, an epoch's and each step's, count batches that weigh nothing", async () => {
  const { steps } = Network.prototype;
  const applied: number[] = [];
  const spy = vi.spyOn(Network.prototype, "steps").mockImplementation(function (this: Network, ...args) {
    const sums = steps.apply(this, args);
    const [{ count }, batchSize, , learningRates] = args;
    const batches = Math.ceil(count / batchSize);
    applied.push(...learningRates.slice(0, batches).filter((_, batch) => sums.weights[batch]! > 0));
    return sums;
  });
  onTestFinished(() => spy.mockRestore());
  const weights = new Float32Array(ROWS).fill(1);
  weights.fill(0, 0, 2 * BATCH_SIZE);
  const perEpoch = Math.ceil(ROWS / BATCH_SIZE);
  for (const each of [null, weights]) {
    applied.length = 0;
    const { seen } = await trained("wasm", 0, each);
    expect(seen.map(({ step }) => step)).toEqual(
      [1, 2, 3].map((epoch) => epoch * (perEpoch - (each ? 2 : 0))),
    );
    const stepRates = golden.rates.filter((_, batch) => each === null || batch % perEpoch >= 2);
    expect(applied).toHaveLength(stepRates.length);
    expect(excess(applied, stepRates, 1e-13, 0)).toBeLessThan(1);
    const rates = [0, perEpoch, 2 * perEpoch].map((step) => golden.rates[step]!);
    expect(
      excess(
        seen.map(({ learningRate }) => learningRate),
        rates,
        1e-13,
        0,
      ),
    ).toBeLessThan(1);
  }
});
