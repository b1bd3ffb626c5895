/** The cache of training tables: what it gives is what reading gives, or nothing. */
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { contentHash, isSettled } from "../../src/data/cache/stamps.ts";
import { type CacheOptions, MIN_BYTES, TableCache } from "../../src/data/cache/tableCache.ts";
import { type LoadedData, loadTrainingData } from "../../src/data/load.ts";
import type { CsvDataOptions } from "../../src/data/options.ts";
import { tableSettings } from "../../src/data/trainingTable.ts";
import type { ClassWeights } from "../../src/data/weights.ts";
import { DEFAULT_MISSING } from "../../src/missing.ts";
import { inFolder, stdinOf, write } from "../support/data.ts";
import { asPlainUser } from "../support/user.ts";

vi.mock("../../src/data/cache/stamps.ts", { spy: true }); // as it is, its calls counted
beforeEach(() => vi.clearAllMocks());

const ROWS = 25_000;

/** Over 1 MB: numbers with gaps, words, weights, 6 rows without a label, a bad number, a row with too many cells. */
const MIXED = (() => {
  const lines = Array.from({ length: ROWS }, (_, i) => {
    const number = i % 50 === 7 ? "" : `${((i * 7919) % 10_007) - 5000}.${i % 1000}`;
    const word = i === 11 ? "rare" : ["red", "green", "blue"][(i * 7) % 3];
    const label = i % 4000 === 3999 ? "" : i % 4 === 0 ? "yes" : "no";
    return `${i === 9000 ? "oops" : number},${word},"a long, quoted text ${i % 5}",${1 + (i % 3)},${label}${i === 500 ? ",x" : ""}`;
  });
  return `${["n,colour,text,w,y", ...lines].join("\n")}\n`;
})();
/** Numbers alone: no one-hot inputs, so that one array of the table is empty. */
const NUMBERS = `${Array.from(
  { length: 2 * ROWS },
  (_, i) => `${i % 977}.25;${(i * 31) % 4001},125;${1_000_000 + i};${i % 3}`,
)
  .join("\n")
  .replaceAll(".", ",")}\n`;

const csv = (train: string, more: Partial<CsvDataOptions> = {}): CsvDataOptions => ({
  format: "csv",
  train: [train],
  delimiter: "auto",
  header: "auto",
  label: "y",
  ignore: [],
  columns: {},
  decimal: "auto",
  weight: null,
  missing: DEFAULT_MISSING,
  onBadRow: "skip",
  scaling: "auto",
  validation: { kind: "fraction", fraction: 0.2, stratify: true },
  test: { kind: "fraction", fraction: 0.1, stratify: false },
  ...more,
});

interface Load extends Partial<CacheOptions> {
  readonly seed?: number;
  readonly classWeights?: ClassWeights;
  readonly stdin?: string;
}

/** Loads with a cache in folder/cache, as one run of the program does. */
async function load(folder: string, options: CsvDataOptions, more: Load = {}): Promise<LoadedData> {
  const { seed = 1, classWeights = "none", stdin, ...rest } = more;
  const settings = { folder: join(folder, "cache"), maxBytes: 1e9, version: "1", keeps: true, ...rest };
  const cache = new TableCache(settings);
  const io = { cache, ...(stdin === undefined ? {} : { stdin: stdinOf(stdin) }) };
  const loaded = await loadTrainingData(options, seed, io, classWeights);
  await cache.finished();
  return loaded;
}

/** Whether there is a table of these options, of which no row is held out. */
async function isThere(folder: string, options: CsvDataOptions): Promise<boolean> {
  const settings = tableSettings(options, { validation: null, test: null }, 1, "none");
  const cache = new TableCache({
    folder: join(folder, "cache"),
    maxBytes: 1e9,
    version: "1",
    keeps: false,
  });
  return (await cache.find(options.train, settings)).table !== null;
}

const WHOLE = { validation: { kind: "none" }, test: { kind: "none" } } as const;

/** Writes a table, and waits until its time of change is past the clock's tick. */
async function writeTable(folder: string, name: string, text: string): Promise<string> {
  const path = write(folder, name, text);
  await setTimeout(150);
  return path;
}

const files = (folder: string, suffix: string) =>
  readdirSync(join(folder, "cache"))
    .filter((name) => name.endsWith(suffix))
    .map((name) => join(folder, "cache", name));

