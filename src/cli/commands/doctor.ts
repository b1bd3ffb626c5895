/**
 * @file `nnt doctor`: the machine, which kernels run on it and why, whether they compute what they should, and how fast.
 */
import { availableParallelism, cpus, totalmem } from "node:os";
import { setTimeout } from "node:timers/promises";
import { createReferenceBackend } from "../../backend/reference.ts";
import { MAX_DIFFERENCE, selfTest } from "../../backend/selfTest.ts";
import { explainKernels } from "../../backend/wasm/engine.ts";
import { denseRows, measureStep, registerRate, strokes } from "../../backend/wasm/measure.ts";
import type { WasmBackend, WasmNetwork } from "../../backend/wasm/network.ts";
import { ExitCode, SystemError } from "../../errors.ts";
import { openBackend } from "../backend.ts";
import type { Io } from "../io.ts";
import type { ArgsOf, OptionsOf } from "../options.ts";
import { type Diagnosis, doctorText } from "../report/doctor.ts";
import { version } from "../version.ts";

const STROKE_DENSITY = 0.19; // of MNIST's training images
const LARGE = { sizes: [784, 1024, 1024, 10], batchSize: 128 };
const SMALL = { sizes: [784, 128, 10], batchSize: 64 };

export async function run(_args: ArgsOf<"doctor">, options: OptionsOf<"doctor">, io: Io): Promise<number> {
  const diagnosis = await diagnose(options.threads, (what) => {
    if (io.stderr.isTTY && !options.quiet) io.err(`\r\x1b[K${what}`);
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
  say("starting threads");
  const backend = openBackend(threads);
  const fast = openBackend(threads, "fast");
  try {
    const threadsUpMs = await threadsUp(backend);
    say("self-test");
    const tested = await selfTest(
      { backend, alone: openBackend(1), reference: createReferenceBackend() },
      strokes(64, SMALL.sizes[0]!, STROKE_DENSITY),
      async (network) => upFor(network as WasmNetwork, 64),
    );
    const passed = tested.sameBits && tested.difference <= MAX_DIFFERENCE;
    say("registers");
    const registers = { portable: registerRate("portable"), fast: registerRate("fast") };
    say("kernels");
    const rows = denseRows(10 * LARGE.batchSize, LARGE.sizes[0]!);
    const dense = {
      portable: await measureStep(backend, { ...LARGE, bias: 100 }, rows, 0.3),
      fast: await measureStep(fast, { ...LARGE, bias: 100 }, rows, 0.3),
    };
    say("training steps");
    const images = strokes(20_000, SMALL.sizes[0]!, STROKE_DENSITY);
    const steps = [
      await measureStep(backend, { ...SMALL, bias: 0 }, images, 0.3),
      await measureStep(backend, { ...LARGE, bias: 0 }, images, 0.3),
    ];
    say("");
    return {
      ...machine(),
      kernels: backend.name,
      why: explainKernels(),
      threadsUpMs,
      selfTest: { passed, ...tested },
      registers,
      dense,
      steps,
    };
  } finally {
    backend.close();
    fast.close();
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
  while (!pool.isReady) await setTimeout(1);
  return performance.now() - started;
}

async function upFor(network: WasmNetwork, rows: number): Promise<void> {
  while (network.canShare(rows) && !network.isShared(rows)) await setTimeout(1);
}
