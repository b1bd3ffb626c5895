#!/usr/bin/env node
/**
 * @file The program's entry: hands the process to src/cli/main.ts and sets its exit code, or ends as a signal would have it.
 * Nothing else: never process.exit(), which would cut off output that is still on its way.
 */
import module from "node:module";
import process from "node:process";

// Compiled code is kept between runs in Node's own cache folder (in the temporary directory), from Node 22.
module.enableCompileCache?.();

/** The compiled program; without it there is a checkout in which nothing was built yet. */
async function program() {
  try {
    return await import("../dist/program.js");
  } catch (error) {
    if (error?.code !== "ERR_MODULE_NOT_FOUND") throw error;
    process.stderr.write(`nnt: not built, or a build is running (npm ci builds it): ${error.message}\n`);
    return null;
  }
}

const nnt = await program();
if (nnt === null) {
  process.exitCode = 6;
} else {
  const { createIo, endBySignal, handleSignals, run } = nnt;
  handleSignals(process);
  const argv = process.argv.slice(2);
  process.exitCode = await run(argv, createIo(process, argv));
  endBySignal(process, process.exitCode);
}