describe("a hit", () => {
  test.each([
    ["all kinds of column, weights, bad rows", MIXED, { weight: "w" }, "balanced" as const],
    [
      "one kind of column",
      MIXED,
      { ignore: ["n", "text", "w"], validation: { kind: "none" as const } },
      "none" as const,
    ],
    [
      "numbers, no header, decimal comma",
      NUMBERS,
      { label: 3, test: { kind: "none" as const } },
      "none" as const,
    ],
  ])("gives exactly what reading gave: %s", (_, text, more, classWeights) =>
    inFolder(async (folder) => {
      expect(text.length).toBeGreaterThan(MIN_BYTES);
      const options = csv(await writeTable(folder, "t.csv", text), more);
      const plain = await loadTrainingData(options, 1, {}, classWeights);
      const first = await load(folder, options, { classWeights });
      const second = await load(folder, options, { classWeights });
      expect([plain.cached, first.cached, second.cached]).toEqual([false, false, true]);
      expect(first).toEqual(plain);
      expect(second).toEqual({ ...plain, cached: true });
      expect(plain.notes.length).toBeGreaterThan(1);
      expect(second.validation?.data ?? second.train.data).toBe(second.train.data);
    }),
  );

  test("after a touch, or a copy in its place: found by content, and from then on by time", () =>
    inFolder(async (folder) => {
      const path = await writeTable(folder, "t.csv", MIXED);
      const options = csv(path);
      await load(folder, options);
      const before = readFileSync(files(folder, ".source")[0]!, "utf8");
      utimesSync(path, new Date(), new Date());
      await setTimeout(150);
      expect((await load(folder, options)).cached).toBe(true);
      const touched = readFileSync(files(folder, ".source")[0]!, "utf8");
      expect(touched).not.toBe(before);
      await writeTable(folder, "copy.csv", MIXED);
      renameSync(join(folder, "copy.csv"), path);
      expect((await load(folder, options)).cached).toBe(true);
      expect((await load(folder, options)).cached).toBe(true);
      expect(files(folder, ".table")).toHaveLength(1);
    }));

  test("several files are one table: in this order, and while none of them changes", () =>
    inFolder(async (folder) => {
      const one = await writeTable(folder, "a.csv", MIXED);
      const two = await writeTable(folder, "b.csv", MIXED.replaceAll(",rare,", ",blue,"));
      const options = { ...csv(one), train: [one, two] };
      const read = await load(folder, options);
      expect(read.rejects.map(({ file }) => file)).toEqual([one, one, two, two]);
      expect(await load(folder, options)).toEqual({ ...read, cached: true });
      for (const train of [[two, one], [one], [one, two, two]])
        expect((await load(folder, { ...options, train }, { keeps: false })).cached).toBe(false);
      await writeTable(folder, "b.csv", MIXED);
      expect((await load(folder, options, { keeps: false })).cached).toBe(false);
    }));

  test("other held-out files are no other table", () =>
    inFolder(async (folder) => {
      const path = await writeTable(folder, "t.csv", MIXED);
      const file = write(folder, "v.csv", "n,colour,text,w,y\n1,red,x,1,no\n");
      const ownFile = csv(path, { validation: { kind: "file", files: [file] }, test: { kind: "none" } });
      await load(folder, csv(path, { validation: { kind: "none" }, test: { kind: "none" } }));
      const found = await load(folder, ownFile);
      expect(found).toEqual({ ...(await loadTrainingData(ownFile, 1, {})), cached: true });
      expect(found.validation?.rows.length).toBe(1);
    }));
});

describe("a miss", () => {
  test("one byte changed, size and time of modification as they were", () =>
    inFolder(async (folder) => {
      const path = await writeTable(folder, "t.csv", MIXED);
      await load(folder, csv(path));
      const { atime, mtime } = statSync(path);
      writeFileSync(path, MIXED.replace(",blue,", ",blau,"));
      utimesSync(path, atime, mtime);
      await setTimeout(150);
      const changed = await load(folder, csv(path));
      expect(changed).toEqual(await loadTrainingData(csv(path), 1, {}));
      expect((await load(folder, csv(path))).cached).toBe(true);
    }));

  const OTHERS = [
    ["label", { label: "colour" }],
    ["missing", { missing: ["", "red"] }],
    ["columns", { columns: { w: "categorical" } }],
    ["ignore", { ignore: ["w"] }],
    ["weight", { weight: "w" }],
    ["delimiter", { delimiter: "," }],
    ["decimal", { decimal: "." }],
    ["header", { header: true }],
    ["scaling", { scaling: "standard" }],
    ["validation", { validation: { kind: "fraction", fraction: 0.3, stratify: true } }],
    ["stratify", { validation: { kind: "fraction", fraction: 0.2, stratify: false } }],
    ["test", { test: { kind: "none" } }],
    ["seed", {}, { seed: 2 }],
    ["class weights", {}, { classWeights: "balanced" }],
    ["version of nnt", {}, { version: "2" }],
  ] satisfies [string, Partial<CsvDataOptions>, Load?][];

  test("any other setting, or another version", () =>
    inFolder(async (folder) => {
      const path = await writeTable(folder, "t.csv", MIXED);
      await load(folder, csv(path));
      const found: Record<string, boolean> = {};
      for (const [what, more, how] of OTHERS)
        found[what] = (await load(folder, csv(path, more), { ...how, keeps: false })).cached;
      expect(found).toEqual(Object.fromEntries(OTHERS.map(([what]) => [what, false])));
      expect((await load(folder, csv(path))).cached).toBe(true);
    }));

  test("onBadRow: fail still fails, though the rows were skipped before", () =>
    inFolder(async (folder) => {
      const path = await writeTable(folder, "t.csv", MIXED);
      await load(folder, csv(path));
      await expect(load(folder, csv(path, { onBadRow: "fail" }))).rejects.toThrow(`${path}:502: `);
    }));
});

