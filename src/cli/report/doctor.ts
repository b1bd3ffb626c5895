/**
 * @file What `nnt doctor` prints for people.
 */
import type { SelfTest } from "../../backend/selfTest.ts";
import type { MathMode } from "../../backend/wasm/engine.ts";
import type { OperationRate, StepRate } from "../../backend/wasm/measure.ts";
import { grouped, plural } from "../../words.ts";
import { bytes } from "./format.ts";
import { type Column, table } from "./tables.ts";

/** What is found, as --json prints it. */
export interface Diagnosis {
  readonly nnt: string;
  readonly node: string;
  readonly v8: string;
  readonly platform: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernels: string;
  readonly why: string;
  /** from asking for them to all of them waiting for work; null with one thread */
  readonly threadsUpMs: number | null;
  readonly selfTest: { readonly passed: boolean } & Readonly<Record<MathMode, SelfTest>>;
  /** GFLOP/s of one thread on registers alone, in each mode of `train.math` */
  readonly registers: Readonly<Record<MathMode, number>>;
  /** 784-1024-1024-10, batch 128, no zero anywhere: the kernels at work without anything to skip */
  readonly dense: Readonly<Record<MathMode, StepRate>>;
  /** steps on rows like MNIST's, 19 % of whose bytes are not 0 */
  readonly steps: readonly StepRate[];
}

const left = (title: string): Column => ({ title, align: "left" });
const right = (title: string): Column => ({ title, align: "right" });
const part = (rate: number, of: number) => `${Math.round((100 * rate) / of)}%`;

/** All of it, at most 120 columns wide, ending with a line break. */
export function doctorText(diagnosis: Diagnosis): string {
  const { nnt, node, v8, platform, processor, cores, memoryBytes, kernels, why } = diagnosis;
  const lines = [
    `nnt         ${nnt}, node ${node} (V8 ${v8}), ${platform}`,
    `processor   ${processor}, ${plural(cores, "core")}, ${bytes(memoryBytes)} of memory`,
    `kernels     ${kernels}: ${why}`,
    `threads     ${threadsText(diagnosis)}`,
    `self-test   ${selfTestText(diagnosis)}`,
    "",
    "Kernels, GFLOP/s of one thread on rows without zeros (784-1024-1024-10, batch 128), and part of what registers alone",
    "reach; fast is train.math with fused multiply-add:",
    "",
    ...kernelTable(diagnosis),
    "",
    "Training steps, portable, on rows like MNIST's; GFLOP/s count the terms that are not skipped:",
    "",
    ...stepTable(diagnosis.steps),
    ...diagnosis.steps.flatMap((step) => ["", ...phaseTable(step)]),
    "",
    verdict(diagnosis),
  ];
  return `${lines.join("\n")}\n`;
}

function threadsText({ threadsUpMs, steps }: Diagnosis): string {
  if (threadsUpMs === null) return "1";
  return `${Math.max(...steps.map(({ threads }) => threads))}, up after ${Math.round(threadsUpMs)} ms`;
}

function selfTestText({ selfTest: { passed, portable, fast } }: Diagnosis): string {
  const sameBits = portable.sameBits && fast.sameBits;
  const difference = Math.max(portable.difference, fast.difference).toExponential(1);
  const { threads } = portable;
  const bits =
    threads === 1
      ? "on one thread"
      : `${threads} threads ${sameBits ? "give the bits of one" : "do not give the bits of one"}`;
  return `${passed ? "passed" : "FAILED"}: ${bits}, weights are within ${difference} of float64`;
}

/** What to make of the figures, in a line. */
function verdict({ selfTest: { passed }, steps }: Diagnosis): string {
  if (!passed) return "This machine or engine computes wrongly: see below.";
  const slower = steps.some(({ threads, microseconds, operations }) => {
    return threads > 1 && microseconds > 0.95 * operations.reduce((sum, of) => sum + of.microseconds, 0);
  });
  if (slower)
    return "All is well, but more threads gain nothing now: another program may be using the processors.";
  return "All is well.";
}

const WORDS: Record<OperationRate["name"], string> = {
  gather: "gather rows",
  list: "list inputs",
  forward: "forward",
  loss: "loss",
  dX: "gradient of inputs",
  update: "gradient of weights and update",
};

/** "forward 784→1024" */
function operationName({ name, layer }: OperationRate, sizes: readonly number[]): string {
  return name === "loss" ? WORDS.loss : `${WORDS[name]} ${sizes[layer]}→${sizes[layer + 1]}`;
}

function kernelTable({ registers, dense }: Diagnosis): string[] {
  const row = (name: string, portable: number, fast: number) => [
    name,
    portable.toFixed(1),
    part(portable, registers.portable),
    fast.toFixed(1),
    part(fast, registers.fast),
  ];
  const { portable, fast } = dense;
  const rows = portable.operations.flatMap((operation, o) => {
    const { gflops } = operation;
    const isWide = portable.sizes[operation.layer + 1]! >= 1024;
    if (gflops === null || !isWide) return [];
    return [row(operationName(operation, portable.sizes), gflops, fast.operations[o]!.gflops!)];
  });
  const columns = [left("kernel"), right("portable"), right("of it"), right("fast"), right("of it")];
  return table(columns, [row("registers alone", registers.portable, registers.fast), ...rows]);
}

function stepTable(steps: readonly StepRate[]): string[] {
  const columns = ["threads", "µs a step", "rows/s", "GFLOP/s"].map(right);
  const rows = steps.map(({ sizes, batchSize, threads, microseconds, rowsPerSecond, gflops }) => [
    sizes.join("-"),
    String(batchSize),
    String(threads),
    microseconds.toFixed(0),
    grouped(Math.round(rowsPerSecond)),
    gflops.toFixed(1),
  ]);
  return table([left("network"), right("batch"), ...columns], rows);
}

/** One thread's time for each operation of a step. */
function phaseTable({ sizes, operations }: StepRate): string[] {
  const total = operations.reduce((sum, { microseconds }) => sum + microseconds, 0);
  const rows = operations.map((operation) => [
    operationName(operation, sizes),
    operation.microseconds.toFixed(1),
    part(operation.microseconds, total),
    operation.gflops?.toFixed(1) ?? "",
  ]);
  const columns = [left(`${sizes.join("-")}, one thread`), right("µs"), right("of all"), right("GFLOP/s")];
  return table(columns, [...rows, ["all", total.toFixed(1), "", ""]]);
}
