/**
 * What nnt loads before it answers: modules that a command does not need cost every call of it. The time itself is
 * only guarded here; the bench measures it.
 */
import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { csvConfig, ROOT, sharedFolder } from "../support/cli.ts";

const folder = sharedFolder("iris.csv");

beforeAll(() => {
  folder.write("config.json", csvConfig("iris.csv", "species"));
  folder.write(
    "hooks.mjs",
    `import { appendFileSync } from "node:fs";
     export async function resolve(specifier, context, next) {
       const resolved = await next(specifier, context);
       appendFileSync(process.env.NNT_TEST_TRACE, resolved.url + "\\n");
       return resolved;
     }`,
  );
  folder.write(
    "trace.mjs",
    'import { register } from "node:module"; register("./hooks.mjs", import.meta.url);',
  );
});

/** Which modules are in each file of dist/. */
const CHUNKS: Record<string, string[]> = JSON.parse(readFileSync(`${ROOT}/dist/chunks.json`, "utf8"));

/** The packages, and the modules of src/, that are loaded while nnt runs with these arguments. */
async function imported(...args: string[]): Promise<{ packages: string[]; modules: string[] }> {
  const trace = `trace-${args.length}-${args[0]}`;
  const env = {
    NODE_OPTIONS: `--import=${pathToFileURL(folder.path)}/trace.mjs`,
    NNT_TEST_TRACE: `${folder.path}/${trace}`,
  };
  const { code, stderr } = await folder.nnt(args, { env });
  expect([code, stderr]).toEqual([0, ""]);
  expect(existsSync(env.NNT_TEST_TRACE)).toBe(true);
  const urls = folder.text(trace).split("\n");
  expect(urls.filter((url) => url.includes("/node_modules/"))).toEqual([]);
  const files = urls.flatMap((url) => /\/dist\/(.+\.js)$/.exec(url)?.[1] ?? []);
  const loaded = files.flatMap((file) => CHUNKS[file]!);
  const found = (pattern: RegExp) => loaded.flatMap((module) => pattern.exec(module)?.[1] ?? []);
  return {
    packages: [...new Set(found(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//))].sort(),
    modules: found(/^src\/(.+)\.ts$/),
  };
}

test("all files of the bundle are beside each other, and beside dist/fingerprint, where src/cli/cache.ts looks for it", () => {
  expect(
    Object.keys(CHUNKS).filter((file) => !existsSync(`${ROOT}/dist/${file}`) || file.includes("/")),
  ).toEqual([]);
  expect(existsSync(`${ROOT}/dist/fingerprint`)).toBe(true);
});

test("--version loads no package at all", async () => {
  const { packages, modules } = await imported("--version");
  expect(modules).toContain("cli/main");
  expect(packages).toEqual([]);
});

test.each([["--help"], ["train", "--help"], ["help", "eval"]])(
  "nnt %s %s: no config, no data, no bar",
  async (...args) => {
    const { packages, modules } = await imported(...args);
    expect(modules).toContain("cli/help");
    for (const heavy of ["zod", "csv-parse", "cli-progress", "jsonc-parser"])
      expect(packages).not.toContain(heavy);
    expect(modules.filter((name) => /^(data|train|model|backend|config)\//.test(name))).toEqual([]);
  },
);

test("config check loads what it needs, and nothing of data or training", async () => {
  const { packages, modules } = await imported("config", "check", "config.json");
  expect(packages).toContain("zod");
  expect(packages).not.toContain("csv-parse");
  expect(modules.filter((name) => /^(train|backend)\//.test(name))).toEqual([]);
});

test("without a terminal, training loads no progress bar; predict no config schema", async () => {
  const train = await imported("train", "config.json", "-q");
  expect(train.packages).toContain("csv-parse");
  expect(train.packages).not.toContain("cli-progress");
  const predict = await imported("predict", "run/model.bin", "iris.csv");
  expect(predict.packages).toContain("csv-parse");
  expect(predict.packages).not.toContain("zod");
});

test("nnt --version answers within 250 ms: the fastest of 5, as other work only adds", async () => {
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const started = performance.now();
    await folder.nnt(["--version"]);
    times.push(performance.now() - started);
  }
  expect(Math.min(...times)).toBeLessThan(250);
});
