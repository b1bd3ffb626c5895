/** MNIST, as real work for threads and kernels; in file order against PyTorch's float64 run from the same initial weights (test/golden/mnist.golden.json). */
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

const T10K = [
  join(MNIST, "t10k-images-idx3-ubyte"),
  "--labels",
  join(MNIST, "t10k-labels-idx1-ubyte"),
] as const;

test("math fast trains as well; 1 and 2 threads give the same bits in it too, and the same eval and predict", async () => {
  const folder = freshFolder();
  const train = async (threads: string, math: string) => {
    const args = ["train", join(ROOT, "configs/mnist.json"), "-q", "--json", "--epochs", "1", "--out", "run"];
    const { code, stdout } = await folder.nnt([...args, "--threads", threads, "--set", `train.math=${math}`]);
    expect(code).toBe(0);
    const { kernels, test } = JSON.parse(stdout);
    return { kernels, loss: test.loss, model: folder.bytes("run/model.bin") };
  };
  const dry = ["train", join(ROOT, "configs/mnist.json"), "--dry-run", "--set", "train.math=fast"];
  expect((await folder.nnt(dry)).stderr).toContain("math     fast: the weights may end in other bits");
  const portable = await train("2", "portable");
  const [one, two] = [await train("1", "fast"), await train("2", "fast")];
  expect(two.model.equals(one.model)).toBe(true);
  expect(portable.kernels).not.toContain("fused");
  expect(one.kernels).toBe(`${portable.kernels}-fused`);
  // Observed: 1e-5 relative after an epoch; two runs part where an activation is within rounding of 0.
  expect(Math.abs(one.loss / portable.loss - 1)).toBeLessThan(0.01);
  for (const args of [
    ["eval", "run/model.bin", ...T10K, "--json"],
    ["predict", "run/model.bin", T10K[0], "--proba"],
  ]) {
    const outputs = ["1", "2"].map(
      async (threads) => (await folder.nnt([...args, "--threads", threads])).stdout,
    );
    const [first, second] = await Promise.all(outputs);
    expect(first!.length).toBeGreaterThan(100);
    expect(second).toBe(first);
  }
}, 120_000);
