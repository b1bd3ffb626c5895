/**
 * @file The backend that commands compute with, on as many threads as the user allows.
 */
import { availableParallelism } from "node:os";
import { createWasmBackend, type WasmBackend, type WasmOptions } from "../backend/wasm/network.ts";

/** `threads`: "auto" takes as many as the machine runs at a time. Throws SystemError when the engine computes wrongly. */
export function openBackend(threads: number | "auto", math: WasmOptions["math"] = "portable"): WasmBackend {
  return createWasmBackend({ threads: threadCount(threads), math });
}

/** How many threads a setting stands for. */
export function threadCount(threads: number | "auto"): number {
  return threads === "auto" ? availableParallelism() : threads;
}
