/** Any number of threads gives the same bits, and a thread that is lost ends the run with an error. */
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import type { LayerParameters } from "../../src/backend/backend.ts";
import { Arena } from "../../src/backend/wasm/arena.ts";
import { loadKernels } from "../../src/backend/wasm/kernels.ts";
import { strokes } from "../../src/backend/wasm/measure.ts";
import { createWasmBackend, WasmNetwork } from "../../src/backend/wasm/network.ts";
import { randomDataset, randomParameters, setUp, step, testRandom } from "../support/networks.ts";

const SIZES = [130, 500, 270, 7];
const UPDATE = { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true };
const PLAIN = { learningRate: 0.1, momentum: 0, weightDecay: 0, nesterov: false };
const dataset = randomDataset(testRandom(1), { rows: 161, denseWidth: 110, classes: 7, oneHot: [12, 8] });
const parameters = randomParameters(testRandom(2), SIZES);

async function network(threads: number) {
  const backend = createWasmBackend({ threads });
  const { network, batch } = setUp(backend, dataset, SIZES, parameters);
  if (!(network instanceof WasmNetwork)) throw new Error("the wasm backend makes WasmNetworks");
  for (let tries = 0; threads > 1 && !network.isShared(batch.count); tries++) {
    if (tries > 1000) throw new Error("the workers are not up after 10 s");
    await setTimeout(10);
  }
  return { network, batch, backend };
}

async function trained(
  threads: number,
  update = UPDATE,
  weights: Float32Array | null = null,
): Promise<{ layers: LayerParameters[]; losses: number[] }> {
  const { network: net, batch: unweighted, backend } = await network(threads);
  const batch = { ...unweighted, weights: weights && backend.createWeights(weights) };
  const losses: number[] = [];
  for (const [first, count] of [
    [0, 161],
    [3, 150],
    [20, 129],
    [0, 161],
  ] as const) {
    batch.first = first;
    batch.count = count;
    step(net, batch, update);
    losses.push(net.lossSum(count));
  }
  net.score(batch);
  losses.push(net.lossSum(161), ...net.probabilities(161));
  const layers = SIZES.slice(1).map((_, l) => net.parameters(l));
  backend.close();
  return { layers, losses };
}

test("1, 2, 3 and 8 threads: the same bits in weights, losses and probabilities", async () => {
  const one = await trained(1);
  for (const threads of [2, 3, 8]) expect(await trained(threads)).toEqual(one);
});

test("the same without momentum and decay, where weights without input are left alone", async () => {
  const one = await trained(1, PLAIN);
  for (const threads of [2, 3]) expect(await trained(threads, PLAIN)).toEqual(one);
});

test("the same with weights of rows", async () => {
  const random = testRandom(5);
  const weights = Float32Array.from({ length: 161 }, () => (random() < 0.2 ? 0 : random() * 3));
  const one = await trained(1, UPDATE, weights);
  for (const threads of [2, 3]) expect(await trained(threads, UPDATE, weights)).toEqual(one);
  expect(one.layers).not.toEqual((await trained(2)).layers);
});

// Layers that are divided by outputs for some numbers of threads, and by rows and inputs for others, in any order.
test.each([[[30, 64, 300, 5]], [[200, 20, 260, 9]], [[64, 256, 256, 33]], [[90, 70, 300]]])(
  "%j: the same bits for any number of threads, in 200 steps on batches of any size",
  async (sizes) => {
    const classes = sizes[sizes.length - 1]!;
    const rows = randomDataset(testRandom(6), { rows: 400, denseWidth: sizes[0]!, classes });
    const run = async (threads: number) => {
      const backend = createWasmBackend({ threads });
      const { network: net, batch } = setUp(backend, rows, sizes, randomParameters(testRandom(7), sizes));
      if (!(net instanceof WasmNetwork)) throw new Error("the wasm backend makes WasmNetworks");
      expect(net.threads).toBe(threads);
      await net.untilShared(400);
      for (let s = 0; s < 200; s++) {
        batch.first = s % 10;
        batch.count = 390 - s;
        // a thread that is slow to leave a score must not take the step after it for its own
        net.score(batch);
        step(net, batch, UPDATE);
      }
      const layers = sizes.slice(1).map((_, l) => net.parameters(l));
      backend.close();
      return { layers, loss: net.lossSum(batch.count) };
    };
    const one = await run(1);
    for (const threads of [2, 3, 7]) expect(await run(threads)).toEqual(one);
  },
);

