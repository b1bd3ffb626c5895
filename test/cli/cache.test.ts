/** The cache of tables as users meet it: a second run starts at once and ends in the same bytes; nnt cache. */
import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { cacheFolder, cacheSize } from "../../src/cli/cache.ts";
import { csvConfig, type Folder, freshFolder, type RunOptions, sharedFolder } from "../support/cli.ts";
import { refusal } from "../support/data.ts";

const TABLE = `x,colour,y\n${Array.from(
  { length: 80_000 },
  (_, i) => `${(i * 37) % 1009}.125,${["red", "green", "blue"][(i * 7) % 3]},${i % 3 ? "no" : "yes"}`,
).join("\n")}\n`;
const CONFIG = csvConfig("t.csv", "y", {
  data: { validation: 0.1 },
  train: { epochs: 1, batchSize: 256, threads: 1 },
});

const shared = sharedFolder();

beforeAll(async () => {
  shared.write("config.json", CONFIG);
  shared.write("t.csv", TABLE);
  await setTimeout(150); // until a later write must show in the file's times
});

/** Trains with a cache in `cache`, beside the config; gives what the run says of it. */
async function train(folder: Folder, out: string, args: string[] = [], more: RunOptions = {}) {
  const env = { NNT_CACHE_DIR: join(folder.path, "cache"), NNT_CACHE_SIZE: "", ...more.env };
  const { code, stderr } = await folder.nnt(["train", "config.json", "--out", out, ...args], {
    ...more,
    env,
  });
  expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
  return { said: stderr.includes(" (from the cache)\n"), stderr };
}

const cached = (folder: Folder, out: string) => folder.json(`${out}/metrics.json`).data.cached;

test("a second run takes the table from the cache, says so, and writes the same model", async () => {
  const [first, second] = [await train(shared, "one"), await train(shared, "two")];
  expect([first.said, cached(shared, "one")]).toEqual([false, false]);
  expect([second.said, cached(shared, "two")]).toEqual([true, true]);
  const without = await train(shared, "without", ["--no-cache"]);
  expect([without.said, cached(shared, "without")]).toEqual([false, false]);
  for (const out of ["two", "without"])
    expect(shared.bytes(`${out}/model.bin`).equals(shared.bytes("one/model.bin"))).toBe(true);
});

test("--no-cache and --dry-run keep nothing; a dry run may find what there is", async () => {
  const folder = freshFolder();
  folder.write("config.json", CONFIG);
  folder.write("t.csv", TABLE);
  await setTimeout(150);
  await train(folder, "run", ["--no-cache"]);
  await train(folder, "run", ["--dry-run"]);
  expect(existsSync(join(folder.path, "cache"))).toBe(false);
  await train(folder, "run");
  expect((await train(folder, "run", ["--dry-run"])).said).toBe(true);
});

test("two runs at the same time, then a gzipped copy in the table's place", async () => {
  const folder = freshFolder();
  folder.write("config.json", CONFIG);
  folder.write("t.csv", TABLE);
  await setTimeout(150);
  await Promise.all([train(folder, "a"), train(folder, "b")]);
  expect(folder.bytes("a/model.bin").equals(folder.bytes("b/model.bin"))).toBe(true);
  expect((await train(folder, "c")).said).toBe(true);
  const noise = Array.from({ length: 200_000 }, (_, i) => `${Math.imul(i, 2_654_435_761) >>> 0},b,no\n`).join(
    "",
  );
  folder.write("t.csv", gzipSync(TABLE + noise));
  await setTimeout(150);
  expect((await train(folder, "c")).said).toBe(false);
  expect((await train(folder, "d")).said).toBe(true);
  expect(folder.bytes("c/model.bin").equals(folder.bytes("d/model.bin"))).toBe(true);
});

test("standard input, a pipe with a name, and a cache that cannot be written: read as ever", async () => {
  const more = { stdin: TABLE, env: { NNT_CACHE_DIR: join(shared.path, "none") } };
  await train(shared, "piped", ["--set", "data.train=-"], more);
  const tensors = shared.tensors("piped/model.bin");
  const piped = await shared.bash(
    "mkfifo p && (cat t.csv > p &) && NNT_CACHE_SIZE=2GB NNT_CACHE_DIR=none nnt train config.json --out fifo --set data.train=p",
  );
  expect([piped.code, existsSync(join(shared.path, "none"))]).toEqual([0, false]);
  expect(shared.tensors("fifo/model.bin").equals(tensors)).toBe(true);
  shared.write("file", "");
  await train(shared, "blocked", [], { env: { NNT_CACHE_DIR: join(shared.path, "file/cache") } });
  expect(shared.tensors("blocked/model.bin").equals(tensors)).toBe(true);
});

