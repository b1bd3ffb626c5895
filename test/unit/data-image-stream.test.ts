/** @file Images in chunks: the same rows as read whole, whatever the chunks of bytes are; and where a stream goes wrong. */
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openImages } from "../../src/data/imageStream.ts";
import { loadIdxDataset } from "../../src/data/images.ts";
import type { ImagePreprocessing } from "../../src/data/preprocessing.ts";
import { idxBytes, inFolder, refusal, stdinOf, write } from "../support/data.ts";

const IMAGES = idxBytes(8, [3, 2, 2], [0, 255, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
const LABELS = idxBytes(8, [3], [0, 2, 1]);
const FITTED: ImagePreprocessing = {
  format: "idx",
  shape: [2, 2],
  scale: 1 / 255,
  classes: ["0", "1", "2"],
  inputs: 4,
};
const FLOATS: ImagePreprocessing = { ...FITTED, scale: 1 };

interface Rows {
  readonly first: number;
  readonly values: number[];
  readonly labels: number[];
}

/** All chunks, copied. Without `labels`, images alone; those come from stdin. */
async function chunksOf(
  stdin: Readable,
  {
    labels = null,
    fitted = FITTED,
    chunkRows = 2,
  }: { labels?: string | null; fitted?: ImagePreprocessing; chunkRows?: number } = {},
): Promise<Rows[]> {
  const rows: Rows[] = [];
  const stream = await openImages({ images: "-", labels }, fitted, { chunkRows, stdin });
  for await (const { first, data } of stream.chunks) {
    expect([data.rows * data.inputs, data.codes.length]).toEqual([data.dense.length, 0]);
    rows.push({ first, values: [...data.dense], labels: [...data.labels] });
  }
  expect(stdin.destroyed).toBe(true);
  return rows;
}

test("chunks of rows, the last one short; bytes are given as they are", async () => {
  expect(await chunksOf(stdinOf(IMAGES))).toEqual([
    { first: 0, values: [0, 255, 1, 2, 3, 4, 5, 6], labels: [] },
    { first: 2, values: [7, 8, 9, 10], labels: [] },
  ]);
});

test("labels go with their images", () =>
  inFolder(async (folder) => {
    const labels = write(folder, "l", gzipSync(LABELS));
    const rows = await chunksOf(stdinOf(gzipSync(IMAGES)), { labels });
    expect(rows.map((chunk) => chunk.labels)).toEqual([[0, 2], [1]]);
  }));

test("1,000 files of any type, cut anywhere, in chunks of any size: the rows that reading whole gives", () =>
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom(8, 9, 11, 12, 13, 14),
      fc.array(fc.integer({ min: 0, max: 127 }), { minLength: 4, maxLength: 80 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 50 }),
      async (code, values, chunkRows, cut) => {
        const rows = Math.floor(values.length / 4);
        const bytes = idxBytes(code, [rows, 2, 2], values.slice(0, rows * 4));
        const parts = Array.from({ length: Math.ceil(bytes.length / cut) }, (_, i) =>
          Buffer.from(bytes.subarray(i * cut, (i + 1) * cut)),
        );
        const stdin = Readable.from(parts, { objectMode: true });
        const fitted = code === 8 ? FITTED : FLOATS;
        const chunks = await chunksOf(stdin, { fitted, chunkRows });
        const labels = idxBytes(
          12,
          [rows],
          values.slice(0, rows).map((_, i) => i % 3),
        );
        const whole = loadIdxDataset(bytes, labels, { images: "i", labels: "l" }, fitted).data;
        expect(chunks.flatMap((chunk) => chunk.values)).toEqual([...whole.dense]);
        expect(chunks.map(({ first }) => first)).toEqual(chunks.map((_, i) => i * chunkRows));
      },
    ),
    { numRuns: 1000, seed: 1 },
  ));

