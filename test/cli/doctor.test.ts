/** nnt doctor on this machine: what it finds must be so, and its figures must hang together. */
import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { freshFolder } from "../support/cli.ts";
import { documentedFields, fieldsOf } from "../support/jsonPage.ts";

test("--json: the machine, a passed self-test, and rates that are possible", async () => {
  const { code, stdout, stderr } = await freshFolder().nnt(["doctor", "--json", "--threads", "2"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const found = JSON.parse(stdout);
  const byMath = { registers: "MATH", "dense.portable": "", "dense.fast": "" };
  const fields = fieldsOf(found, byMath).map((field) => field.replace(/\b(portable|fast)\b/, "MATH"));
  expect([...new Set(fields)].sort()).toEqual(documentedFields("nnt doctor --json"));
  expect(fieldsOf(found.dense)).toEqual([
    ...fieldsOf(found.steps[0]).map((field) => `fast.${field}`),
    ...fieldsOf(found.steps[0]).map((field) => `portable.${field}`),
  ]);
  expect(found.node).toBe(process.version);
  expect(found.cores).toBe(availableParallelism());
  expect(found.kernels).toMatch(/^wasm-simd(256)?$/);
  expect(found.threadsUpMs).toBeGreaterThan(0);
  expect(found.selfTest.passed).toBe(true);
  for (const math of ["portable", "fast"]) {
    expect(found.selfTest[math]).toMatchObject({ sameBits: true, threads: 2 });
    expect(found.selfTest[math].difference).toBeLessThan(1e-5);
  }
  const { portable, fast } = found.dense;
  for (const [registers, step] of [
    [found.registers.portable, portable],
    [found.registers.fast, fast],
  ]) {
    for (const { gflops } of step.operations) if (gflops !== null) expect(gflops).toBeGreaterThan(0);
    const rates = step.operations.map((operation: { gflops: number | null }) => operation.gflops ?? 0);
    expect(Math.max(...rates)).toBeLessThan(registers * 1.2); // what is counted is not more than can be done
  }
  // 784-1024-1024-10 with nothing to skip: forward of the layer in the middle is 128 * 1024 * 1024 multiply-adds
  const forward = portable.operations.find(
    (operation: { name: string; layer: number }) => operation.name === "forward" && operation.layer === 1,
  );
  expect((forward.gflops * forward.microseconds * 1000) / 2).toBeCloseTo(128 * 1024 * 1024, -3);
  expect(found.steps[0]).toMatchObject({ sizes: [784, 128, 10], batchSize: 64, threads: 2 });
  expect(found.steps[0].rowsPerSecond).toBeCloseTo(64e6 / found.steps[0].microseconds, 3);
}, 60_000);

test("for people: says which kernels run and why, within 120 columns; one thread", async () => {
  const { code, stdout } = await freshFolder().nnt(["doctor", "--threads", "1"], {
    env: { NNT_REVECTORIZE: "0" },
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^kernels {5}wasm-simd: 128-bit operations; .+$/m);
  expect(stdout).toMatch(/^threads {5}1$/m);
  expect(stdout).toMatch(/^self-test {3}passed: on one thread, weights are within \S+ of float64$/m);
  expect(stdout).toMatch(/^All is well\.$/m);
  expect(stdout).toMatch(/^registers alone +\d+\.\d +100% +\d+\.\d +100%$/m);
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
}, 60_000);