test("nnt cache: path, show, clear, in words and as JSON", async () => {
  const folder = freshFolder();
  folder.write("config.json", CONFIG);
  folder.write("t.csv", TABLE);
  const path = join(folder.path, "cache");
  const run = async (action: string, env: Record<string, string> = {}, ...flags: string[]) => {
    const options = { env: { NNT_CACHE_DIR: "cache", NNT_CACHE_SIZE: "1.5GB", ...env } };
    const { code, stdout, stderr } = await folder.nnt(["cache", action, ...flags], options);
    expect([code, stderr]).toEqual([0, ""]);
    return stdout;
  };
  expect(await run("path")).toBe(`${path}\n`);
  expect(JSON.parse(await run("path", {}, "--json"))).toEqual({ folder: path });
  expect(await run("show")).toBe(`folder   ${path}\nkept     0 tables, 0 B of at most 1.5 GB\n`);
  expect(await run("clear")).toBe("0 tables removed, 0 B freed\n");
  await setTimeout(150);
  await train(folder, "run");
  expect(await run("show")).toMatch(/\nkept {5}1 table, 1\.\d MB of at most 1\.5 GB\n$/);
  const shown = JSON.parse(await run("show", {}, "--json"));
  expect(shown).toEqual({
    folder: path,
    tables: 1,
    bytes: expect.any(Number),
    maxBytes: 1.5e9,
    problem: null,
  });
  expect(await run("show", { NNT_CACHE_SIZE: "0" })).toContain("\noff      NNT_CACHE_SIZE is 0\n");
  const freed = { tables: 1, bytes: shown.bytes };
  expect(JSON.parse(await run("clear", {}, "--json"))).toEqual({ folder: path, freed });
  expect(readdirSync(path)).toEqual([]);
  rmSync(path, { recursive: true });
  folder.write("cache", "a file");
  chmodSync(path, 0o444);
  expect(await run("show")).toContain("\noff      cache/table: cannot write: ");
});

test("a size that is none is said, before anything is read", async () => {
  const folder = freshFolder();
  folder.write("config.json", CONFIG);
  folder.write("t.csv", "");
  const { code, stderr } = await folder.nnt(["train", "config.json"], { env: { NNT_CACHE_SIZE: "much" } });
  expect([code, stderr]).toEqual([
    2,
    'nnt: NNT_CACHE_SIZE: expected a size such as 500MB, or 0 for no cache, got "much"\n',
  ]);
});

test.each([
  [undefined, 2e9],
  ["", 2e9],
  ["0", 0],
  ["123", 123],
  ["500MB", 5e8],
  ["500 mb", 5e8],
  ["1.5GB", 1.5e9],
  ["2GiB", 2 ** 31],
])("NNT_CACHE_SIZE %j is %d bytes", (NNT_CACHE_SIZE, expected) =>
  expect(cacheSize({ NNT_CACHE_SIZE })).toBe(expected),
);

test.each(["-1", "1e9", "GB", "5 apples", "1,5GB"])("NNT_CACHE_SIZE %j is refused", async (NNT_CACHE_SIZE) =>
  expect((await refusal(() => cacheSize({ NNT_CACHE_SIZE }))).kind).toBe("CACHE_SIZE"),
);

test.each([
  ["its own variable", { NNT_CACHE_DIR: "/c", XDG_CACHE_HOME: "/x" }, "linux", "/c"],
  ["from the working directory", { NNT_CACHE_DIR: "c" }, "linux", "/here/c"],
  ["XDG", { XDG_CACHE_HOME: "/x", HOME: "/h" }, "linux", "/x/nnt"],
  ["XDG, relative: to be ignored", { XDG_CACHE_HOME: "x", HOME: "/h" }, "linux", "/h/.cache/nnt"],
  ["Linux", { HOME: "/h", NNT_CACHE_DIR: "" }, "linux", "/h/.cache/nnt"],
  ["macOS", { HOME: "/h" }, "darwin", "/h/Library/Caches/nnt"],
  ["Windows", { LOCALAPPDATA: "/local", HOME: "/h" }, "win32", "/local/nnt/cache"],
])("the folder: %s", (_, env, platform, expected) =>
  expect(cacheFolder(env, "/here", platform)).toBe(expected),
);