test("packed images: the same bits for any number of threads", async () => {
  const sizes = [784, 128, 10];
  const images = strokes(4096, 784, 0.19);
  const run = async (threads: number) => {
    const backend = createWasmBackend({ threads });
    const { network: net, batch } = setUp(backend, images, sizes, randomParameters(testRandom(8), sizes), 64);
    if (!(net instanceof WasmNetwork)) throw new Error("the wasm backend makes WasmNetworks");
    batch.count = 64;
    await net.untilShared(64);
    for (; batch.first < 4096; batch.first += 64) step(net, batch, PLAIN);
    const layers = sizes.slice(1).map((_, l) => net.parameters(l));
    backend.close();
    return layers;
  };
  const one = await run(1);
  for (const threads of [2, 3, 8]) expect(await run(threads)).toEqual(one);
});

test.each([1, 2, 3, 4, 5])(
  "a backend takes no more threads than its network has work for, and the others end: try %i",
  async () => {
    const backend = createWasmBackend({ threads: 8 });
    backend.start();
    const sizes = [30, 100, 10]; // 80 rows: 320,000 multiply-adds, work for 4 threads
    const small = randomDataset(testRandom(3), { rows: 80, denseWidth: 30, classes: 10 });
    const { network, batch } = setUp(backend, small, sizes, randomParameters(testRandom(4), sizes));
    if (!(network instanceof WasmNetwork)) throw new Error("the wasm backend makes WasmNetworks");
    expect(network.threads).toBe(4);
    await network.untilShared(80);
    step(network, batch, UPDATE);
    expect(backend.pool?.threads).toBe(4);
    await setTimeout(100); // in which the others end: not a loss
    step(network, batch, UPDATE);
    expect(network.lossSum(80)).toBeGreaterThan(0);
    backend.close();
  },
);

test("a network with work for more threads than another one left does with these", async () => {
  const backend = createWasmBackend({ threads: 8 });
  const large = setUp(backend, dataset, SIZES, parameters);
  const sizes = [30, 100, 10];
  const rows = randomDataset(testRandom(3), { rows: 80, denseWidth: 30, classes: 10 });
  const small = setUp(backend, rows, sizes, randomParameters(testRandom(4), sizes));
  await (large.network as WasmNetwork).untilShared(161);
  for (const { network: net, batch } of [large, small, large, small]) step(net, batch, UPDATE);
  expect(large.network.lossSum(161)).toBeGreaterThan(0);
  expect(backend.pool?.threads).toBe(4);
  backend.close();
});

test("threads that are told to quit before they are up do quit", async () => {
  const backend = createWasmBackend({ threads: 3 });
  backend.start();
  const exits = backend.pool!.ended();
  backend.close();
  expect(await exits).toEqual([0, 0]);
});

test("a thread at a barrier that is woken for nothing stays there until all have come", async () => {
  // What a slow sender does: it notifies for a change that the waiting thread has long seen.
  const arena = new Arena();
  const kernels = loadKernels(arena.memory, "portable");
  const control = arena.take(kernels.controlBytes());
  const result = arena.u32(arena.take(4), 1);
  const source = `
    const { workerData } = require("node:worker_threads");
    import(workerData.module).then(({ loadKernels }) => {
      const { memory, control, result } = workerData;
      const passed = loadKernels(memory, "portable").barrier(control, 2);
      Atomics.store(new Uint32Array(memory.buffer), result / 4, passed ? 1 : 2);
    });`;
  const module = new URL("../../dist/parts.js", import.meta.url).href;
  const { memory } = arena;
  const worker = new Worker(source, {
    eval: true,
    workerData: { memory, control, module, result: result.byteOffset },
  });
  const words = new Int32Array(memory.buffer, control, kernels.controlBytes() / 4);
  const isAsleep = () => words.some((_, word) => Atomics.notify(words, word) > 0);
  for (let tries = 0; !isAsleep(); tries++) {
    if (tries > 1000) throw new Error("the thread does not come to the barrier");
    await setTimeout(10);
  }
  await setTimeout(100);
  expect(Atomics.load(result, 0)).toBe(0);
  expect(kernels.barrier(control, 2)).toBe(1);
  await once(worker, "exit");
  expect(Atomics.load(result, 0)).toBe(1);
});

test("a worker that ends makes the next step fail, at once and by name", async () => {
  const { network: net, batch, backend } = await network(2);
  step(net, batch, UPDATE);
  await backend.pool?.terminate();
  expect(() => step(net, batch, UPDATE)).toThrow("a worker thread ended unexpectedly");
});

test("a batch of little work stays on the caller", async () => {
  const { network: net, backend } = await network(2);
  expect(net.isShared(161)).toBe(true);
  const small = backend.createNetwork({
    sizes: [30, 100, 10],
    capacity: 128,
    training: true,
    momentum: false,
  });
  expect(small.isShared(128)).toBe(true);
  expect(small.isShared(16)).toBe(false);
  backend.close();
});
