/** @file What the bench, and tests of threads, take from the built program: dist/parts.js, which is not in the package. */
export { loadKernels } from "../src/backend/wasm/kernels.ts";
export { measureStep, strokes } from "../src/backend/wasm/measure.ts";
export { createWasmBackend } from "../src/backend/wasm/network.ts";
export { doctorText } from "../src/cli/report/doctor.ts";
