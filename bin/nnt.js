#!/usr/bin/env node
/**
 * @file The program's entry: hands the process to src/cli/main.ts and sets its exit code. Nothing else:
 * never process.exit(), which would cut off output that is still on its way.
 */
import module from "node:module";
import process from "node:process";

// Compiled code is kept between runs in Node's own cache folder (in the temporary directory), from Node 22.
module.enableCompileCache?.();

const { createIo } = await import("../dist/cli/io.js");
const { run } = await import("../dist/cli/main.js");

const argv = process.argv.slice(2);
process.exitCode = await run(argv, createIo(process, argv));