describe("damaged files are no tables", () => {
  test("any byte of the start, of the header or of an array; any length; other text", () =>
    inFolder(async (folder) => {
      const options = csv(await writeTable(folder, "t.csv", NUMBERS), { ...WHOLE, label: 3 });
      await load(folder, options);
      const [path] = files(folder, ".table") as [string];
      const good = readFileSync(path);
      expect(await isThere(folder, options)).toBe(true);
      const damages: Buffer[] = [0, 7, 8, 11, 12, 15, 16, 23, 24, 100, 200, 5000, good.length - 1].map(
        (at) => {
          const bytes = Buffer.from(good);
          bytes[at]! ^= 1 << (at % 8);
          return bytes;
        },
      );
      damages.push(
        ...[0, 1, 23, 24, 500, good.length - 64, good.length - 1].map((end) => good.subarray(0, end)),
      );
      damages.push(Buffer.concat([good, Buffer.alloc(1)]), Buffer.from("{}"));
      for (const bytes of damages) {
        writeFileSync(path, bytes);
        expect(await isThere(folder, options)).toBe(false);
      }
      expect((await load(folder, options)).cached).toBe(false); // and writes it anew
      expect(readFileSync(path).equals(good)).toBe(true);
      expect((await load(folder, options)).cached).toBe(true);
    }));

  test("another table under its name; what was noted of the file spoilt", () =>
    inFolder(async (folder) => {
      const options = csv(await writeTable(folder, "t.csv", MIXED), WHOLE);
      await load(folder, options);
      const [mixed] = files(folder, ".table") as [string];
      const other = csv(await writeTable(folder, "u.csv", NUMBERS), { ...WHOLE, label: 3 });
      await load(folder, other);
      const numbers = files(folder, ".table").find((path) => path !== mixed)!;
      writeFileSync(mixed, readFileSync(numbers));
      expect(await isThere(folder, options)).toBe(false);
      for (const text of ["", "null", "{}", '{"paths":[],"stamps":[],"hash":"x"}']) {
        for (const path of files(folder, ".source")) writeFileSync(path, text);
        expect(await isThere(folder, other)).toBe(false);
      }
    }));
});

