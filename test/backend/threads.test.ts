/** Any number of threads gives the same bits, and a thread that is lost ends the run with an error. */
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import type { LayerParameters } from "../../src/backend/backend.ts";
import { createWasmBackend, WasmNetwork } from "../../src/backend/wasm/network.ts";
import { randomDataset, randomParameters, setUp, testRandom } from "../support/networks.ts";

const SIZES = [130, 96, 70, 7];
const UPDATE = { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true };
const dataset = randomDataset(testRandom(1), { rows: 61, denseWidth: 110, classes: 7, oneHot: [12, 8] });
const parameters = randomParameters(testRandom(2), SIZES);

async function network(threads: number) {
  const { network, batch } = setUp(createWasmBackend(threads), dataset, SIZES, parameters);
  if (!(network instanceof WasmNetwork)) throw new Error("the wasm backend makes WasmNetworks");
  for (let tries = 0; threads > 1 && !network.isShared(batch.count); tries++) {
    if (tries > 1000) throw new Error("the workers are not up after 10 s");
    await setTimeout(10);
  }
  return { network, batch };
}

async function trained(threads: number): Promise<{ layers: LayerParameters[]; losses: number[] }> {
  const { network: net, batch } = await network(threads);
  const losses: number[] = [];
  for (const [first, count] of [
    [0, 61],
    [3, 50],
    [20, 40],
    [0, 61],
  ] as const) {
    batch.first = first;
    batch.count = count;
    net.step(batch, UPDATE);
    losses.push(net.lossSum(count));
  }
  net.score(batch);
  losses.push(net.lossSum(61), ...net.probabilities(61));
  const layers = SIZES.slice(1).map((_, l) => net.parameters(l));
  net.close();
  return { layers, losses };
}

test("1, 2, 3 and 8 threads: the same bits in weights, losses and probabilities", async () => {
  const one = await trained(1);
  for (const threads of [2, 3, 8]) expect(await trained(threads)).toEqual(one);
});

test("a worker that ends makes the next step fail, at once and by name", async () => {
  const { network: net, batch } = await network(2);
  net.step(batch, UPDATE);
  await net.terminateWorkers();
  expect(() => net.step(batch, UPDATE)).toThrow("a worker thread ended unexpectedly");
});

test("a batch of little work stays on the caller", async () => {
  const { network: net } = await network(2);
  expect(net.isShared(61)).toBe(true);
  expect(net.isShared(1)).toBe(false);
  net.close();
});
