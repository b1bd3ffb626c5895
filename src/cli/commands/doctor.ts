/**
 * @file `nnt doctor`: the machine, which kernels run on it and why, whether they compute what they should, and how fast.
 */
import { availableParallelism, cpus, totalmem } from "node:os";
import { setTimeout } from "node:timers/promises";
import { createReferenceBackend } from "../../backend/reference.ts";
import { MAX_DIFFERENCE, selfTest } from "../../backend/selfTest.ts";
import { explainKernels, type MathMode } from "../../backend/wasm/engine.ts";
import { denseRows, measureStep, registerRate, strokes } from "../../backend/wasm/measure.ts";
import type { WasmBackend } from "../../backend/wasm/network.ts";
import type { Dataset } from "../../data/dataset.ts";
import { ExitCode, SystemError } from "../../errors.ts";
import { openBackend } from "../backend.ts";
import type { Io } from "../io.ts";
import type { ArgsOf, OptionsOf } from "../options.ts";
import { type Diagnosis, doctorText } from "../report/doctor.ts";
import { version } from "../version.ts";

const STROKE_DENSITY = 0.19; // of MNIST's training images
const LARGE = { sizes: [784, 1024, 1024, 10], batchSize: 128, bias: 0 };
const DENSE = { ...LARGE, bias: 100 };
const SMALL = { sizes: [784, 128, 10], batchSize: 64, bias: 0 };
/** Enough for images to be packed, as they are for training. */
const SELF_TEST_ROWS = 2048;

/** Throws SystemError SELF_TEST after its report if this machine computes wrongly. */
export async function run(_args: ArgsOf<"doctor">, options: OptionsOf<"doctor">, io: Io): Promise<number> {
  const diagnosis = await diagnose(options.threads, (what) => {
    if (io.stderr.isTTY) io.err(`\r\x1b[K${what}`);
  });
  await io.out(options.json ? `${JSON.stringify(diagnosis, null, 2)}\n` : doctorText(diagnosis));
  if (diagnosis.selfTest.passed) return ExitCode.done;
  throw new SystemError(
    "SELF_TEST",
    "the self-test failed: this engine or machine computes wrongly; try NNT_REVECTORIZE=0, --threads 1 or another Node version, and please report it with the output of nnt doctor --json",
  );
}

/** `say` is told what is being done, then "" at the end. */
async function diagnose(threads: number | "auto", say: (what: string) => void): Promise<Diagnosis> {
  // A backend for each measurement: its threads stay with the network for which they were first used.
  const measure = (math: MathMode, network: typeof DENSE, rows: Dataset) =>
    withBackend(threads, math, (backend) => measureStep(backend, network, rows, 0.3));
  say("starting threads");
  const { kernels, threadsUpMs } = await withBackend(threads, "portable", async (backend) => ({
    kernels: backend.name,
    threadsUpMs: await threadsUp(backend),
  }));
  say("self-test");
  const tested = await selfTests(threads);
  say("registers");
  const registers = { portable: registerRate("portable"), fast: registerRate("fast") };
  say("kernels");
  const full = denseRows(10 * LARGE.batchSize, LARGE.sizes[0]!);
  const dense = {
    portable: await measure("portable", DENSE, full),
    fast: await measure("fast", DENSE, full),
  };
  say("training steps");
  const images = strokes(20_000, SMALL.sizes[0]!, STROKE_DENSITY);
  const steps = [await measure("portable", SMALL, images), await measure("portable", LARGE, images)];
  say("");
  const why = explainKernels();
  return {
    ...machine(),
    kernels,
    why,
    threadsUpMs,
    selfTest: tested,
    registers,
    dense,
    steps,
  };
}

/** Both modes of `train.math` against the definition. */
async function selfTests(threads: number | "auto"): Promise<Diagnosis["selfTest"]> {
  const rows = strokes(SELF_TEST_ROWS, SMALL.sizes[0]!, STROKE_DENSITY);
  const test = (math: MathMode) =>
    withBackend(threads, math, (backend) =>
      selfTest({ backend, alone: openBackend(1, math), reference: createReferenceBackend() }, rows),
    );
  const tests = { portable: await test("portable"), fast: await test("fast") };
  const passed = Object.values(tests).every(
    ({ sameBits, difference }) => sameBits && difference <= MAX_DIFFERENCE,
  );
  return { passed, ...tests };
}

async function withBackend<T>(
  threads: number | "auto",
  math: MathMode,
  use: (backend: WasmBackend) => Promise<T>,
): Promise<T> {
  const backend = openBackend(threads, math);
  try {
    return await use(backend);
  } finally {
    backend.close();
  }
}

function machine() {
  const [cpu] = cpus();
  return {
    nnt: version(),
    node: process.version,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    processor: cpu?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
  };
}

async function threadsUp({ pool }: WasmBackend): Promise<number | null> {
  if (pool === null) return null;
  const started = performance.now();
  while (!pool.isReady()) await setTimeout(1);
  return performance.now() - started;
}