describe("what is kept", () => {
  test("nothing of small tables, of standard input, with a limit of 0, or where only looking is wanted", () =>
    inFolder(async (folder) => {
      const small = csv(await writeTable(folder, "s.csv", MIXED.slice(0, 500_000)), { label: "colour" });
      await load(folder, small);
      await load(folder, csv("-"), { stdin: MIXED });
      const large = csv(await writeTable(folder, "t.csv", MIXED));
      await load(folder, large, { maxBytes: 0 });
      await load(folder, large, { keeps: false });
      await load(folder, large, { maxBytes: 100_000 });
      expect(existsSync(join(folder, "cache"))).toBe(false);
    }));

  test("nothing of a file that changed while or after it was read", () =>
    inFolder(async (folder) => {
      const path = await writeTable(folder, "t.csv", MIXED);
      const cache = new TableCache({
        folder: join(folder, "cache"),
        maxBytes: 1e9,
        version: "1",
        keeps: true,
      });
      const reading = loadTrainingData(csv(path), 1, { cache });
      appendFileSync(path, "1,red,x,1,no\n");
      await reading;
      await cache.finished();
      expect(existsSync(join(folder, "cache"))).toBe(false);
    }));

  test("a folder that cannot be written, or is none, costs nothing but the time", () =>
    inFolder(async (folder) => {
      const options = csv(await writeTable(folder, "t.csv", MIXED));
      write(folder, "file", "");
      const plain = await load(folder, options, { folder: join(folder, "file/cache") });
      expect(plain.cached).toBe(false);
      mkdirSync(join(folder, "cache"), { mode: 0o555 });
      chmodSync(folder, 0o755);
      expect(await asPlainUser(() => load(folder, options))).toEqual(plain);
      expect(readdirSync(join(folder, "cache"))).toEqual([]);
    }));

  test("no more than the limit: what was not used for longest goes, and nothing that is not the cache's", () =>
    inFolder(async (folder) => {
      const tables: CsvDataOptions[] = [];
      for (const name of ["a", "b", "c"]) tables.push(csv(write(folder, `${name}.csv`, MIXED)));
      await setTimeout(150);
      const [a, b, c] = tables as [CsvDataOptions, CsvDataOptions, CsvDataOptions];
      await load(folder, a);
      const bytes = statSync(files(folder, ".table")[0]!).size;
      write(join(folder, "cache"), "mine.table", "x".repeat(bytes));
      const limit = { maxBytes: 2.5 * bytes };
      await load(folder, b, limit);
      for (const path of [...files(folder, ".table"), ...files(folder, ".source")]) utimesSync(path, 1, 1);
      expect((await load(folder, a, limit)).cached).toBe(true);
      const old = files(folder, "").filter((name) => statSync(name).mtimeMs === 1000);
      expect(old.length).toBe(3); // b's table and its source, and mine.table
      await load(folder, c, limit);
      const cached = [];
      for (const table of tables) cached.push((await load(folder, table, { ...limit, keeps: false })).cached);
      expect(cached).toEqual([true, false, true]);
      const cache = new TableCache({ folder: join(folder, "cache"), maxBytes: 1, version: "", keeps: true });
      expect((await cache.usage()).tables).toBe(2);
      write(join(folder, "cache"), ".0123456789abcdef0123.source.tmp-77", "killed");
      expect((await cache.clear()).tables).toBe(2);
      expect(readdirSync(join(folder, "cache"))).toEqual(["mine.table"]);
      expect(await cache.usage()).toEqual({ tables: 0, bytes: 0 });
    }));

  test("a table that is larger than the limit is not hashed for nothing", () =>
    inFolder(async (folder) => {
      const path = await writeTable(folder, "t.csv", MIXED);
      await load(folder, csv(path, WHOLE), { maxBytes: 100_000 });
      expect(contentHash).not.toHaveBeenCalled();
      await load(folder, csv(path, WHOLE));
      expect(contentHash).toHaveBeenCalledTimes(1);
    }));

  test("two runs at once keep one whole table", () =>
    inFolder(async (folder) => {
      const options = csv(await writeTable(folder, "t.csv", MIXED));
      const [one, two] = await Promise.all([load(folder, options), load(folder, options)]);
      expect([one.cached, two.cached]).toEqual([false, false]);
      expect(readdirSync(join(folder, "cache"))).toHaveLength(2);
      expect(await load(folder, options)).toEqual({ ...one, cached: true });
    }));

  test("for nobody else to read", () =>
    inFolder(async (folder) => {
      await load(folder, csv(await writeTable(folder, "t.csv", MIXED)));
      expect(statSync(join(folder, "cache")).mode & 0o777).toBe(0o700);
    }));
});

describe("isSettled", () => {
  const second = 1_000_000_000n;
  const stamp = (mtimeNs: bigint, ctimeNs: bigint) => ({
    size: 1,
    mtimeNs: `${mtimeNs}`,
    ctimeNs: `${ctimeNs}`,
    ino: "1",
    dev: "1",
  });
  test.each([
    ["long ago", 10n * second + 5n, 10n * second + 5n, 20n * second, true],
    ["half a second ago, fine times", 10n * second + 5n, 10n * second + 5n, 10n * second + second / 2n, true],
    ["at the same tick", 10n * second + 5n, 10n * second + 5n, 10n * second + 6n, false],
    ["half a second ago, whole seconds", 10n * second, 10n * second, 10n * second + second / 2n, false],
    ["set to a whole second, fine times", 8n * second, 10n * second + 5n, 10n * second + second / 2n, true],
    ["modified in the future", 99n * second, 10n * second + 5n, 20n * second, false],
  ])("%s", (_, mtimeNs, ctimeNs, atNs, expected) =>
    expect(isSettled(stamp(mtimeNs, ctimeNs), atNs)).toBe(expected),
  );
});
