/**
 * The record of speed, `npm run bench`: what `nnt doctor` measures, and seconds per epoch of MNIST's 60,000 rows over
 * hidden sizes and batch sizes, on rows like MNIST's. Prints tables and writes the figures to
 * test/bench/runs/: one JSON file a run, with commit, processor and Node version. NNT_NODES names more Node programs
 * (with colons between); --quick measures less, and --no-record writes nothing.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createWasmBackend, doctorText, measureStep, strokes } from "../dist/parts.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const program = fileURLToPath(import.meta.url);
const isQuick = process.argv.includes("--quick");

const ROWS = 60_000;
const HIDDEN = isQuick ? [32, 512] : [32, 64, 128, 256, 512, 1024, 2048];
const BATCHES = isQuick ? [1, 64] : [1, 4, 16, 64, 256, 1024];
const SECONDS = isQuick ? 0.05 : 0.25; // of each measurement

const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();

/** Seconds per epoch of 784-hidden-10 for each batch size; a backend for each, whose threads stay with one network. */
async function epochsOf(hidden, threads, data) {
  const epochs = [];
  for (const batchSize of BATCHES) {
    const backend = createWasmBackend({ threads });
    const network = { sizes: [784, hidden, 10], batchSize, bias: 0 };
    const step = await measureStep(backend, network, data, SECONDS);
    const seconds = (step.microseconds * ROWS) / batchSize / 1e6;
    epochs.push({ hidden, batchSize, threads: step.threads, seconds, gflops: step.gflops });
    backend.close();
  }
  return epochs;
}

/** Run by `node bench.mjs --measure`, under each Node: the figures as JSON on stdout. */
async function measure() {
  const doctor = JSON.parse(
    execFileSync(process.execPath, [join(root, "bin/nnt.js"), "doctor", "--json"], {
      encoding: "utf8",
    }),
  );
  const data = strokes(20_000, 784, 0.19);
  const epochs = [];
  for (const hidden of HIDDEN) epochs.push(...(await epochsOf(hidden, doctor.cores, data)));
  console.log(JSON.stringify({ doctor, epochs }));
  process.exit(); // sleeping threads are not waited for
}

function epochTable(epochs) {
  const lines = [`| hidden | ${BATCHES.map((batch) => `batch ${batch}`).join(" | ")} |`];
  lines.push(`|--:|${BATCHES.map(() => "--:").join("|")}|`);
  for (const hidden of HIDDEN) {
    const cells = epochs.filter((epoch) => epoch.hidden === hidden);
    lines.push(`| ${hidden} | ${cells.map(({ seconds }) => seconds.toPrecision(3)).join(" | ")} |`);
  }
  return lines.join("\n");
}

function record() {
  const nodes = [process.execPath, ...(process.env.NNT_NODES?.split(":").filter(Boolean) ?? [])];
  const runs = nodes.map((node) => {
    const flags = isQuick ? ["--quick"] : [];
    const run = JSON.parse(
      execFileSync(node, [program, "--measure", ...flags], { encoding: "utf8", maxBuffer: 1e8 }),
    );
    console.log(doctorText(run.doctor));
    console.log(`Seconds per epoch of 60,000 rows, 784-hidden-10, node ${run.doctor.node}:\n`);
    console.log(`${epochTable(run.epochs)}\n`);
    return run;
  });
  if (process.argv.includes("--no-record")) return;
  const now = new Date().toISOString();
  const commit =
    git("rev-parse", "--short", "HEAD") +
    (git("status", "--porcelain", "--untracked-files=no") === "" ? "" : "-changed");
  const folder = join(root, "test/bench/runs");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${now.slice(0, 16).replace(":", "")}-${cpus().length}-cores-${commit}.json`);
  writeFileSync(file, `${JSON.stringify({ date: now, commit, runs }, null, 1)}\n`);
  console.log(`record: ${file}`);
}

if (process.argv.includes("--measure")) await measure();
else record();
