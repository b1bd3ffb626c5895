/**
 * @file What this JavaScript engine can do for the kernels. From Node 24 on V8 can pair neighbouring 128-bit operations
 * into 256-bit ones ("revectorization", an experimental flag): up to twice the speed, the same arithmetic. It is
 * turned on before the kernels are compiled, and `checkKernels` (check.ts) makes sure of the same
 * bits. Flags are the whole program's; the calling thread checks for all.
 */
import { setFlagsFromString } from "node:v8";

/** portable: multiply and add are rounded separately, the same bits everywhere; fast: fused where the machine can. */
export type MathMode = "portable" | "fast";

/** V8 of earlier releases does not have the flag, or not all of the transformations. */
const FIRST_MAJOR = 24;

const MAJOR = Number(process.versions.node.split(".")[0]);

/** Whether kernels are compiled with 256-bit operations. NNT_REVECTORIZE=0 in the environment turns it off. */
export const revectorizes =
  process.arch === "x64" && MAJOR >= FIRST_MAJOR && process.env.NNT_REVECTORIZE !== "0";

/** Why the kernels are what they are, in one line. */
export function explainKernels(): string {
  if (revectorizes)
    return "V8 makes 256-bit operations of pairs of 128-bit ones, checked at start (off with NNT_REVECTORIZE=0)";
  if (process.arch !== "x64") return "128-bit operations; 256-bit ones are for x64";
  if (MAJOR < FIRST_MAJOR) return `128-bit operations; 256-bit ones need Node ${FIRST_MAJOR} or newer`;
  return "128-bit operations; NNT_REVECTORIZE=0 in the environment turns 256-bit ones off";
}

/**
 * Before kernels are compiled. V8 revectorizes only in its optimizing compiler: with a small budget and without
 * waiting for a background thread it optimizes a kernel within the rounds of the check (check.ts).
 * (Leaving out the quick first compiler instead, --no-liftoff, crashes Node 26.)
 */
export function prepareEngine(math: MathMode): void {
  if (math === "fast" && MAJOR < FIRST_RELAXED_MAJOR) setFlagsFromString("--experimental-wasm-relaxed-simd");
  if (revectorizes) for (const flag of REVECTORIZE_FLAGS) setFlagsFromString(flag);
}

/** V8 of earlier releases has fused multiply-add behind a flag. */
const FIRST_RELAXED_MAJOR = 22;

const REVECTORIZE_FLAGS = [
  "--experimental-wasm-revectorize",
  "--wasm-sync-tier-up",
  "--wasm-tiering-budget=100000",
];
