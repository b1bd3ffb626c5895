/**
 * Trains the same configs on 1, 2, 3 and 8 threads, on this Node and on those whose paths are in NNT_NODES (with colons
 * between), with 256-bit kernels and without, and compares the model files byte for byte: `npm run verify:bits`.
 * Fails if any two differ.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "..");
const nodes = [process.execPath, ...(process.env.NNT_NODES?.split(":").filter(Boolean) ?? [])];
const THREADS = [1, 2, 3, 8];

/** Enough work for threads to share, and short; the last ones run on one thread whatever is asked for. */
const RUNS = [
  { config: "mnist-large.json", flags: ["--epochs", "1", "--set", "train.batchSize=512"] },
  { config: "mnist.json", flags: ["--epochs", "1", "--set", "train.batchSize=256"] },
  { config: "penguins.json", flags: [] },
];

const folder = mkdtempSync(join(tmpdir(), "nnt-bits-"));
let differences = 0;
try {
  for (const { config, flags } of RUNS) {
    let first = null;
    for (const node of nodes) {
      const release = execFileSync(node, ["-v"], { encoding: "utf8" }).trim();
      for (const revectorize of ["1", "0"]) {
        for (const threads of THREADS) {
          const args = ["train", join(root, "configs", config), "-q", "--json", "--out", folder, ...flags];
          const env = { ...process.env, NNT_REVECTORIZE: revectorize };
          const program = [join(root, "bin/nnt.js"), ...args, "--threads", String(threads)];
          const { kernels } = JSON.parse(execFileSync(node, program, { encoding: "utf8", env }));
          const sha = createHash("sha256")
            .update(readFileSync(join(folder, "model.bin")))
            .digest("hex");
          first ??= sha;
          if (sha !== first) differences++;
          const verdict = sha === first ? "" : "  DIFFERS";
          console.log(`${config}  ${release}  ${kernels}  ${threads} threads  ${sha.slice(0, 16)}${verdict}`);
        }
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(differences === 0 ? "all the same bits" : `${differences} runs differ`);
process.exitCode = differences === 0 ? 0 : 1;
