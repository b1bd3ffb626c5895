/** @file What is told of reading while it goes on: files, bytes, rows, and when all is read. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { CellReader } from "../../src/data/cellReader.ts";
import { openEvaluationData } from "../../src/data/evaluate.ts";
import { openImages } from "../../src/data/imageStream.ts";
import { loadTrainingData } from "../../src/data/load.ts";
import type { CsvDataOptions, FractionSplit } from "../../src/data/options.ts";
import type { ImagePreprocessing, TablePreprocessing } from "../../src/data/preprocessing.ts";
import { profileTable } from "../../src/data/profile/table.ts";
import type { ReadProgress } from "../../src/data/reading.ts";
import { openTables } from "../../src/data/tables.ts";
import { DEFAULT_MISSING } from "../../src/missing.ts";
import { idxBytes, inFolder, stdinOf, write } from "../support/data.ts";

const ROWS = 40_000; // several chunks of a file
const LINES = Array.from({ length: ROWS }, (_, i) => `${i},${i % 7},${i % 2 ? "a" : "b"}\n`).join("");
const TEXT = `x,z,y\n${LINES}`;
const FEW = "x,z,y\n1,2,a\n3,4,b\n5,6,a\n";

interface Told {
  readonly paths: readonly string[];
  readonly size: number | null;
  bytes: number;
  rows: number;
  calls: number;
  ends: number;
}

/** Takes all that is told, by what was begun. */
function listener(): { told: Told[]; progress: ReadProgress } {
  const told: Told[] = [];
  const add = (more: Partial<Record<"bytes" | "rows" | "ends", number>>) => {
    const last = told.at(-1)!;
    last.calls++;
    for (const key of ["bytes", "rows", "ends"] as const) last[key] += more[key] ?? 0;
  };
  const progress: ReadProgress = {
    begin: (paths, size) => void told.push({ paths, size, bytes: 0, rows: 0, calls: 0, ends: 0 }),
    bytes: (count) => add({ bytes: count }),
    rows: (count) => add({ rows: count }),
    end: () => add({ ends: 1 }),
  };
  return { told, progress };
}

const HELD: FractionSplit = { kind: "fraction", fraction: 0.2, stratify: true };
const options = (train: readonly string[], more: Partial<CsvDataOptions> = {}): CsvDataOptions => ({
  format: "csv",
  train,
  delimiter: "auto",
  header: "auto",
  label: "y",
  ignore: [],
  columns: {},
  decimal: "auto",
  weight: null,
  missing: DEFAULT_MISSING,
  onBadRow: "fail",
  scaling: "auto",
  validation: HELD,
  test: HELD,
  ...more,
});

const dialect = { delimiter: "auto", header: "auto", decimal: "auto", missing: DEFAULT_MISSING } as const;

describe("a training table", () => {
  test("of two files, one of them compressed, and a test file of its own", () =>
    inFolder(async (folder) => {
      const gzip = gzipSync(TEXT);
      const paths = [write(folder, "a.csv", TEXT), write(folder, "b.csv.gz", gzip)];
      const held = write(folder, "held.csv", FEW);
      const { told, progress } = listener();
      await loadTrainingData(options(paths, { test: { kind: "file", files: [held] } }), 1, { progress });
      const size = TEXT.length + gzip.length;
      const table = { paths, size, bytes: size, rows: 2 * ROWS, ends: 1 };
      const test = { paths: [held], size: FEW.length, bytes: FEW.length, rows: 3, ends: 0 };
      expect(told).toMatchObject([table, test]);
      expect(told[0]!.calls).toBeLessThan(200); // per chunk and batch, not per row
    }));

  test("of a pipe, whose size is not known", async () => {
    const { told, progress } = listener();
    await loadTrainingData(options(["-"]), 1, { stdin: stdinOf(TEXT), progress });
    expect(told).toMatchObject([{ paths: ["-"], size: null, bytes: TEXT.length, rows: ROWS, ends: 1 }]);
  });
});

test("a table for a model", async () => {
  const { told, progress } = listener();
  const { preprocessing } = await loadTrainingData(options(["-"]), 1, { stdin: stdinOf(TEXT) });
  const opened = await openEvaluationData(["-"], preprocessing as TablePreprocessing, {
    labels: "ignored",
    onBadRow: "fail",
    howToSkip: "",
    chunkRows: 7,
    stdin: stdinOf(TEXT),
    progress,
  });
  let rows = 0;
  for await (const { places } of opened.chunks) {
    rows += places.length;
    expect(told[0]!.rows).toBeGreaterThanOrEqual(rows);
  }
  expect(told).toMatchObject([{ size: null, bytes: TEXT.length, rows: ROWS }]);
});

test("a profile", () =>
  inFolder(async (folder) => {
    const path = write(folder, "t.csv", TEXT);
    const { told, progress } = listener();
    const table = await openTables([path], dialect, { progress });
    await profileTable(table, new Set(DEFAULT_MISSING), { progress });
    expect(told).toMatchObject([{ paths: [path], size: TEXT.length, bytes: TEXT.length, rows: ROWS }]);
  }));

test("of several files all bytes count for threads, and those of the first for the room that is made", () =>
  inFolder(async (folder) => {
    const paths = ["a.csv", "b.csv", "c.csv"].map((name) => write(folder, name, TEXT));
    const table = await openTables(paths, dialect);
    const next = await table.next();
    expect([table.tableSize, next!.tableSize]).toEqual([3 * TEXT.length, 3 * TEXT.length]);
    next!.close();
    const reader = new CellReader(table, new Set(), () => {});
    const batches = reader.batches();
    const first = await batches.next();
    expect(reader.expectedRows(first.value!.rows)! / ROWS).toBeCloseTo(1, 1);
    await batches.return();
  }));

test("images", () =>
  inFolder(async (folder) => {
    const bytes = idxBytes(8, [10, 2, 2], new Array(40).fill(7));
    const images = write(folder, "images", bytes);
    const fitted: ImagePreprocessing = {
      format: "idx",
      shape: [2, 2],
      scale: 1 / 255,
      classes: ["0"],
      inputs: 4,
    };
    const { told, progress } = listener();
    const stream = await openImages({ images, labels: null }, fitted, { chunkRows: 4, progress });
    for await (const _ of stream.chunks);
    expect(told).toMatchObject([{ paths: [images], size: bytes.length, bytes: bytes.length, rows: 10 }]);
  }));
