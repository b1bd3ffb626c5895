/** The check that guards 256-bit kernels: true for the kernels as they are, false when one bit is wrong. */

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Arena } from "../../src/backend/wasm/arena.ts";
import { CHECK_BYTES, checkKernels } from "../../src/backend/wasm/check.ts";
import { loadKernels, MODULES } from "../../src/backend/wasm/kernels.ts";
import { ROOT } from "../support/cli.ts";

const arena = new Arena();
const kernels = loadKernels(arena.memory, "portable");
const at = arena.take(CHECK_BYTES);

test("the kernels pass", () => {
  expect(checkKernels(kernels, arena.memory.buffer, at, "portable")).toBe(true);
});

// The places of `table` among the arguments, which is not 0 in the byte form.
describe.each([
  { name: "multiplyLists", table: 4 },
  { name: "updateWeights", table: 10 },
] as const)("$name", ({ name, table }) => {
  /** The kernels, of which one's result is off by its last bit in a column. */
  const broken = (column: number, isBroken: (args: readonly number[]) => boolean) => {
    const kernel = kernels[name] as (...args: number[]) => void;
    const off = (...args: number[]) => {
      kernel(...args);
      if (isBroken(args)) arena.u32(args[0]!, 64)[column]! ^= 1;
    };
    return { multiplyLists: kernels.multiplyLists, updateWeights: kernels.updateWeights, [name]: off };
  };

  test.each([0, 5, 31, 40])("a sum that is off by its last bit in column %i does not pass", (column) => {
    const wrong = broken(column, () => true);
    expect(checkKernels(wrong, arena.memory.buffer, at, "portable")).toBe(false);
  });

  test("a byte form that is off does not pass, though the other form is right", () => {
    const wrong = broken(7, (args) => args[table] !== 0);
    expect(checkKernels(wrong, arena.memory.buffer, at, "portable")).toBe(false);
  });
});

test("the build makes the modules that are loaded, and no others", () => {
  const built = readdirSync(join(ROOT, "dist/kernels")).map((name) => name.replace(".wasm", ""));
  expect(built.sort()).toEqual([...MODULES, "cells", "passes"].sort()); // of tables: src/data
});

test("V8 knows every flag that is set: it would say so on stderr", () => {
  const program = `
    import { createWasmBackend } from ${JSON.stringify(new URL("../../dist/parts.js", import.meta.url).href)};
    for (const math of ["portable", "fast"]) {
      const backend = createWasmBackend({ threads: 2, math });
      backend.start();
      backend.close();
    }`;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
