/** MNIST in file order against PyTorch's float64 run from the same initial weights (test/golden/mnist.golden.json). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshFolder, MNIST, ROOT } from "../support/cli.ts";

interface Golden {
  seed: number;
  trainLosses: number[];
  testCorrect: number[];
}
const golden = JSON.parse(readFileSync(join(ROOT, "test/golden/mnist.golden.json"), "utf8")) as Golden;

// Observed: 3e-8 in both epochs. Float32 rounding of weights is 6e-8.
test("two epochs: losses within 1e-6 relative of PyTorch float64, test accuracy the same", async () => {
  const folder = freshFolder();
  const idx = (set: string) => ({
    images: join(MNIST, `${set}-images-idx3-ubyte`),
    labels: join(MNIST, `${set}-labels-idx1-ubyte`),
  });
  const train = { epochs: 2, shuffle: false, seed: golden.seed, optimizer: { learningRate: 0.1 } };
  folder.write(
    "config.json",
    JSON.stringify({ data: { train: idx("train"), test: idx("t10k") }, train, output: { dir: "run" } }),
  );
  const { code, stdout } = await folder.nnt(["train", "config.json", "--json", "--quiet"]);
  expect(code).toBe(0);
  const log = readFileSync(join(folder.path, "run/log.csv"), "utf8").trimEnd().split("\n").slice(1);
  const losses = log.map((row) => Number(row.split(",")[2]));
  expect(losses).toHaveLength(2);
  for (const [epoch, want] of golden.trainLosses.entries()) {
    expect(Math.abs(losses[epoch]! / want - 1)).toBeLessThan(1e-6);
  }
  expect(JSON.parse(stdout).test.accuracy).toBe(golden.testCorrect[1]! / 10_000);
}, 120_000);