describe("refuses", () => {
  const cases: [string, Uint8Array | string, ImagePreprocessing, string, number, string[]][] = [
    [
      "a table",
      "a,b\n1,2\n",
      FITTED,
      "NOT_IMAGES",
      4,
      ["stdin: is text", "images of 2 x 2", "give an IDX file"],
    ],
    ["labels", LABELS, FITTED, "IDX_IMAGES_RANK", 3, ["looks like a label file, give the image file"]],
    [
      "another shape",
      idxBytes(8, [1, 4], [1, 2, 3, 4]),
      FITTED,
      "IMAGE_SHAPE",
      4,
      ["(4), but training had (2, 2): give"],
    ],
    ["another type", idxBytes(13, [1, 2, 2], [1, 2, 3, 4]), FITTED, "IMAGE_TYPE", 4, ["values are f32"]],
    ["a header cut off", IMAGES.subarray(0, 9), FITTED, "IDX_TOO_SHORT", 3, ["got 9 bytes"]],
    [
      "a number that is none, by the file's count",
      idxBytes(13, [3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, Number.NaN, 1, 2]),
      FLOATS,
      "IDX_NOT_FINITE",
      3,
      ["image 2, pixel 1 is NaN"],
    ],
    [
      "a file cut off",
      IMAGES.subarray(0, 27),
      FITTED,
      "IDX_TRUNCATED",
      3,
      ["needs 28 bytes with the header, has 27"],
    ],
    [
      "bytes after the end",
      Buffer.concat([IMAGES, Buffer.of(1)]),
      FITTED,
      "IDX_TRAILING_BYTES",
      3,
      ["from byte 28 on", "has more"],
    ],
  ];
  test.each(cases)("%s", async (_, bytes, fitted, kind, code, facts) => {
    const error = await refusal(() => chunksOf(stdinOf(bytes), { fitted }));
    expect([error.kind, error.exitCode]).toEqual([kind, code]);
    for (const fact of facts) expect(error.message).toContain(fact);
  });

  const labelCases: [string, Uint8Array, string, number, string[]][] = [
    [
      "labels of another count",
      idxBytes(8, [2], [0, 1]),
      "IDX_COUNT_MISMATCH",
      3,
      ["3 images", "2 labels", "give the two files of one set"],
    ],
    ["images as labels", IMAGES, "IDX_LABELS_RANK", 3, ["looks like an image file, give the label file"]],
    ["a label that training did not have", idxBytes(8, [3], [0, 3, 1]), "UNKNOWN_CLASS", 4, ["label 1 is 3"]],
  ];
  test.each(labelCases)("%s", (_, bytes, kind, code, facts) =>
    inFolder(async (folder) => {
      const labels = write(folder, "l", bytes);
      const error = await refusal(() => chunksOf(stdinOf(IMAGES), { labels }));
      expect([error.kind, error.exitCode]).toEqual([kind, code]);
      for (const fact of facts) expect(error.message).toContain(fact);
    }),
  );
});

test("whole images before a cut are given; what is wrong comes after them", async () => {
  const given: number[] = [];
  const stream = await openImages({ images: "-", labels: null }, FITTED, {
    chunkRows: 8,
    stdin: stdinOf(IMAGES.subarray(0, 27)),
  });
  const error = await refusal(async () => {
    for await (const { data } of stream.chunks) given.push(data.rows);
  });
  expect([given, error.kind]).toEqual([[2], "IDX_TRUNCATED"]);
});

test("nothing is read that is not needed, and leaving the loop closes the file", async () => {
  let given = 0;
  const stdin = Readable.from(
    (function* () {
      yield Buffer.from(idxBytes(8, [4_000_000_000, 2, 2], []));
      for (; ; given++) yield Buffer.alloc(4096);
    })(),
    { objectMode: true, highWaterMark: 1 },
  );
  const stream = await openImages({ images: "-", labels: null }, FITTED, { chunkRows: 1024, stdin });
  let chunks = 0;
  for await (const { data } of stream.chunks) {
    expect(data.rows).toBe(1024);
    if (++chunks === 10) break;
  }
  expect(given).toBeLessThan(20);
  expect(stdin.destroyed).toBe(true);
});
